// What the API answers, as web/openapi.yaml describes it. Times are milliseconds UTC.

export type LampState = "lit" | "dark" | "fault" | "silent" | "unknown" | "no_radio" | "planned";
export type Stage = "" | "proposed" | "agreed" | "funded" | "installing" | "installed" | "retired";
export type Severity = "minor" | "major" | "urgent" | "hazard";
export type Role = "resident" | "volunteer" | "office" | "supplier";
export type Lang = "zh" | "en";

export interface Words {
  zh: string;
  en: string;
}

export interface Fault {
  code: string;
  severity: Severity;
  title: Words;
  villager: Words;
  volunteer: Words;
  bring: Words;
  check: Words;
}

export interface LampItem {
  id: string;
  place: string;
  kind: "" | "courtyard" | "public";
  village: string;
  stage: Stage;
  state: LampState;
  lat: number;
  lon: number;
  battery_v: number | null;
  battery_soc_pct: number | null;
  lit: boolean | null;
  last_seen: number | null;
  faults: string[];
}

export interface Reading {
  ts: number;
  received: number;
  clock: "ok" | "ahead" | "ancient" | "steady" | "none";
  values: Record<string, number | boolean | string>;
  fw: string;
  faults: string[];
  derived: Record<string, number>; // what no sensor measured and the others tell
}

export interface Alert {
  id: string;
  fault: string;
  subject: string;
  state: "firing" | "resolved" | "retracted";
  since: number;
  fired_at: number | null;
  ended_at: number | null;
  detail: Record<string, unknown>;
}

export interface Forecast {
  lamp: string;
  village: string;
  night: string;
  at: number;
  dusk: number;
  dawn: number;
  left_wh: number;
  night_wh: number;
  out_at: number | null;
  dark_nights: number;
  sun_nights: number | null;
  sun_enough: boolean;
  known: "gauge" | "counted" | "rough";
}

export interface ForecastQuality {
  nights: number;
  right: number;
  ended: number;
  foretold: number;
  off_min: number | null;
}

/** What it takes to know a figure of a battery; empty where it is known. */
export type BatteryNeed = "" | "capacity" | "charge" | "use" | "nights" | "cycle";

export interface BatteryState {
  at: number;
  known: "" | "gauge" | "counted" | "rough";
  left_pct: number | null;
  nights_left: number | null;
  left_needs: BatteryNeed;
  health_pct: number | null;
  health_by: "" | "gauge" | "cycle";
  health_needs: BatteryNeed;
  health_nights: number | null;
  resistance_times: number | null;
}

export interface ForecastList {
  at: number;
  lamps: Forecast[];
  advice: { village: string; lamps: number; out: number; dim_pct: number | null; saved: number }[];
  quality: ForecastQuality;
}

export interface Lamp extends LampItem {
  registered: boolean;
  batch: number;
  panel_wp: number | null;
  battery_ah: number | null;
  battery_nominal_v: number | null;
  battery_chemistry: "" | "lifepo4" | "gel" | "lead_acid";
  lamp_w: number | null;
  gateway: string;
  installed_on: string;
  link: "" | "mqtt" | "gateway" | "none";
  interval_s: number | null;
  schedule: string;
  shade: string;
  supplier: string;
  warranty_until: string;
  reading: Reading | null;
  forecast: Forecast | null;
  forecast_quality: ForecastQuality | null;
  battery: BatteryState | null;
  alerts: Alert[];
  ticket: number | null;
  words: Record<string, Fault>;
}

export interface Series {
  lamp: string;
  from: number;
  to: number;
  step_ms: number;
  fields: { name: string; unit: string }[];
  t: number[];
  values: Record<string, (number | null)[]>;
}

export interface Night {
  night: string;
  dusk: number;
  dawn: number;
  lit_h: number;
  expected_h: number | null;
  observed_h: number;
  debt_h: number | null;
  dark_h: number;
  switches: number;
  soc_min_pct: number | null;
  lit_until: number | null;
  end_seen: boolean;
  promised_until: number | null;
  depth_pct: number | null;
}

export interface NightList {
  nights: Night[];
  words: Words | null; // how the last 30 evenings went
  words_more: number; // how many more evenings it takes to say so
}

export interface PersonRef {
  id: string;
  name: string;
  phone?: string;
}

export interface Ticket {
  id: number;
  subject: string;
  kind: "lamp" | "gateway" | "place" | "village" | "town";
  lamp: string;
  lamps: string[];
  place: string;
  village: string;
  state: "open" | "taken" | "closed" | "rated";
  severity: Severity;
  faults: string[];
  asked: PersonRef[];
  taken_by: PersonRef | null;
  mine: boolean;
  raised_at: number;
  taken_at: number | null;
  closed_at: number | null;
  words: Record<string, Fault>;
}

export interface Notice {
  id: number;
  kind: "raised" | "known" | "taken" | "mended" | "office";
  ticket: number;
  subject: string;
  lamp: string;
  title: string;
  text: string;
  created_at: number;
  read_at: number | null;
}

export interface Person {
  id: string;
  name: string;
  role: Role;
  village: string;
  place: string;
  language: Lang;
}

export interface Me {
  person: Person | null;
  unread: number;
  public: boolean;
  town: { code: string; name: string };
  version: string;
}

export interface Count {
  received: number;
  stored: number;
  waiting: number;
  duplicate: number;
  rejected: number;
}

export interface LedgerDay extends Count {
  day: string;
  lamps: number;
  lost: number; // on the way to us
}

export interface Ledger {
  totals: Count;
  balanced: boolean;
  days: LedgerDay[];
}

export interface Rejected {
  seq: number;
  received: number;
  topic: string;
  lamp: string;
  reason: string;
  text: string;
  payload: string;
  encoding: "text" | "hex";
  cut: boolean;
  length: number;
  sha256: string;
  readings: number;
}

export interface Gap {
  lamp: string;
  day: string;
  boot: number;
  from_seq: number;
  to_seq: number;
  after: number;
  before: number;
  lost: number;
}

/** What the office is told about the system itself. */
export interface System {
  rooms: { name: string; ready: boolean; reason: string }[];
  notices: { kind: "audit" | "disk"; text_zh: string; text_en: string; at: number; ended_at: number | null }[];
}

export interface UnknownLamp {
  id: string;
  reason: "not_registered" | "not_installed";
  stage: Stage;
  last_seen: number | null;
  battery_v: number | null;
}

export type StateCounts = Record<Exclude<LampState, "planned">, number>;

export interface Town {
  at: number;
  town: { code: string; name: string };
  public: boolean;
  version: string;
  installed: number;
  planned: number;
  by_state: StateCounts;
  by_stage: Partial<Record<Stage, number>>;
  villages: { village: string; installed: number; planned: number; by_state: StateCounts }[];
  batches: { batch: number; by_stage: Partial<Record<Stage, number>> }[];
  ready: boolean;
  tickets?: { open: number; taken: number };
  ledger?: Count;
  rooms?: { name: string; ready: boolean; reason: string }[];
}
