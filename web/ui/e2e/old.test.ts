import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";

// queueMicrotask is not among the new: src/old.ts brings it.
// What is built must run on Chrome 69 and be small; nothing but this test knows when it no longer does.

const assets = new URL("../dist/assets/", import.meta.url);
const read = (end: string): [string, string][] =>
  readdirSync(assets)
    .filter((f) => f.endsWith(end))
    .map((f) => [f, readFileSync(new URL(f, assets), "utf8")]);

test("scripts use nothing newer than Chrome 69", () => {
  const newer =
    /[\w)\]]\?\?=?[\w("]|[\w)\]]\?\.[a-zA-Z([]|Object\.fromEntries|\.replaceAll\(|\.matchAll\(|\.at\(|structuredClone|\bglobalThis\b|allSettled|ResizeObserver|replaceChildren|Object\.hasOwn\b|RelativeTimeFormat/g;
  const scripts = read(".js");
  expect(scripts.length).toBeGreaterThan(1);
  for (const [name, text] of scripts) expect([name, text.match(newer)]).toEqual([name, null]);
});

test("styles use nothing newer that would break a page", () => {
  const newer = /[^-]inset:|:is\(|:where\(|[:( ]min\(|clamp\(|aspect-ratio:|[;{]gap:|@layer|@container/g;
  for (const [name, text] of read(".css")) expect([name, text.match(newer)]).toEqual([name, null]);
});

test("a page fits into a slow minute: at most 60 KB compressed, charts included", () => {
  const sum = [...read(".js"), ...read(".css")].filter(([name]) => !name.startsWith("en-")).reduce((n, [, text]) => n + gzipSync(text).length, 0);
  expect(sum).toBeLessThan(60 * 1024);
});
