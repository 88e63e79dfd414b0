import { describe, expect, test } from "vitest";
import { ago, count, date, fileDate, nightName, num, span, when } from "./format";

const noon = new Date("2026-11-23T12:00:00+08:00").getTime();
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

describe("ago", () => {
  test.each([
    [0, "刚刚", "just now"],
    [-5 * minute, "刚刚", "just now"], // a clock ahead of ours
    [59_999, "刚刚", "just now"],
    [minute, "1 分钟前", "1 min ago"],
    [hour - 1, "59 分钟前", "59 min ago"],
    [hour, "1 小时前", "1 h ago"],
    [day - 1, "23 小时前", "23 h ago"],
    [day, "1 天前", "1 day ago"],
    [3 * day, "3 天前", "3 days ago"],
    [70 * day, "2026年9月14日", "14 Sep 2026"],
  ])("%d ms", (d, zh, en) => {
    expect(ago(noon - d, noon, "zh")).toBe(zh);
    expect(ago(noon - d, noon, "en")).toBe(en);
  });
  test("never", () => {
    expect(ago(null, noon, "zh")).toBe("从未");
    expect(ago(null, noon, "en")).toBe("never");
  });
});

test.each([
  [0, "1 分钟", "1 min"],
  [59 * minute, "59 分钟", "59 min"],
  [hour, "1 小时", "1 h"],
  [2 * hour + 5 * minute, "2 小时 5 分", "2 h 5 min"],
  [day, "1 天", "1 day"],
  [9 * day + hour, "9 天", "9 days"],
])("span of %d ms", (ms, zh, en) => {
  expect(span(ms, "zh")).toBe(zh);
  expect(span(ms, "en")).toBe(en);
});

test.each([
  ["2026-11-23T00:00:00+08:00", "今天 00:00"],
  ["2026-11-22T23:59:00+08:00", "昨天 23:59"],
  ["2026-11-21T08:05:00+08:00", "11月21日 08:05"],
  ["2026-11-24T00:00:00+08:00", "11月24日 00:00"],
])("when %s", (at, zh) => expect(when(new Date(at).getTime(), noon, "zh")).toBe(zh));

test("figures", () => {
  expect([num(13), num(13.25), num(13.04), num(13.256, 2), num(100, 0), num(-0.5), num(1200, 0)]).toEqual([
    "13",
    "13.3",
    "13",
    "13.26",
    "100",
    "-0.5",
    "1200",
  ]);
  expect([count(0), count(999), count(1000), count(1234567)]).toEqual(["0", "999", "1,000", "1,234,567"]);
});

test("dates", () => {
  expect(nightName("2026-11-02")).toBe("11/2");
  expect(fileDate("2025-03-10", "zh")).toBe("2025年3月10日");
  expect(fileDate("2025-03-10", "en")).toBe("10 Mar 2025");
  expect(fileDate("soon", "en")).toBe("soon");
  expect(date(noon, "en")).toBe("23 Nov 2026");
});
