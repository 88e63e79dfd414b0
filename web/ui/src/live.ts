import { learnTime, now } from "./api";
import { store } from "./store";
import type { LampItem } from "./types";

export type Connection = "connecting" | "live" | "lost";

/** How the stream stands, and the server's time of the last that came. */
export const connection = store<{ is: Connection; at: number }>({ is: "connecting", at: 0 });

/** Counts connections: whoever shows data fetches it again when this changes. */
export const hellos = store(0);
/** The last ticket that changed, as a new object each time. */
export const ticketChanged = store<{ id: number } | null>(null);
export const unread = store(0);

const lampWatchers = new Set<(changed: LampItem[]) => void>();

export function onLamps(f: (changed: LampItem[]) => void): () => void {
  lampWatchers.add(f);
  return () => lampWatchers.delete(f);
}

const gather = 250; // ms; many lamps report together and one drawing is enough
const hiddenFor = 60_000; // ms in the background before the radio may sleep

let source: EventSource | null = null;
let waiting: LampItem[] = [];
let timer = 0;
let backOff = 1_000;
let again = 0;

function flush(): void {
  timer = 0;
  const changed = waiting;
  waiting = [];
  lampWatchers.forEach((f) => f(changed));
}

function lost(): void {
  const before = connection.get();
  connection.set({ is: before.is === "connecting" && before.at === 0 ? "connecting" : "lost", at: before.at || now() });
}

function open(): void {
  close();
  const s = new EventSource("/api/v1/live");
  source = s;
  const heard = (): void => connection.set({ is: "live", at: now() });
  s.addEventListener("hello", (e) => {
    backOff = 1_000;
    learnTime(JSON.parse((e as MessageEvent<string>).data).at);
    heard();
    hellos.set(hellos.get() + 1);
  });
  s.addEventListener("lamp", (e) => {
    connection.get().at = now(); // not worth a drawing
    waiting.push(JSON.parse((e as MessageEvent<string>).data));
    if (!timer) timer = window.setTimeout(flush, gather);
  });
  s.addEventListener("ticket", (e) => ticketChanged.set(JSON.parse((e as MessageEvent<string>).data)));
  s.addEventListener("notice", (e) => unread.set(JSON.parse((e as MessageEvent<string>).data).unread));
  s.onerror = () => {
    lost();
    if (s.readyState !== EventSource.CLOSED) return; // it tries again by itself
    window.clearTimeout(again);
    again = window.setTimeout(open, backOff * (0.75 + Math.random() / 2));
    backOff = Math.min(backOff * 2, 30_000);
  };
}

function close(): void {
  window.clearTimeout(again);
  source?.close();
  source = null;
}

/** Follows the stream while the page can be seen. */
export function follow(): void {
  let asleep = 0;
  open();
  document.addEventListener("visibilitychange", () => {
    window.clearTimeout(asleep);
    if (document.hidden)
      asleep = window.setTimeout(() => {
        close();
        lost();
      }, hiddenFor);
    else if (!source) open();
  });
  window.addEventListener("offline", lost);
  window.addEventListener("online", open);
}
