import type { ComponentChildren } from "preact";
import { now } from "../api";
import { nightName, num, when } from "../format";
import { type Key, useSpeech } from "../i18n";
import type { BatteryNeed, BatteryState, Night } from "../types";

const needs: Record<BatteryNeed, Key> = {
  "": "needCharge",
  capacity: "needCapacity",
  charge: "needCharge",
  use: "needUse",
  nights: "needNights",
  cycle: "needCycle",
};

function Row({ name, night, children }: { name: Key; night?: string; children: ComponentChildren }) {
  const { t } = useSpeech();
  return (
    <div>
      <dt>{t(name, { night: night ?? "" })}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** What is known of a lamp's battery: in plain words, the figure small beside; what is not known says what it takes. */
export function BatteryCard({ battery: b, nights }: { battery: BatteryState; nights: Night[] }) {
  const { t, lang } = useSpeech();
  const unknown = (need: BatteryNeed): ComponentChildren => <span class="not-yet">{t(needs[need], { n: b.health_nights ?? 1 })}</span>;
  const share = (pct: number): ComponentChildren => (
    <>
      {t("tenths").split(",")[Math.round(pct / 10)]} <small>{num(pct, 0)}%</small>
    </>
  );
  const last = nights.find((n) => n.depth_pct !== null);
  return (
    <section class="card">
      <h2>{t("batteryTitle")}</h2>
      <dl class="facts wraps">
        <Row name="batteryLeft">{b.left_pct === null ? unknown(b.left_needs) : share(b.left_pct)}</Row>
        <Row name="batteryNights">
          {b.nights_left === null ? (
            unknown(b.left_needs)
          ) : (
            <>
              {b.nights_left < 0.95 ? t("nightsNotOne") : t("nightsAbout", { n: num(b.nights_left, 0) })} <small>{num(b.nights_left)}</small>
            </>
          )}
        </Row>
        {last && <Row name="batteryDepth" night={nightName(last.night)}>{share(last.depth_pct!)}</Row>}
        <Row name="batteryHealth">{b.health_pct === null ? unknown(b.health_needs) : share(b.health_pct)}</Row>
      </dl>
      <p class="note">
        {b.known === "rough" && t("batteryRough") + " "}
        {t("reckonedAt", { when: when(b.at, now(), lang) })}
      </p>
    </section>
  );
}
