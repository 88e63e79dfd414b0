import { expect, test } from "vitest";
import { batteryLevel, byVillage, countStates, filterLamps, isFiltered, matches, noFilter, worstFirst } from "./lamps";
import { plan } from "./plan";
import type { LampItem } from "./types";

export function lamp(id: string, change: Partial<LampItem> = {}): LampItem {
  return {
    id,
    place: "石坝大院",
    kind: "courtyard",
    village: "大垭村",
    stage: "installed",
    state: "lit",
    lat: 29,
    lon: 106.3,
    battery_v: 13,
    battery_soc_pct: 80,
    lit: true,
    last_seen: 0,
    faults: [],
    ...change,
  };
}

test.each([
  ["", true],
  ["  ", true],
  ["JP-0007", true],
  ["jp-0007", true],
  ["jp7", true],
  ["jp 7", true],
  ["7", true],
  ["0007", true],
  ["石坝", true],
  ["大垭", true],
  ["17", false],
  ["xp7", false],
  ["桂花", false],
])("%j finds JP-0007: %s", (text, found) => expect(matches(lamp("JP-0007"), text)).toBe(found));

test("a code without figures does not trouble the search", () => expect(matches(lamp("GATE"), "7")).toBe(false));

const some = [
  lamp("JP-0002"),
  lamp("JP-0001"),
  lamp("JP-0003", { state: "fault", village: "天水村" }),
  lamp("JP-0004", { state: "silent" }),
  lamp("JP-0005", { state: "no_radio" }),
];

test("filters hold together", () => {
  const ids = (f: Parameters<typeof filterLamps>[1]): string[] => filterLamps(some, f).map((l) => l.id);
  expect(ids(noFilter)).toHaveLength(5);
  expect(ids({ ...noFilter, state: "lit" })).toEqual(["JP-0002", "JP-0001"]);
  expect(ids({ ...noFilter, village: "天水村" })).toEqual(["JP-0003"]);
  expect(ids({ text: "1", state: "lit", village: "大垭村" })).toEqual(["JP-0001"]);
  expect(ids({ text: "1", state: "fault", village: "" })).toEqual([]);
  expect([isFiltered(noFilter), isFiltered({ ...noFilter, text: " " }), isFiltered({ ...noFilter, village: "x" })]).toEqual([false, false, true]);
});

test("worst first, then by code", () => {
  expect([...some].sort(worstFirst).map((l) => l.id)).toEqual(["JP-0003", "JP-0004", "JP-0001", "JP-0002", "JP-0005"]);
});

test("by village, the largest first", () => {
  const groups = byVillage(some);
  expect(groups.map((g) => [g.village, g.lamps.length])).toEqual([
    ["大垭村", 4],
    ["天水村", 1],
  ]);
  expect(groups[0]!.counts).toMatchObject({ lit: 2, silent: 1, fault: 0 });
  expect(countStates(some)).toEqual({ lit: 2, fault: 1, silent: 1, no_radio: 1, dark: 0, unknown: 0, planned: 0 });
});

test("battery levels", () => expect([0, 19.9, 20, 39, 40, 100].map(batteryLevel)).toEqual(["empty", "empty", "low", "low", "good", "good"]));

test("the plan adds up", () => {
  const p = plan([
    lamp("a", { stage: "proposed" }),
    lamp("b", { stage: "agreed" }),
    lamp("c", { stage: "agreed", village: "天水村" }),
    lamp("d", { stage: "agreed", village: "天水村" }),
    lamp("e", { stage: "agreed", village: "天水村" }),
    lamp("f"),
  ]);
  expect(p.stages).toEqual(["proposed", "agreed"]);
  expect(p.rows).toEqual([
    { village: "天水村", counts: [0, 3], sum: 3 },
    { village: "大垭村", counts: [1, 1], sum: 2 },
  ]);
  expect([p.sums, p.sum]).toEqual([[1, 4], 5]);
  expect(plan([]).rows).toEqual([]);
});
