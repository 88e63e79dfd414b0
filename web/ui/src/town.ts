import { api } from "./api";
import { hellos, onLamps } from "./live";
import { store, type Store } from "./store";
import type { ApiError } from "./api";
import type { Fault, LampItem } from "./types";

/** The installed lamps by code, kept current; null until they are here. */
export const lamps: Store<LampItem[] | null> = store<LampItem[] | null>(null);
export const lampsError: Store<ApiError | null> = store<ApiError | null>(null);

/** The fault catalogue by code, for lists; null until it is here, and lists do without. */
export const catalogue: Store<Record<string, Fault> | null> = store<Record<string, Fault> | null>(null);

function fetchCatalogue(): void {
  api.faults().then(
    (answer) => {
      const byCode: Record<string, Fault> = {};
      for (const f of answer.faults) byCode[f.code] = f;
      catalogue.set(byCode);
    },
    () => undefined, // the next hello asks again
  );
}

let wanted = false;
let asked = 0;

function fetchLamps(): void {
  const mine = ++asked;
  api.lamps().then(
    (answer) => {
      if (mine !== asked) return;
      lampsError.set(null);
      lamps.set(answer.lamps);
    },
    (e: ApiError) => mine === asked && lampsError.set(e),
  );
}

/** Starts keeping the lamps; pages that do not need them cost a phone nothing. */
export function wantLamps(again = false): void {
  if (wanted && !again) return;
  wanted = true;
  fetchLamps();
  if (!catalogue.get()) fetchCatalogue();
}

hellos.watch(() => {
  if (!wanted) return;
  fetchLamps();
  if (!catalogue.get()) fetchCatalogue();
});

onLamps((changed) => {
  const list = lamps.get();
  if (!list) return;
  const news = new Map<string, LampItem>();
  for (const l of changed) news.set(l.id, l);
  const out: LampItem[] = [];
  for (const l of list) {
    const newer = news.get(l.id);
    news.delete(l.id);
    if (!newer) out.push(l);
    else if (newer.stage === "installed") out.push(newer);
  }
  news.forEach((l) => l.stage === "installed" && out.push(l));
  lamps.set(out);
});

/** One lamp of the list, for its place's name. */
export const lampOf = (list: LampItem[] | null, id: string): LampItem | undefined => list?.find((l) => l.id === id);
