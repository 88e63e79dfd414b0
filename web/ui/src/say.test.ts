import { beforeAll, expect, test } from "vitest";
import { learn, speech } from "./i18n";
import { darkNow, nightVerdict, sentence } from "./say";
import { scheduleWords } from "./schedule";
import { board } from "./tickets";
import type { Fault, Lamp, LampState, Night, Ticket } from "./types";

beforeAll(() => learn("en"));

const hour = 3_600_000;
const now = new Date("2026-11-23T20:00:00+08:00").getTime();

function night(date: string, change: Partial<Night> = {}): Night {
  return {
    night: date,
    dusk: new Date(date + "T17:55:00+08:00").getTime(),
    dawn: new Date(date + "T07:15:00+08:00").getTime() + 24 * hour,
    lit_h: 13,
    expected_h: 13,
    observed_h: 13,
    debt_h: 0,
    dark_h: 13.3,
    switches: 2,
    soc_min_pct: null,
    lit_until: null,
    end_seen: false,
    promised_until: null,
    depth_pct: null,
    ...change,
  };
}

test("dark or day, by the last night", () => {
  const nights = [night("2026-11-21"), night("2026-11-22")];
  expect(darkNow(nights, now)).toBe(true);
  expect(darkNow(nights, now - 8 * hour)).toBe(false); // noon
  expect(darkNow(nights, now + 11 * hour)).toBe(true); // before dawn
  expect(darkNow(nights, now + 12 * hour)).toBe(false);
  expect(darkNow([], now)).toBeNull();
  expect(darkNow([night("2026-10-01")], now)).toBeNull(); // too long ago to say
});

test("how a night went", () => {
  expect(nightVerdict(night("2026-11-22"))).toBe("good");
  expect(nightVerdict(night("2026-11-22", { lit_h: 12.5 }))).toBe("good"); // within five in a hundred
  expect(nightVerdict(night("2026-11-22", { lit_h: 12 }))).toBe("short");
  expect(nightVerdict(night("2026-11-22", { expected_h: 3, lit_h: 2.8 }))).toBe("good"); // within a quarter of an hour
  expect(nightVerdict(night("2026-11-22", { expected_h: null, lit_h: 2 }))).toBe("good");
  expect(nightVerdict(night("2026-11-22", { observed_h: 0, lit_h: 0 }))).toBe("unseen");
});

const words: Record<string, Fault> = {
  lamp_dark: { title: { zh: "灯不亮", en: "Lamp is dark" } } as Fault,
  battery_empty: { title: { zh: "电池没电", en: "Battery is empty" } } as Fault,
};

function lamp(state: LampState, change: Partial<Lamp> = {}): Lamp {
  return { state, stage: "installed", last_seen: now - 3 * hour, faults: [], words, ...change } as Lamp;
}

test.each<[Lamp, boolean | null, string, string]>([
  [lamp("lit"), true, "灯亮着，一切正常。", "The lamp is lit. All is well."],
  [lamp("dark"), false, "现在是白天，灯不亮是正常的。", "It is day, so the lamp is off as it should be."],
  [lamp("dark"), null, "灯没有亮，没有发现故障。", "The lamp is off; no fault was found."],
  [lamp("fault", { faults: ["lamp_dark", "battery_empty"] }), true, "这盏灯有故障：灯不亮、电池没电。", "This lamp has a fault: lamp is dark, battery is empty."],
  [lamp("fault", { faults: ["brand_new"] }), true, "这盏灯有故障：brand_new。", "This lamp has a fault: brand_new."],
  [lamp("silent"), true, "收不到这盏灯的消息，已经 3 小时。不知道它亮不亮。", "Nothing was heard from this lamp for 3 h. Whether it is lit is not known."],
  [lamp("unknown", { last_seen: null }), null, "这盏灯装好了，还没有发来过消息。", "This lamp is installed and has not been heard yet."],
  [lamp("unknown", { last_seen: now - hour }), null, "有消息，但看不出灯亮不亮。", "The lamp reports, but not whether it is lit."],
  [lamp("planned", { stage: "agreed" }), null, "这盏灯还没有装：议定。", "This lamp is not installed yet: agreed."],
  [lamp("planned", { stage: "retired" }), null, "这盏灯已经停用。", "This lamp is out of use."],
])("sentence %#", (l, dark, zh, en) => {
  expect(sentence(l, now, dark, speech("zh"))).toBe(zh);
  expect(sentence(l, now, dark, speech("en"))).toBe(en);
});

test.each([
  ["dusk+0h:100 dusk+4h:30 dawn:0", "天黑 100% 亮，天黑后 4 小时 30% 亮，天亮 关", "dusk 100% bright, dusk + 4 h 30% bright, dawn off"],
  ["dusk+0h:100 dusk+5h30m:0 dawn-1h:50", "天黑 100% 亮，天黑后 5.5 小时 关，天亮前 1 小时 50% 亮", "dusk 100% bright, dusk + 5.5 h off, dawn − 1 h 50% bright"],
  ["motion 20/60", "平时 20% 亮，有人走过 60% 亮", "20% bright, 60% when somebody passes"],
  ["by the moon", "by the moon", "by the moon"],
])("schedule %s", (schedule, zh, en) => {
  expect(scheduleWords(schedule, speech("zh"))).toBe(zh);
  expect(scheduleWords(schedule, speech("en"))).toBe(en);
});

test("the board: mine, open, others, closed; worst and oldest first", () => {
  const t = (id: number, change: Partial<Ticket>): Ticket =>
    ({ id, state: "open", severity: "urgent", mine: false, raised_at: id, closed_at: null, ...change }) as Ticket;
  const b = board([
    t(1, { severity: "minor" }),
    t(2, { raised_at: 20 }),
    t(3, { raised_at: 10 }),
    t(4, { severity: "hazard" }),
    t(5, { state: "taken", mine: true }),
    t(6, { state: "taken" }),
    t(7, { state: "closed", closed_at: 100 }),
    t(8, { state: "rated", closed_at: 200 }),
  ]);
  const ids = (list: Ticket[]): number[] => list.map((x) => x.id);
  expect(ids(b.open)).toEqual([4, 3, 2, 1]);
  expect([ids(b.mine), ids(b.others), ids(b.closed)]).toEqual([[5], [6], [8, 7]]);
});
