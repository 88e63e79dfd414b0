import { useMemo } from "preact/hooks";
import { useSpeech } from "../i18n";
import type { Counts } from "../lamps";
import type { LampItem } from "../types";

/** The town as a field of fireflies: one for each lamp, by village, glowing where it is lit. */
export function Sky({ lamps, counts }: { lamps: LampItem[]; counts: Counts }) {
  const { t } = useSpeech();
  const flies = useMemo(
    () => [...lamps].sort((a, b) => (a.village < b.village ? -1 : a.village > b.village ? 1 : a.id < b.id ? -1 : 1)),
    [lamps],
  );
  const rest = lamps.length - counts.lit - counts.fault - counts.silent;
  const night = counts.lit * 2 > lamps.length;
  return (
    <section class="sky">
      <h1>{t(night ? "lampsTitle" : "lampsTitleDay")}</h1>
      <p class="visually-hidden">{t("skySummary", { installed: lamps.length, lit: counts.lit, fault: counts.fault, silent: counts.silent, rest })}</p>
      <p class="sky-line" aria-hidden="true">
        <strong>{counts.lit}</strong>
        <b>{t("skyLead")}</b>
        <span>{t("skyLeadAll", { n: lamps.length })}</span>
        <span class={counts.fault ? "is-fault" : ""}>{counts.fault ? t("skyFault", { n: counts.fault }) : t("skyWell")}</span>
      </p>
      <div class="flies" aria-hidden="true">
        {flies.map((l) => (
          <i key={l.id} class={"f-" + l.state + (l.battery_soc_pct !== null && l.battery_soc_pct < 40 ? " weak" : "")} />
        ))}
      </div>
    </section>
  );
}
