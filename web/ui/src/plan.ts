import type { LampItem, Stage } from "./types";

export const plannedStages: Stage[] = ["proposed", "agreed", "funded", "installing"];

export interface Plan {
  stages: Stage[]; // those that have a lamp
  rows: { village: string; counts: number[]; sum: number }[];
  sums: number[];
  sum: number;
}

/** Planned lamps by village and stage, the village with most first. */
export function plan(lamps: LampItem[]): Plan {
  const planned = lamps.filter((l) => plannedStages.includes(l.stage));
  const stages = plannedStages.filter((s) => planned.some((l) => l.stage === s));
  const villages = new Map<string, number[]>();
  for (const l of planned) {
    let row = villages.get(l.village);
    if (!row) villages.set(l.village, (row = stages.map(() => 0)));
    row[stages.indexOf(l.stage)]!++;
  }
  const rows: Plan["rows"] = [];
  villages.forEach((counts, village) => rows.push({ village, counts, sum: counts.reduce((a, b) => a + b, 0) }));
  rows.sort((a, b) => b.sum - a.sum || (a.village < b.village ? -1 : 1));
  return { stages, rows, sums: stages.map((_, i) => rows.reduce((a, r) => a + r.counts[i]!, 0)), sum: planned.length };
}
