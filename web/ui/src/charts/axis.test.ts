import { expect, test } from "vitest";
import type { Night } from "../types";
import { darkBands, extent, withGaps } from "./axis";

const day = 86_400_000;

test("the dark hours go on after the last finished night", () => {
  const nights = [{ dusk: 10, dawn: 20 }] as Night[];
  expect(darkBands(nights, 15, day + 12)).toEqual([
    { from: 15, to: 20 },
    { from: day + 10, to: day + 12 },
  ]);
  expect(darkBands([], 0, day)).toEqual([]);
});

test("extent leaves out what was not measured", () => {
  expect(extent([null, 3, 1, null, 2, null])).toEqual({ min: 1, max: 3, last: 2 });
  expect(extent([null])).toBeNull();
  expect(extent(undefined)).toBeNull();
});

test("a line does not bridge silence", () => {
  expect(withGaps([0, 10, 50, 60], [[1, 2, 3, 4]], 20)).toEqual({ t: [0, 10, 11, 50, 60], columns: [[1, 2, null, 3, 4]] });
  expect(withGaps([], [[]], 20)).toEqual({ t: [], columns: [[]] });
});
