import { useEffect, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { api, now } from "../api";
import { Nights } from "../charts/nights";
import { ago, when } from "../format";
import { useSpeech } from "../i18n";
import { onLamps } from "../live";
import { Back, Battery, Failed, Loading, StateMark, useTitle } from "../parts/bits";
import { BatteryCard } from "../parts/battery";
import { FaultWords } from "../parts/fault";
import { Tonight } from "../parts/forecast";
import { History } from "../parts/history";
import { LampFacts, LastReading } from "../parts/lampfacts";
import { Link } from "../router";
import { darkNow, sentence } from "../say";
import { useLoad, useMe, useNow } from "../session";
import type { Lamp, Night, Series } from "../types";

const days = 7;
const points = 336; // one for each half hour
const keptNights = 14;
const fields = "battery_soc_pct,battery_v,panel_w,load_w";

// The chart library is a third of the whole: only this page fetches it, after the words stand.
type Charts = ComponentType<{ series: Series; nights: Night[] }>;

function ChartPart({ id, nights }: { id: string; nights: Night[] }) {
  const { t } = useSpeech();
  const series = useLoad("series " + id, () => api.series(id, fields, days * 24, points));
  const [charts, set] = useState<{ Charts: Charts } | "away" | null>(null);
  useEffect(() => {
    import("../charts/lampcharts").then(
      (m) => set({ Charts: m.LampCharts }),
      () => set("away"),
    );
  }, []);
  if (charts === "away" || (series.error && !series.value))
    return (
      <section class="card">
        <h2>{t("chartBattery")}</h2>
        <p class="note">{t("chartAway")}</p>
        <button type="button" class="button" onClick={series.again}>
          {t("retry")}
        </button>
      </section>
    );
  if (!charts || !series.value)
    return (
      <section class="card tall">
        <h2>{t("chartBattery")}</h2>
        <Loading />
      </section>
    );
  return <charts.Charts series={series.value} nights={nights} />;
}

function Head({ lamp, nights }: { lamp: Lamp; nights: Night[] | null }) {
  const s = useSpeech();
  useNow();
  const role = useMe()?.person?.role;
  const since = lamp.alerts.find((a) => a.state === "firing")?.since;
  return (
    <section class={"lamp-head is-" + lamp.state}>
      <p class="lamp-where">
        {lamp.village} · {lamp.id}
      </p>
      <h1>{lamp.place || s.t("lampOf", { id: lamp.id })}</h1>
      <StateMark state={lamp.state} />
      <p class="lamp-say">{sentence(lamp, now(), nights && darkNow(nights, now()), s)}</p>
      {since !== undefined && <p class="lamp-since">{s.t("saySince", { when: when(since, now(), s.lang) })}</p>}
      {lamp.link !== "none" && (
        <dl class="lamp-quick">
          <div>
            <dt>{s.t("battery")}</dt>
            <dd>
              <Battery soc={lamp.battery_soc_pct} volts={lamp.battery_v} />
            </dd>
          </div>
          <div>
            <dt>{s.t("seen")}</dt>
            <dd>{ago(lamp.last_seen, now(), s.lang)}</dd>
          </div>
        </dl>
      )}
      {lamp.forecast && lamp.faults.length === 0 && <Tonight forecast={lamp.forecast} quality={lamp.forecast_quality} />}
      {lamp.ticket !== null && (
        <p class="lamp-ticket">
          {s.t("helpComing")}
          {(role === "volunteer" || role === "office") && (
            <Link to={"/tickets/" + lamp.ticket} class="button glow">
              {s.t("seeTicket")}
            </Link>
          )}
        </p>
      )}
    </section>
  );
}

export function LampPage({ id }: { id: string }) {
  const { t } = useSpeech();
  const lamp = useLoad("lamp " + id, () => api.lamp(id));
  const nights = useLoad("nights " + id, () => api.nights(id, keptNights));
  useTitle(lamp.value?.place ? lamp.value.place + " " + id : t("lampOf", { id }));
  useEffect(() => onLamps((changed) => changed.some((l) => l.id === id) && lamp.again()), [id]);

  if (!lamp.value)
    return (
      <>
        <Back to="/">{t("allLamps")}</Back>
        {lamp.error ? <Failed error={lamp.error} again={lamp.again} notFound={t("errorNotFoundLamp", { id })} /> : <Loading />}
      </>
    );
  const l = lamp.value;
  const list = nights.value?.nights ?? null;
  const mute = l.link === "none" || l.state === "planned";
  return (
    <article class="lamp">
      <Back to="/">{t("allLamps")}</Back>
      <div class="columns">
        <div>
          <Head lamp={l} nights={list} />
          {l.faults.map((f) => l.words[f] && <FaultWords key={f} fault={l.words[f]!} />)}
          {l.state !== "planned" && <History lamp={l} />}
          {!mute && l.battery && <BatteryCard battery={l.battery} nights={list ?? []} />}
        </div>
        <div>
          {!mute && (
            <section class="card">
              <h2>{t("nightsTitle")}</h2>
              {nights.value ? <Nights list={nights.value} /> : nights.error ? <p class="note">{t("chartAway")}</p> : <Loading />}
            </section>
          )}
          {!mute && list && <ChartPart id={id} nights={list} />}
        </div>
      </div>
      <div class="columns">
        {!mute && <LastReading lamp={l} />}
        <LampFacts lamp={l} />
      </div>
    </article>
  );
}
