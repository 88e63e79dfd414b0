import { api, now } from "../api";
import { count, when } from "../format";
import { useSpeech } from "../i18n";
import { Link } from "../router";
import { useLoad, useNow } from "../session";
import { Failed, Loading } from "./bits";

/** What the office is told about the system itself: audits and the disk. */
export function SystemCard() {
  const { t, lang } = useSpeech();
  useNow();
  const system = useLoad("system", () => api.system());
  return (
    <section class="card">
      <h2>{t("officeSystem")}</h2>
      {!system.value && (system.error ? <Failed within error={system.error} again={system.again} /> : <Loading />)}
      {system.value && system.value.notices.length === 0 && <p class="note">{t("officeSystemNone")}</p>}
      <ul class="notices">
        {system.value?.notices.map((n) => (
          <li key={n.kind + n.at + n.text_en} class={n.ended_at === null ? "is-lasting" : "is-over"}>
            <p>{lang === "zh" ? n.text_zh : n.text_en}</p>
            <p class="note">
              {when(n.at, now(), lang)}
              {n.ended_at !== null && " · " + t("systemEnded")}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Messages that never came, by the lamps' own numbers. */
export function GapsCard() {
  const { t, lang } = useSpeech();
  useNow();
  const gaps = useLoad("gaps", () => api.gaps());
  return (
    <section class="card">
      <h2>{t("officeGaps")}</h2>
      {!gaps.value && (gaps.error ? <Failed within error={gaps.error} again={gaps.again} /> : <Loading />)}
      {gaps.value && gaps.value.gaps.length === 0 && <p class="note">{t("officeGapsNone")}</p>}
      <ul class="notices">
        {gaps.value?.gaps.map((g) => (
          <li key={g.lamp + g.boot + "/" + g.from_seq + "/" + g.before}>
            <p>
              <Link to={"/lamps/" + encodeURIComponent(g.lamp)}>{g.lamp}</Link>{" "}
              {t("gapLine", { n: count(g.lost), from: String(g.from_seq), to: String(g.to_seq), after: when(g.after, now(), lang), before: when(g.before, now(), lang) })}
            </p>
          </li>
        ))}
      </ul>
    </section>
  );
}
