import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { en } from "./en";
import { fill, learn, speech } from "./index";
import { zh } from "./zh";

const slots = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test("both languages have the same texts with the same blanks", () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    expect(zh[key].trim(), key).not.toBe("");
    expect(en[key].trim(), key).not.toBe("");
    expect(slots(en[key]), key).toEqual(slots(zh[key]));
  }
});

// Names that stay as they are in both languages.
const alike = new Set(["subjectVillage", "language"]);

test("every text is in its language", () => {
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    if (alike.has(key)) continue;
    expect(zh[key], key).toMatch(/[\u4e00-\u9fff]/);
    expect(en[key], key).not.toMatch(/[\u4e00-\u9fff]/);
  }
});

test("every text is used", () => {
  const root = new URL("..", import.meta.url).pathname;
  const source = (readdirSync(root, { recursive: true }) as string[])
    .filter((f) => /\.tsx?$/.test(f) && !/test|i18n\/(zh|en)/.test(f))
    .map((f) => readFileSync(join(root, f), "utf8"))
    .join("\n");
  const unused = Object.keys(zh).filter((k) => !/^(field|value|reason)_/.test(k) && !source.includes(`"${k}"`));
  expect(unused).toEqual([]);
});

test("what is not given stays visible", () => {
  expect(fill("{n} of {m}", { n: 3 })).toBe("3 of {m}");
});

test("English is spoken once learnt, and unknown codes as they are", async () => {
  expect(speech("en").t("stateLit")).toBe("亮着");
  await learn("en");
  const s = speech("en");
  expect(s.t("stateLit")).toBe("Lit");
  expect(s.code("reason_", "out_of_range")).toBe("out of range");
  expect(s.code("reason_", "brand_new")).toBe("brand_new");
  expect(s.words({ zh: "灯不亮", en: "Lamp is dark" })).toBe("Lamp is dark");
});

test("every field and reason of the wire format has words", () => {
  const go = (path: string): string => readFileSync(new URL("../../../../" + path, import.meta.url), "utf8");
  const fields = [...go("device/field.go").matchAll(/^\t\w+: +\{"([a-z_]+)", "/gm)].map((m) => "field_" + m[1]);
  const reasons = [...go("device/payload/reject.go").matchAll(/Reason += "([a-z_]+)"/g)].map((m) => "reason_" + m[1]);
  expect(reasons.length).toBeGreaterThan(10);
  expect(fields.length).toBeGreaterThan(15);
  expect([...fields, ...reasons].filter((k) => !(k in zh))).toEqual([]);
});
