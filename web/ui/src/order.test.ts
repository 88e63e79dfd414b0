import { describe, expect, test } from "vitest";
import { batteryLevel, byVillage, countStates, filterLamps, matches, noFilter } from "./lamps";
import { board } from "./tickets";
import type { LampItem, Ticket } from "./types";

const lamp = (id: string, state: LampItem["state"], village = "大垭村"): LampItem =>
  ({ id, state, village, place: "石坝大院", kind: "courtyard", stage: "installed", lat: 29, lon: 106, battery_v: null, battery_soc_pct: null, lit: null, last_seen: null, faults: [] }) as LampItem;

const ticket = (id: number, severity: Ticket["severity"], state: Ticket["state"], raised: number, mine = false): Ticket =>
  ({ id, severity, state, raised_at: raised, closed_at: state === "closed" ? raised + 1 : null, mine }) as Ticket;

describe("finding a lamp", () => {
  test.each(["JP-0007", "jp-0007", "jp7", "JP 7", "7", "0007", "石坝", "大垭", " "])("%j finds it", (text) => {
    expect(matches(lamp("JP-0007", "lit"), text)).toBe(true);
  });
  test.each(["8", "jp70", "紫荆", "gw7"])("%j does not", (text) => {
    expect(matches(lamp("JP-0007", "lit"), text)).toBe(false);
  });
  test("filters work together", () => {
    const lamps = [lamp("A-1", "fault"), lamp("A-2", "lit"), lamp("A-3", "fault", "紫荆村")];
    expect(filterLamps(lamps, noFilter)).toHaveLength(3);
    expect(filterLamps(lamps, { text: "", state: "fault", village: "大垭村" }).map((l) => l.id)).toEqual(["A-1"]);
  });
});

test("villages stand by size, their lamps worst first", () => {
  const groups = byVillage([lamp("A-2", "lit"), lamp("A-1", "lit"), lamp("A-3", "fault"), lamp("B-1", "silent", "紫荆村")]);
  expect(groups.map((g) => g.village)).toEqual(["大垭村", "紫荆村"]);
  expect(groups[0]!.lamps.map((l) => l.id)).toEqual(["A-3", "A-1", "A-2"]);
  expect(countStates(groups[0]!.lamps)).toMatchObject({ lit: 2, fault: 1, silent: 0 });
});

test("a battery is empty, low or good", () => {
  expect([0, 30, 100].map(batteryLevel)).toEqual(["empty", "low", "good"]);
});

test("tickets: the worst first, of equals who waits longest", () => {
  const b = board([
    ticket(1, "minor", "open", 1), ticket(2, "urgent", "open", 9), ticket(3, "urgent", "open", 5), ticket(4, "hazard", "open", 20),
    ticket(5, "major", "taken", 1, true), ticket(6, "major", "taken", 1), ticket(7, "minor", "closed", 3), ticket(8, "minor", "closed", 7),
  ]);
  expect(b.open.map((t) => t.id)).toEqual([4, 3, 2, 1]);
  expect(b.mine.map((t) => t.id)).toEqual([5]);
  expect(b.others.map((t) => t.id)).toEqual([6]);
  expect(b.closed.map((t) => t.id)).toEqual([8, 7]);
});
