import type { Night } from "../types";

export interface Band {
  from: number;
  to: number;
}

const day = 86_400_000;

/** The dark hours within a span, from finished nights; the nights after the last one are taken from it. */
export function darkBands(nights: Night[], from: number, to: number): Band[] {
  const sorted = [...nights].sort((a, b) => a.dusk - b.dusk);
  const out: Band[] = sorted.map((n) => ({ from: n.dusk, to: n.dawn }));
  const last = out[out.length - 1];
  if (last) for (let i = 1; last.from + i * day < to && i <= 10; i++) out.push({ from: last.from + i * day, to: last.to + i * day });
  return out.filter((b) => b.to > from && b.from < to).map((b) => ({ from: Math.max(b.from, from), to: Math.min(b.to, to) }));
}

export interface Extent {
  min: number;
  max: number;
  last: number;
}

/** Lowest, highest and latest value of a column; null where nothing was measured. */
export function extent(column: (number | null)[] | undefined): Extent | null {
  let out: Extent | null = null;
  for (const v of column ?? []) {
    if (v === null) continue;
    if (!out) out = { min: v, max: v, last: v };
    else out = { min: Math.min(out.min, v), max: Math.max(out.max, v), last: v };
  }
  return out;
}

/** A column with nulls where more than `gap` ms lie between two points, so that a line does not bridge silence. */
export function withGaps(t: number[], columns: (number | null)[][], gap: number): { t: number[]; columns: (number | null)[][] } {
  const outT: number[] = [];
  const out: (number | null)[][] = columns.map(() => []);
  t.forEach((at, i) => {
    const before = i > 0 ? t[i - 1]! : at;
    if (at - before > gap) {
      outT.push(before + 1);
      out.forEach((c) => c.push(null));
    }
    outT.push(at);
    out.forEach((c, k) => c.push(columns[k]![i] ?? null));
  });
  return { t: outT, columns: out };
}
