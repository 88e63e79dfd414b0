import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { num, shortDate, when } from "../format";
import { useSpeech } from "../i18n";
import { useNow } from "../session";
import type { Band } from "./axis";

export interface Curve {
  name: string;
  unit: string;
  digits: number;
  values: (number | null)[];
  ink: "one" | "two"; // --ink-one, --ink-two; the second is dashed too, for who cannot tell colours apart
  min?: number;
  max?: number;
  right?: boolean; // its scale is on the right
}

interface Props {
  t: number[]; // ms
  curves: Curve[];
  dark: Band[];
  said: string; // what a screen reader gets for the picture
}

const css = (name: string): string => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const font = "12px system-ui, sans-serif";

export function Plot({ t, curves, dark, said }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const { lang } = useSpeech();
  const current = useNow();
  const [at, point] = useState<number | null>(null);
  const [theme, setTheme] = useState(0);

  useEffect(() => {
    const m = window.matchMedia("(prefers-color-scheme: dark)");
    const f = (): void => setTheme((n) => n + 1);
    m.addListener(f); // addEventListener is too new for our phones
    return () => m.removeListener(f);
  }, []);

  useEffect(() => {
    const root = box.current!;
    const line = css("--line");
    const text = css("--soft");
    const nightInk = css("--night-band");
    const axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
    const scales: uPlot.Scales = { x: { time: true } };
    curves.forEach((c, i) => {
      scales["y" + i] = {
        range: (_u, lo, hi) => {
          if (c.min !== undefined && c.max !== undefined) return [c.min, c.max];
          const low = lo ?? 0;
          const high = hi ?? 1;
          const pad = Math.max((high - low) * 0.12, 0.2);
          return [c.min ?? low - pad, high + pad];
        },
      };
    });
    // Curves of one unit share the left scale.
    const shared = curves.every((c) => c.unit === curves[0]!.unit);
    const plot = new uPlot(
      {
        width: root.clientWidth,
        height: 210,
        ms: 1,
        padding: [10, 6, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
        scales,
        series: [
          {},
          ...curves.map(
            (c, i): uPlot.Series => ({
              scale: "y" + (shared ? 0 : i),
              stroke: css("--ink-" + c.ink),
              width: 2,
              ...(c.ink === "two" ? { dash: [6, 3] } : {}),
              points: { show: false },
            }),
          ),
        ],
        axes: [
          {
            ...axis,
            space: 44,
            size: 30,
            splits: (u) => midnights(u.scales.x!.min!, u.scales.x!.max!),
            values: (u, splits) => splits.map((v) => (u.width < 460 ? String(new Date(v).getDate()) : shortDate(v, lang))),
          },
          ...curves
            .filter((_c, i) => i === 0 || !shared)
            .map(
              (c, i): uPlot.Axis => ({
                ...axis,
                scale: "y" + i,
                side: c.right ? 1 : 3,
                size: c.right ? 44 : 36,
                grid: c.right ? { show: false } : axis.grid,
                values: (_u, splits) => splits.map((v) => num(v, 2)),
              }),
            ),
        ],
        hooks: {
          drawClear: [
            (u) => {
              u.ctx.fillStyle = nightInk;
              for (const b of dark) {
                const x = u.valToPos(Math.max(b.from, u.scales.x!.min!), "x", true);
                const to = u.valToPos(Math.min(b.to, u.scales.x!.max!), "x", true);
                if (to > x) u.ctx.fillRect(x, u.bbox.top, to - x, u.bbox.height);
              }
            },
          ],
          setCursor: [(u) => point(u.cursor.idx ?? null)],
        },
      },
      [t, ...curves.map((c) => c.values)],
      root,
    );
    const fit = (): void => plot.setSize({ width: root.clientWidth, height: 210 });
    // Touch has no hovering: a finger on the chart moves the cursor and leaves the page still scrollable.
    const touch = (e: TouchEvent): void => {
      const left = e.touches[0]!.clientX - plot.over.getBoundingClientRect().left;
      plot.setCursor({ left, top: 10 });
    };
    plot.over.addEventListener("touchstart", touch, { passive: true });
    plot.over.addEventListener("touchmove", touch, { passive: true });
    window.addEventListener("resize", fit);
    return () => {
      window.removeEventListener("resize", fit);
      plot.destroy();
    };
  }, [t, curves, dark, lang, theme]);

  const i = at !== null && at < t.length ? at : null;
  return (
    <div class="plot">
      <p class="plot-legend">
        {curves.map((c) => {
          const v = i === null ? latest(c.values) : c.values[i];
          return (
            <span key={c.name} class={"ink-" + c.ink}>
              <i aria-hidden="true" />
              {c.name} <b>{v === null || v === undefined ? "—" : num(v, c.digits)}</b> {c.unit}
            </span>
          );
        })}
        <span class="plot-at">{i === null ? "" : when(t[i]!, current, lang)}</span>
      </p>
      <div ref={box} role="img" aria-label={said} />
    </div>
  );
}

function latest(values: (number | null)[]): number | null {
  for (let i = values.length - 1; i >= 0; i--) if (values[i] !== null) return values[i]!;
  return null;
}

function midnights(from: number, to: number): number[] {
  const d = new Date(from);
  d.setHours(24, 0, 0, 0);
  const out: number[] = [];
  for (; d.getTime() <= to; d.setDate(d.getDate() + 1)) out.push(d.getTime());
  return out;
}
