import { describe, expect, test } from "vitest";
import { ago, date, fileDate, nightName, num, span, time, when } from "./format";

const now = Date.UTC(2026, 10, 23, 12, 10); // 20:10 in Shanghai
const minute = 60_000;
const hour = 60 * minute;

describe("time as people say it", () => {
  test.each([
    [null, "从未", "never"],
    [now - 20_000, "刚刚", "just now"],
    [now + 5_000, "刚刚", "just now"],
    [now - 3 * minute, "3 分钟前", "3 min ago"],
    [now - 2 * hour, "2 小时前", "2 h ago"],
    [now - 24 * hour, "1 天前", "1 day ago"],
    [now - 5 * 24 * hour, "5 天前", "5 days ago"],
  ])("%s", (t, zh, en) => {
    expect(ago(t, now, "zh")).toBe(zh);
    expect(ago(t, now, "en")).toBe(en);
  });

  test("spans", () => {
    expect(span(0, "zh")).toBe("1 分钟");
    expect(span(59.6 * minute, "zh")).toBe("1 小时");
    expect(span(125 * minute, "zh")).toBe("2 小时 5 分");
    expect(span(125 * minute, "en")).toBe("2 h 5 min");
    expect(span(49 * hour, "en")).toBe("2 days");
  });

  test("today and yesterday are by the local day", () => {
    expect(time(now)).toBe("20:10");
    expect(when(now - 20 * hour, now, "zh")).toBe("今天 00:10");
    expect(when(now - 21 * hour, now, "zh")).toBe("昨天 23:10");
    expect(when(now - 48 * hour, now, "en")).toBe("21 Nov 20:10");
    expect(date(now, "zh")).toBe("2026年11月23日");
  });

  test("nights and dates of files", () => {
    expect(nightName("2026-01-04")).toBe("1/4");
    expect(fileDate("2025-03-10", "zh")).toBe("2025年3月10日");
    expect(fileDate("soon", "en")).toBe("soon");
  });
});

test("figures have no zeros to spare", () => {
  expect(num(5)).toBe("5");
  expect(num(5.04)).toBe("5");
  expect(num(13.25, 2)).toBe("13.25");
  expect(num(100, 0)).toBe("100");
});
