import type { LampItem, LampState } from "./types";

/** States in the order a person acts on them: go there, find out, know. */
export const states: LampState[] = ["fault", "silent", "unknown", "dark", "lit", "no_radio", "planned"];

export interface Filter {
  text: string;
  state: LampState | "";
  village: string;
}

export const noFilter: Filter = { text: "", state: "", village: "" };

export const isFiltered = (f: Filter): boolean => f.text.trim() !== "" || f.state !== "" || f.village !== "";

/** Matches what a person types against place, code and village; "jp7" and "7" find JP-0007. */
export function matches(lamp: LampItem, text: string): boolean {
  const q = text.trim().toLowerCase();
  if (q === "") return true;
  const code = lamp.id.toLowerCase();
  if (code.includes(q) || lamp.place.toLowerCase().includes(q) || lamp.village.includes(q)) return true;
  const wanted = /^([a-z]*)[\s-]*0*(\d+)$/.exec(q);
  const has = /^([a-z]*)[^a-z0-9]*0*(\d+)$/.exec(code);
  return !!wanted && !!has && wanted[2] === has[2] && has[1]!.startsWith(wanted[1]!);
}

export function filterLamps(lamps: LampItem[], f: Filter): LampItem[] {
  return lamps.filter((l) => (f.state === "" || l.state === f.state) && (f.village === "" || l.village === f.village) && matches(l, f.text));
}

export type Counts = Record<LampState, number>;

export function countStates(lamps: LampItem[]): Counts {
  const out: Counts = { fault: 0, silent: 0, unknown: 0, dark: 0, lit: 0, no_radio: 0, planned: 0 };
  for (const l of lamps) out[l.state]++;
  return out;
}

const rank = (s: LampState): number => states.indexOf(s);

/** Worst first, then by code. */
export const worstFirst = (a: LampItem, b: LampItem): number => rank(a.state) - rank(b.state) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

export interface Group {
  village: string;
  lamps: LampItem[]; // worst first
  counts: Counts;
}

/** Lamps by village, the village with most first. */
export function byVillage(lamps: LampItem[]): Group[] {
  const found = new Map<string, LampItem[]>();
  for (const l of lamps) {
    const list = found.get(l.village);
    if (list) list.push(l);
    else found.set(l.village, [l]);
  }
  const out: Group[] = [];
  found.forEach((list, village) => out.push({ village, lamps: list.sort(worstFirst), counts: countStates(list) }));
  return out.sort((a, b) => b.lamps.length - a.lamps.length || (a.village < b.village ? -1 : 1));
}

/** Villages in the order of byVillage, for the filter. */
export const villagesOf = (lamps: LampItem[]): string[] => byVillage(lamps).map((g) => g.village);

/** How full, in words that do not need a colour: empty below 20 %, low below 40 %. */
export function batteryLevel(soc: number): "empty" | "low" | "good" {
  return soc < 20 ? "empty" : soc < 40 ? "low" : "good";
}
