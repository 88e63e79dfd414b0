import { expect, test } from "vitest";
import { fill, learn, speech } from "./i18n";
import { en } from "./i18n/en";
import { zh } from "./i18n/zh";

const holes = (s: string): string[] => (s.match(/\{\w+\}/g) ?? []).sort();

test("both languages say the same things, with the same blanks", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(en[key].trim(), key).not.toBe("");
    expect(zh[key].trim(), key).not.toBe("");
    expect(holes(en[key]), key).toEqual(holes(zh[key]));
  }
});

test("Chinese is Chinese, English is English", () => {
  const han = /[\u4e00-\u9fff]/;
  for (const [key, text] of Object.entries(en)) if (key !== "language" && key !== "brand") expect(han.test(text), `${key}: ${text}`).toBe(false);
  expect(Object.values(zh).filter((text) => han.test(text)).length).toBeGreaterThan(Object.keys(zh).length * 0.8);
});

test("a blank that nobody fills stays visible", () => {
  expect(fill("{a} and {b}", { a: 1 })).toBe("1 and {b}");
});

test("English is Chinese until it is learnt", async () => {
  expect(speech("en").t("navLamps")).toBe(zh.navLamps);
  await learn("en");
  expect(speech("en").t("navLamps")).toBe(en.navLamps);
});
