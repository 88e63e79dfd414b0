import type { ComponentChildren } from "preact";
import { now } from "../api";
import { count, fileDate, num, span, when } from "../format";
import { type Key, useSpeech } from "../i18n";
import { scheduleWords } from "../schedule";
import { stageKey } from "../say";
import { useNow } from "../session";
import type { Lamp } from "../types";
import { Icon } from "./icons";

// Units by the end of the field's name, as wire format 1 has them.
const units: [string, string][] = [
  ["_soc_pct", "%"],
  ["_pct", "%"],
  ["_wh", "Wh"],
  ["_dbm", "dBm"],
  ["_deg", "°"],
  ["_v", "V"],
  ["_a", "A"],
  ["_w", "W"],
  ["_c", "°C"],
];

const late = 15 * 60_000; // ms, as the server judges it

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

export function LastReading({ lamp }: { lamp: Lamp }) {
  const { t, code, lang } = useSpeech();
  useNow();
  const r = lamp.reading;
  const value = (name: string, v: number | boolean | string): string => {
    if (typeof v !== "number") return code("value_", String(v));
    if (name === "lit_s") return span(v * 1000, lang);
    const unit = units.find(([end]) => name.endsWith(end));
    const figure = Math.abs(v) >= 1000 ? count(Math.round(v)) : num(v, 2);
    return figure + (unit ? " " + unit[1] : "");
  };
  return (
    <section class="card">
      <h2>{t("nowTitle")}</h2>
      {!r ? (
        <p class="note">{t("nowNone")}</p>
      ) : (
        <>
          <p class="note">
            {t("readAt", { when: when(r.ts, now(), lang) })}
            {r.received - r.ts > late ? t("readLate", { span: span(r.received - r.ts, lang) }) : ""}
          </p>
          {r.clock !== "ok" && r.clock !== "none" && <p class="note">{t("clockWrong")}</p>}
          <dl class="facts">
            {Object.keys(r.values).map((name) => (
              <Fact key={name} name={code("field_", name)}>
                {value(name, r.values[name]!)}
              </Fact>
            ))}
            {Object.keys(r.derived).map((name) => (
              <Fact key={name} name={t("derived", { name: code("field_", name) })}>
                {value(name, r.derived[name]!)}
              </Fact>
            ))}
            {r.fw && <Fact name={t("field_fw")}>{r.fw}</Fact>}
            {r.faults.length > 0 && <Fact name={t("ownFaults")}>{r.faults.join(", ")}</Fact>}
          </dl>
          {Object.keys(r.derived).length > 0 && <p class="note">{t("derivedWhy")}</p>}
        </>
      )}
    </section>
  );
}

const chemistries: Record<string, Key> = { lifepo4: "chemLifepo4", gel: "chemGel", lead_acid: "chemLeadAcid" };

export function LampFacts({ lamp }: { lamp: Lamp }) {
  const speech = useSpeech();
  const { t, lang } = speech;
  const chemistry = chemistries[lamp.battery_chemistry];
  const battery = [
    lamp.battery_nominal_v === null ? "" : num(lamp.battery_nominal_v) + " V",
    lamp.battery_ah === null ? "" : num(lamp.battery_ah) + " Ah",
    chemistry ? t(chemistry) : "",
  ].filter(Boolean);
  const link = { "": "", mqtt: t("linkMqtt"), gateway: t("linkGateway", { gateway: lamp.gateway }), none: t("linkNone") }[lamp.link];
  return (
    <section class="card">
      <h2>{t("about")}</h2>
      <dl class="facts">
        {lamp.place && (
          <Fact name={t("place")}>
            {lamp.place}
            {lamp.kind ? (lang === "zh" ? "（" : " (") + t(lamp.kind === "public" ? "kindPublic" : "kindCourtyard") + (lang === "zh" ? "）" : ")") : ""}
          </Fact>
        )}
        {lamp.village && <Fact name={t("village")}>{lamp.village}</Fact>}
        <Fact name={t("stage")}>
          {t(stageKey(lamp.stage))}
          {lamp.batch > 0 ? " · " + t("batchN", { n: lamp.batch }) : ""}
        </Fact>
        {lamp.schedule && <Fact name={t("schedule")}>{scheduleWords(lamp.schedule, speech)}</Fact>}
        {lamp.panel_wp !== null && <Fact name={t("panel")}>{num(lamp.panel_wp)} W</Fact>}
        {battery.length > 0 && <Fact name={t("batteryKind")}>{battery.join(" · ")}</Fact>}
        {lamp.lamp_w !== null && <Fact name={t("lampPower")}>{num(lamp.lamp_w)} W</Fact>}
        {link && <Fact name={t("link")}>{link}</Fact>}
        {lamp.installed_on && <Fact name={t("installedOn")}>{fileDate(lamp.installed_on, lang)}</Fact>}
        {lamp.supplier && <Fact name={t("supplier")}>{lamp.supplier}</Fact>}
        {lamp.warranty_until && <Fact name={t("warranty")}>{fileDate(lamp.warranty_until, lang)}</Fact>}
        {(lamp.lat !== 0 || lamp.lon !== 0) && (
          <Fact name={t("whereMap")}>
            {lamp.lat.toFixed(5)}, {lamp.lon.toFixed(5)}
          </Fact>
        )}
      </dl>
      {(lamp.lat !== 0 || lamp.lon !== 0) && (
        <a class="button" href={`geo:${lamp.lat},${lamp.lon}?q=${lamp.lat},${lamp.lon}(${encodeURIComponent(lamp.place || lamp.id)})`}>
          <Icon name="place" />
          {t("openMap")}
        </a>
      )}
    </section>
  );
}
