import { createRequire } from "node:module";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { desk, openBrowser, openTown, overflow, phone, type Town, visit } from "./town";

const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

let town: Town;
let browser: Browser;
beforeAll(async () => {
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await town?.stop();
});

const pages: [string, string, string?][] = [
  ["lamps", "/"],
  ["lamp", "/lamps/JP-0001"],
  ["my tickets", "/tickets", "V-16"],
  ["inbox", "/inbox", "V-16"],
  ["office", "/office", "O-01"],
  ["in English", "/", "R-02"],
];

describe.each(pages)("%s", (_name, path, login) => {
  test.each([["360×800", phone], ["1440×900", desk]] as const)("fits %s, and the browser has nothing to say", async (_size, options) => {
    const v = await visit(browser, town, options, login);
    await v.page.goto(town.page + path);
    await v.page.waitForSelector("h1");
    await v.page.waitForLoadState("load");
    expect(await overflow(v.page)).toBeLessThanOrEqual(0);
    expect(v.complaints).toEqual([]);
    await v.context.close();
  });

  test("can be read and used by everybody (axe)", async () => {
    const v = await visit(browser, town, { ...phone, bypassCSP: true }, login);
    await v.page.goto(town.page + path);
    await v.page.waitForSelector("h1");
    await v.page.addScriptTag({ path: axe });
    const found = await v.page.evaluate(async () => {
      const run = (window as unknown as { axe: { run: (o: object) => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> } }).axe.run;
      const result = await run({ resultTypes: ["violations"] });
      return result.violations.filter((r) => r.impact === "serious" || r.impact === "critical").map((r) => r.id + ": " + r.nodes[0]?.html);
    });
    expect(found).toEqual([]);
    await v.context.close();
  });
});

test("from the list to a lamp and back", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page + "/");
  await v.page.fill("input[type=search]", "jp1");
  await v.page.click('a[href="/lamps/JP-0001"]');
  await v.page.waitForURL("**/lamps/JP-0001");
  expect(await v.page.textContent("main")).toContain("JP-0001");
  await v.page.goBack();
  await v.page.waitForSelector("input[type=search]");
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

test("a reading that is published shows on the open page", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page + "/lamps/JP-0001");
  await v.page.waitForSelector("h1");
  const sent = await fetch(town.control + "/reading?lamp=JP-0001&soc=37", { method: "POST" });
  expect(sent.ok).toBe(true);
  await v.page.waitForSelector("text=37%", { timeout: 3000 });
  await v.context.close();
});

test("who is not logged in is told how to be", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page + "/office");
  await v.page.waitForSelector("text=请先登录");
  await v.context.close();
});

test("a volunteer takes a ticket with a tap, and the next one hears who was faster", async () => {
  const first = await visit(browser, town, phone, "V-16");
  await first.page.goto(town.page + "/tickets");
  const go = first.page.locator("button", { hasText: "我去" }).first();
  await go.waitFor();
  const box = await go.boundingBox();
  expect(box!.height).toBeGreaterThanOrEqual(44);
  const open = (await (await first.context.request.get(town.page + "/api/v1/tickets")).json()).tickets.filter((t: { state: string }) => t.state === "open");
  const second = await visit(browser, town, phone, "O-01");
  const link = town.page + "/tickets/" + open[0].id;
  await second.page.goto(link);
  const late = second.page.locator("button", { hasText: "我去" });
  await late.waitFor();
  await first.page.goto(link);
  // Both see the button; the second tap is answered with the first one's name.
  await second.page.route("**/take", async (route) => {
    await first.page.locator("button", { hasText: "我去" }).click();
    await first.page.waitForSelector("button:has-text('去不了')");
    await route.continue();
  });
  await late.click();
  await second.page.waitForSelector("[role=alert]");
  expect(await second.page.textContent("[role=alert]")).toContain("示例·");
  await first.context.close();
  await second.context.close();
});
