import type { Fault, Gap, ForecastList, Lamp, LampItem, Ledger, Me, NightList, Notice, Rejected, Series, System, Ticket, Town, UnknownLamp } from "./types";

/** What went wrong, in both languages; code is the API's, or "offline". */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly hint = "",
    readonly by = "",
  ) {
    super(en);
  }
}

const patience = 15_000; // ms; a village network needs some seconds, and a person waits no longer

// A cheap phone's clock may be years off; "3 minutes ago" goes by the server's.
let ahead = 0;

/** The server's time, in ms UTC. */
export const now = (): number => Date.now() + ahead;

export function learnTime(serverNow: number): void {
  ahead = serverNow - Date.now();
}

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), patience);
  try {
    const answer = await fetch(path, { credentials: "same-origin", signal: limit.signal, ...init });
    if (answer.status === 204) return undefined as unknown as T;
    const body = await answer.json();
    if (answer.ok) return body as T;
    throw new ApiError(body.code || "internal", body.message_zh || "服务器出错了", body.message_en || "The server failed", body.hint, body.by);
  } catch (e) {
    if (e instanceof ApiError) throw e;
    throw new ApiError("offline", "连不上服务器", "Cannot reach the server");
  } finally {
    clearTimeout(timer);
  }
}

const get = <T>(path: string): Promise<T> => call<T>("/api/v1" + path);
const post = <T>(path: string, body?: unknown): Promise<T> =>
  call<T>("/api/v1" + path, {
    method: "POST",
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? null : JSON.stringify(body),
  });
const id = encodeURIComponent;

export const api = {
  me: () => get<Me>("/me"),
  town: () => get<Town>("/town"),
  faults: () => get<{ faults: Fault[] }>("/faults"),
  lamps: (stage = "installed") => get<{ at: number; lamps: LampItem[] }>("/lamps?stage=" + stage),
  lamp: (lamp: string) => get<Lamp>("/lamps/" + id(lamp)),
  // In hours before the server's now: a phone's own clock may be years off until the server's is learnt.
  series: (lamp: string, fields: string, hours: number, points: number) =>
    get<Series>(`/lamps/${id(lamp)}/series?fields=${fields}&hours=${hours}&points=${points}`),
  nights: (lamp: string, limit: number) => get<NightList>(`/lamps/${id(lamp)}/nights?limit=${limit}`),
  forecast: () => get<ForecastList>("/forecast"),
  tickets: () => get<{ tickets: Ticket[] }>("/tickets"),
  ticket: (ticket: string) => get<Ticket>("/tickets/" + id(ticket)),
  take: (ticket: number) => post<Ticket>(`/tickets/${ticket}/take`),
  release: (ticket: number) => post<Ticket>(`/tickets/${ticket}/release`),
  inbox: (before?: number) => get<{ notices: Notice[]; unread: number; next: number | null }>("/inbox" + (before ? "?before=" + before : "")),
  read: (upTo: number) => post<{ unread: number }>("/inbox/read", { up_to: upTo }),
  ledger: (limit: number) => get<Ledger>("/ledger?limit=" + limit),
  rejected: (before?: number) =>
    get<{ rejected: Rejected[]; next: number | null }>("/rejected?limit=20" + (before ? "&before=" + before : "")),
  gaps: () => get<{ gaps: Gap[] }>("/ledger/gaps?limit=50"),
  system: () => get<System>("/system"),
  adopt: (lamp: string, like: string) => post<undefined>("/unknown-lamps/" + id(lamp) + "/adopt", { like }),
  unknown: () => get<{ lamps: UnknownLamp[] }>("/unknown-lamps"),
  logout: () => call<void>("/logout", { method: "POST" }),
};
