import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { desk, openBrowser, openTown, overflow, phone, stormOf, type Town, visit } from "./town";

// What people do with the pages, in a real browser over the real server.

let town: Town;
let browser: Browser;

beforeAll(async () => {
  [town, browser] = await Promise.all([openTown(), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await town?.stop();
});

const quick = { timeout: 30_000 };
const see = (page: Page, text: string | RegExp): Promise<void> => page.getByText(text).first().waitFor(quick);

test("a villager finds the lamp of a courtyard", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page);
  await see(v.page, "要帮忙的路灯");
  expect(await v.page.locator(".flies i").count()).toBe(400);
  await v.page.getByRole("searchbox").fill("茶嘴");
  const row = v.page.locator(".found .row");
  await row.first().waitFor(quick);
  await expect.poll(() => row.count()).toBe(1);
  await row.tap();
  await see(v.page, "灯亮着，一切正常。");
  expect(new URL(v.page.url()).pathname).toMatch(/^\/lamps\/JP-\d{4}$/);
  await see(v.page, "最近 7 夜，7 夜亮足了");
  await see(v.page, "最近 7 晚里，有 7 晚亮到天亮");
  await v.page.locator("canvas").first().waitFor(quick);
  expect(await v.page.getByRole("img").first().getAttribute("aria-label")).toContain("最低");
  await v.page.goBack();
  expect(await v.page.getByRole("searchbox").inputValue()).toBe("茶嘴"); // the filter is in the address
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

test("a lamp's page tells how its battery is, in plain words, and what is not known yet", async () => {
  const v = await visit(browser, town, phone);
  const fact = (name: string): Promise<string | null> => v.page.locator(".facts div", { hasText: name }).first().locator("dd").textContent();
  await v.page.goto(town.page + "/lamps/JP-0201");
  await see(v.page, "电池怎么样");
  expect(await fact("不出太阳还能亮")).toBe("大约 2 晚 2.3");
  expect(await fact("和新电池比还有")).toBe("八成 79%");
  expect(await fact("11/22 夜用到多深")).toBe("四成 39%");
  await see(v.page, /以前这样的预报，100 次里说对 98 次（共 2,760 夜）/);
  await v.page.goto(town.page + "/lamps/JP-0202");
  await see(v.page, "还不知道：再看 2 晚");
  await v.page.goto(town.page + "/lamps/JP-0203"); // a gauge that reads the voltage, and no load measured
  await see(v.page, "电量是按电压估的，不太准。");
  expect(await fact("用电功率（推算）")).toBe("11.6 W");
  await v.page.goto(town.page + "/lamps/JP-0204");
  await see(v.page, "还不知道：要先看到它充满一次");
  await v.page.getByRole("button", { name: "English" }).tap();
  await see(v.page, "not known yet: it must be seen full once");
  await v.page.goto(town.page + "/lamps/JP-0201");
  await see(v.page, /lit until dawn on 7 of 7 evenings/i);
  expect(await fact("Holds, beside a new one")).toBe("eight tenths 79%");
  await see(v.page, /Of 100 such forecasts 98 were right/);
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

test("filters by state and village, and an honest empty answer", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page);
  await v.page.getByRole("button", { name: /^失联/ }).tap();
  await see(v.page, "找到 2 盏");
  await v.page.getByRole("button", { name: "场镇", exact: true }).tap();
  await see(v.page, "没有符合的路灯");
  await v.page.getByRole("button", { name: "清空条件" }).tap();
  await v.page.getByRole("button", { name: /紫荆村.*98 盏/ }).tap();
  await expect.poll(() => v.page.locator(".village .row").count()).toBe(60);
  await v.page.getByRole("button", { name: "再显示 38 盏" }).tap();
  await expect.poll(() => v.page.locator(".village .row").count()).toBe(98);
  await v.context.close();
});

test("a reading is on the page at once", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page + "/lamps/JP-0301");
  await v.page.locator(".connection.is-live").waitFor(quick);
  const publish = async (soc: number): Promise<void> => {
    const answer = await fetch(`${town.control}/reading?lamp=JP-0301&soc=${soc}`, { method: "POST" });
    expect(answer.status).toBe(200);
  };
  await publish(43);
  await v.page.locator(".lamp-quick", { hasText: "43%" }).waitFor({ timeout: 30_000 });
  await v.page.goto(town.page + "/?q=JP-0301");
  await v.page.locator(".row", { hasText: "43%" }).waitFor(quick);
  await v.page.locator(".connection.is-live").waitFor(quick);
  await publish(44);
  await v.page.locator(".row", { hasText: "44%" }).waitFor({ timeout: 30_000 });
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

test("a lost connection is said and comes back", async () => {
  const v = await visit(browser, town, phone);
  await v.page.goto(town.page);
  await v.page.locator(".connection.is-live").waitFor(quick);
  await v.context.setOffline(true);
  await see(v.page, /连接断了，正在重连/);
  await v.context.setOffline(false);
  await v.page.locator(".connection.is-live").waitFor({ timeout: 30_000 });
  await expect.poll(() => v.page.locator(".lost").count()).toBe(0);
  await v.context.close();
});

describe("a volunteer", () => {
  test("opens the login link, takes a lamp and gives it back", async () => {
    const v = await visit(browser, town, phone, "V-16");
    expect(new URL(v.page.url()).pathname).toBe("/tickets");
    await see(v.page, "今晚要去的路灯");
    const urgent = v.page.locator(".ticket").first();
    await urgent.waitFor(quick);
    expect(await urgent.textContent()).toMatch(/灯不亮.*今晚去.*带什么.*梯子.*先看什么/);
    await urgent.getByRole("button", { name: "我去" }).tap();
    await see(v.page, "我去的");
    await see(v.page, "你去");
    await v.page.locator(".ticket").first().getByRole("button", { name: "我去不了了" }).tap();
    await v.page.getByRole("button", { name: "去不了，请别人去" }).tap();
    await v.page.locator("h2", { hasText: "我去的" }).waitFor({ state: "detached", ...quick });
    expect(v.complaints).toEqual([]);
    await v.context.close();
  });

  test("learns that somebody was faster", async () => {
    const [a, b] = await Promise.all([visit(browser, town, phone, "V-16"), visit(browser, town, phone, "V-17")]);
    await a.page.locator(".ticket", { hasText: "电池没电" }).locator("a").first().tap();
    await a.page.waitForURL(/\/tickets\/\d+$/);
    const path = new URL(a.page.url()).pathname;
    await a.page.getByRole("button", { name: "我去" }).waitFor(quick);
    // The slower phone knows nothing of it yet: its stream is silent.
    await a.page.route("**" + path.replace("/tickets", "/api/v1/tickets"), (r) => r.abort());
    const taken = await b.page.evaluate((p) => fetch("/api/v1" + p + "/take", { method: "POST" }).then((r) => r.status), path);
    expect(taken).toBe(200);
    await a.page.getByRole("button", { name: "我去" }).tap();
    await see(a.page, /已经接了这盏灯，你不用去了/);
    await a.page.unroute("**" + path.replace("/tickets", "/api/v1/tickets"));
    await Promise.all([a.context.close(), b.context.close()]);
  });

  test("goes to many lamps with one ticket, and sees which of them still need it", async () => {
    const v = await visit(browser, town, phone, "V-16");
    const path = "/tickets/" + (await stormOf(town, browser));
    await v.page.goto(town.page + path);
    await see(v.page, "紫荆村 · 8 盏灯");
    await see(v.page, /多半是同一个原因/);
    await see(v.page, "2 盏已经好了");
    const named = v.page.locator(".named a");
    expect(await named.count()).toBe(8);
    expect(await named.last().textContent()).toContain("亮着"); // who is well comes last
    await v.page.getByRole("button", { name: "我去", exact: true }).tap();
    await see(v.page, "好，归你了。路上小心。");
    await v.page.getByRole("button", { name: "我去不了了" }).tap();
    await v.page.getByRole("button", { name: "去不了，请别人去" }).tap();
    await v.page.getByRole("button", { name: "我去", exact: true }).waitFor(quick);
    await named.first().tap(); // and the lamp's page leads back to its ticket
    await v.page.getByRole("link", { name: "看工单" }).tap();
    await v.page.waitForURL("**" + path);
    expect(v.complaints).toEqual([]);
    await v.context.close();
  });

  test("reads the notices, and they are read", async () => {
    const v = await visit(browser, town, phone, "V-16");
    await v.page.locator(".tabs em").waitFor(quick);
    await v.page.getByRole("link", { name: /通知/ }).tap();
    await v.page.locator(".notice.is-new").first().waitFor(quick);
    await v.page.locator(".tabs em").waitFor({ state: "detached", ...quick });
    await v.page.reload();
    await v.page.locator(".notice").first().waitFor(quick);
    expect(await v.page.locator(".notice.is-new").count()).toBe(0);
    await v.context.close();
  });
});

test("a resident reads English and has no tickets", async () => {
  const v = await visit(browser, town, phone, "R-02");
  await see(v.page, "Lamps that need help");
  expect(await v.page.locator("html").getAttribute("lang")).toBe("en");
  expect(await v.page.getByRole("link", { name: "Tickets" }).count()).toBe(0);
  await v.page.goto(town.page + "/tickets");
  await see(v.page, /Tickets are for volunteers/);
  await v.page.getByRole("button", { name: "中文" }).tap();
  await see(v.page, /工单由志愿者处理/);
  await v.page.reload();
  await see(v.page, /工单由志愿者处理/); // remembered on this phone
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

test("the office sees the ledger balance, what was rejected and who is unknown", async () => {
  const v = await visit(browser, town, desk, "O-01");
  expect(new URL(v.page.url()).pathname).toBe("/office");
  await see(v.page, "账平：782,431 = 781,902 + 118 + 397 + 14");
  await see(v.page, "数值超出范围");
  await see(v.page, /100 次里说对 98 次（共 2,760 夜）。熄灯时间一般差 38 分钟。有 96 夜灯真的早灭了，其中 74 夜事先说到了。/);
  await see(v.page, "JP-9001");
  await see(v.page, "正在启动 starting");
  const planned = v.page.locator("section", { hasText: "还没装的路灯" }).locator("tfoot");
  expect(await planned.textContent()).toContain("558");
  await v.page.getByText("看原文").first().click();
  await see(v.page, '{"ts":179543520,"');
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

test("the office sees what was lost and how the system stands, and registers an unknown lamp", async () => {
  const v = await visit(browser, town, phone, "O-01");
  await see(v.page, "磁盘约 11 天后写满");
  await see(v.page, "已解除");
  await see(v.page, "少了 3 条（第 120–122 号）");
  const row = v.page.locator("li", { hasText: "JP-9001" });
  await row.locator("input").fill("JP-0000");
  await row.getByText("登记", { exact: true }).click();
  await see(v.page, "没有找到");
  await row.locator("input").fill("JP-0007");
  await row.getByText("登记", { exact: true }).click();
  await row.waitFor({ state: "detached" });
  await v.context.close();
});

test("who may not see a page is told so", async () => {
  const v = await visit(browser, town, phone);
  for (const path of ["/tickets", "/inbox", "/office", "/tickets/1"]) {
    await v.page.goto(town.page + path);
    await see(v.page, "请先登录");
  }
  await v.page.goto(town.page + "/nowhere");
  await see(v.page, "没有这个页面");
  await v.page.goto(town.page + "/lamps/JP-7777");
  await see(v.page, "没有编号为 JP-7777 的路灯");
  await v.context.close();
});

// Pages that everybody lives with, on the narrowest phone and a desk, by day and by night.
const pages: [string, string, string | undefined][] = [
  ["lamps", "/", undefined],
  ["village", "/?village=紫荆村", undefined],
  ["lamp", "/lamps/JP-0201", undefined],
  ["silent lamp", "/?state=silent", "V-16"],
  ["tickets", "/tickets", "V-16"],
  ["ticket", "/tickets/1", "V-16"],
  ["ticket of many lamps", "storm", "V-16"],
  ["inbox", "/inbox", "V-16"],
  ["office", "/office", "O-01"],
  ["login", "/tickets", undefined],
];
const address = async (path: string): Promise<string> => town.page + (path === "storm" ? "/tickets/" + (await stormOf(town, browser)) : path);

test.each(pages)("%s fits a desk", async (_name, path, login) => {
  const v = await visit(browser, town, desk, login);
  await v.page.goto(await address(path));
  await v.page.locator("h1").waitFor(quick);
  await v.page.locator(".waiting").first().waitFor({ state: "detached", ...quick });
  expect(await overflow(v.page)).toBe(0);
  expect(v.complaints).toEqual([]);
  await v.context.close();
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.each(["light", "dark"] as const)("%s", (colorScheme) => {
  test.each(pages)("%s is accessible and fits", async (_name, path, login) => {
    const v = await visit(browser, town, { ...phone, colorScheme, reducedMotion: "reduce" }, login);
    await v.page.goto(await address(path));
    await v.page.locator("h1").waitFor(quick);
    await v.page.locator(".waiting").first().waitFor({ state: "detached", ...quick });
    expect(await overflow(v.page), "wider than the phone").toBe(0);
    // Fingers are thick: whatever can be tapped is at least 44 px high, but for links within a sentence.
    const small = await v.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("button, a, input, summary")]
        .filter((e) => e.offsetParent && !e.classList.contains("skip") && e.getBoundingClientRect().height < 44)
        .map((e) => e.outerHTML.slice(0, 80)),
    );
    expect(small).toEqual([]);
    await v.page.evaluate(axe);
    const found = await v.page.evaluate(async () => {
      const run = (window as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe;
      return (await run.run()).violations.map((x) => x.id + ": " + x.nodes.map((n) => n.html.slice(0, 120) + " " + n.failureSummary).join("; "));
    });
    expect(found).toEqual([]);
    expect(v.complaints).toEqual([]);
    await v.context.close();
  });
});
