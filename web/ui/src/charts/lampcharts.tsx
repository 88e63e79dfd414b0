import { useMemo } from "preact/hooks";
import { num } from "../format";
import { useSpeech } from "../i18n";
import type { Night, Series } from "../types";
import { darkBands, extent, withGaps } from "./axis";
import { type Curve, Plot } from "./plot";

const gapSteps = 6; // silence of so many steps is a gap in the line, at least an hour

interface Props {
  series: Series;
  nights: Night[];
}

/** Battery, and panel with load, over the days of one series. */
export function LampCharts({ series, nights }: Props) {
  const { t, lang } = useSpeech();
  const drawn = useMemo(() => {
    const names = ["battery_soc_pct", "battery_v", "panel_w", "load_w"];
    const has = names.filter((n) => extent(series.values[n]));
    const g = withGaps(
      series.t,
      has.map((n) => series.values[n]!),
      Math.max(gapSteps * series.step_ms, 3_600_000),
    );
    const column = (n: string): (number | null)[] | null => (has.includes(n) ? g.columns[has.indexOf(n)]! : null);
    const curve = (n: string, c: Omit<Curve, "values">): Curve[] => {
      const values = column(n);
      return values ? [{ ...c, values }] : [];
    };
    const soc = column("battery_soc_pct") !== null;
    return {
      t: g.t,
      soc,
      battery: [
        ...curve("battery_soc_pct", { name: t("field_battery_soc_pct"), unit: "%", digits: 0, ink: "one", min: 0, max: 100 }),
        ...curve("battery_v", { name: t("field_battery_v"), unit: "V", digits: 2, ink: soc ? "two" : "one", right: soc }),
      ],
      power: [
        ...curve("panel_w", { name: t("field_panel_w"), unit: "W", digits: 1, ink: "one", min: 0 }),
        ...curve("load_w", { name: t("field_load_w"), unit: "W", digits: 1, ink: "two", min: 0 }),
      ],
      dark: darkBands(nights, series.from, series.to),
    };
  }, [series, nights, lang]);

  if (series.t.length === 0) return <p class="note">{t("chartNone")}</p>;
  const said = (curves: Curve[]): string =>
    curves
      .map((c) => {
        const e = extent(c.values)!;
        return t("chartSaid", { name: c.name, min: num(e.min, c.digits), max: num(e.max, c.digits), last: num(e.last, c.digits), unit: c.unit });
      })
      .join("; ");
  return (
    <>
      <section class="card">
        <h2>{t("chartBattery")}</h2>
        {drawn.battery.length ? <Plot t={drawn.t} curves={drawn.battery} dark={drawn.dark} said={said(drawn.battery)} /> : <p class="note">{t("chartNone")}</p>}
        <p class="note">
          {t("chartHint")}
          {!drawn.soc && drawn.battery.length > 0 ? " " + t("chartFewSoc") : ""}
        </p>
      </section>
      {drawn.power.length > 0 && (
        <section class="card">
          <h2>{t("chartPower")}</h2>
          <Plot t={drawn.t} curves={drawn.power} dark={drawn.dark} said={said(drawn.power)} />
        </section>
      )}
    </>
  );
}
