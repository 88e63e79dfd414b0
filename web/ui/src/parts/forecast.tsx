import { api } from "../api";
import { count, num, time } from "../format";
import { useSpeech } from "../i18n";
import { Link } from "../router";
import { useLoad } from "../session";
import type { Forecast, ForecastList, ForecastQuality } from "../types";
import { Failed, Loading } from "./bits";

/** How long this lamp will burn tonight, in one or two sentences. */
export function Tonight({ forecast: f, quality }: { forecast: Forecast; quality: ForecastQuality | null }) {
  const { t } = useSpeech();
  return (
    <div class="lamp-tonight">
      <p>
        {f.out_at === null ? t("tonightLasts") : t("tonightEnds", { time: time(f.out_at) })}{" "}
        {f.sun_nights === null ? "" : f.sun_nights < 1 ? t("sunNone") : t("sunNights", { n: num(f.sun_nights, 0) })}
      </p>
      {quality && (
        <small>
          <Quality quality={quality} />
        </small>
      )}
    </div>
  );
}

/** How good the forecasts were, in plain words: rounded down, so that a hundred of a hundred means all. */
function Quality({ quality: q, whole }: { quality: ForecastQuality; whole?: boolean }) {
  const { t, lang } = useSpeech();
  const gap = lang === "zh" ? "" : " ";
  return (
    <>
      {t("forecastQuality", { n: count(q.nights), pct: Math.floor((100 * q.right) / q.nights) })}
      {q.off_min !== null && gap + t("forecastOff", { min: count(q.off_min) })}
      {whole && q.ended > 0 && gap + t("forecastEnded", { ended: count(q.ended), foretold: count(q.foretold) })}
    </>
  );
}

function Advice({ list }: { list: ForecastList["advice"] }) {
  const { t } = useSpeech();
  return (
    <div class="scroll" tabIndex={0} role="group" aria-label={t("forecastTitle")}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("village")}</th>
            <th scope="col">{t("forecastOut")}</th>
            <th scope="col">{t("forecastDim")}</th>
            <th scope="col">{t("forecastSaved")}</th>
          </tr>
        </thead>
        <tbody>
          {list.map((a) => (
            <tr key={a.village}>
              <th scope="row">{a.village}</th>
              <td class={a.out ? "" : "zero"}>{count(a.out)} / {count(a.lamps)}</td>
              <td class={a.dim_pct === null ? "zero" : ""}>{a.dim_pct === null ? "–" : a.dim_pct + " %"}</td>
              <td class={a.out ? "" : "zero"}>{a.out ? count(a.saved) : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The office's card: which lamps will go out tonight, what dimming would do, and how good such forecasts were. */
export function ForecastCard() {
  const { t } = useSpeech();
  const list = useLoad("forecast", () => api.forecast());
  if (!list.value)
    return (
      <section class="card">
        <h2>{t("forecastTitle")}</h2>
        {list.error ? <Failed within error={list.error} again={list.again} /> : <Loading />}
      </section>
    );
  const { lamps, advice, quality: q } = list.value;
  const out = lamps.filter((f) => f.out_at !== null).sort((a, b) => a.out_at! - b.out_at!);
  return (
    <section class="card">
      <h2>{t("forecastTitle")}</h2>
      {lamps.length === 0 ? (
        <p class="note">{t("forecastNone")}</p>
      ) : (
        <>
          <p class={out.length ? "" : "balance is-good"}>
            {out.length ? t("forecastSome", { n: count(out.length), all: count(lamps.length) }) : t("forecastAll", { all: count(lamps.length) })}
          </p>
          <Advice list={advice} />
          {out.length > 0 && (
            <ul class="forecast-out">
              {out.slice(0, 60).map((f) => (
                <li key={f.lamp}>
                  <Link to={"/lamps/" + f.lamp}>{f.lamp}</Link> {time(f.out_at!)}
                </li>
              ))}
            </ul>
          )}
        </>
      )}
      {q.nights > 0 && (
        <p class="note">
          <Quality quality={q} whole />
        </p>
      )}
    </section>
  );
}
