import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "vitest";
import { desk, openBrowser, openTown, overflow, phone, stormOf, visit } from "./town";

// Pictures of every page, for people to look at: SHOTS=FOLDER npm run e2e -- shots; ONLY=lamp,storm takes those

const folder = process.env.SHOTS!;
mkdirSync(folder, { recursive: true });

const pages: { name: string; path: string; login?: string; english?: boolean }[] = [
  { name: "lamps", path: "/" },
  { name: "village", path: "/?village=紫荆村" },
  { name: "none", path: "/?q=月亮" },
  { name: "lamp", path: "/lamps/JP-0201" },
  { name: "lamp-fault", path: "", login: "V-16" },
  { name: "tickets", path: "/tickets", login: "V-16" },
  { name: "ticket", path: "/tickets/1", login: "V-16" },
  { name: "storm", path: "storm", login: "V-16" },
  { name: "storm-english", path: "storm", login: "V-16", english: true },
  { name: "lamp-english", path: "/lamps/JP-0202", english: true },
  { name: "office-english", path: "/office", login: "O-01", english: true },
  { name: "inbox", path: "/inbox", login: "V-16" },
  { name: "office", path: "/office", login: "O-01" },
  { name: "tickets-nobody", path: "/tickets" },
  { name: "english", path: "/", login: "R-02" },
];

test("pictures", { timeout: 600_000 }, async () => {
  const town = await openTown();
  const browser = await openBrowser();
  try {
    const faulty = await (await fetch(town.page + "/api/v1/lamps")).json();
    const dark = faulty.lamps.filter((l: { faults: string[] }) => l.faults.includes("battery_empty"))[0].id;
    const storm = await stormOf(town, browser);
    const readme = await visit(browser, town, { viewport: { width: 1240, height: 724 }, colorScheme: "dark" }, "V-16");
    await readme.page.goto(town.page);
    await readme.page.waitForSelector(".row");
    await readme.page.waitForTimeout(600);
    await readme.page.screenshot({ path: join(folder, "readme.png") }); // docs/images/lamps.png
    await readme.context.close();
    if (process.env.ONLY === "readme") return;
    for (const [size, options] of Object.entries({ 360: phone, 1440: desk }))
      for (const colorScheme of ["light", "dark"] as const)
        for (const p of pages.filter((p) => !process.env.ONLY || process.env.ONLY.split(",").includes(p.name))) {
          const v = await visit(browser, town, { ...options, colorScheme }, p.login);
          if (p.english) await v.page.addInitScript(() => localStorage.setItem("yingguang.lang", "en"));
          await v.page.goto(town.page + (p.path === "storm" ? "/tickets/" + storm : p.path || "/lamps/" + dark));
          await v.page.waitForSelector("h1, .empty", { timeout: 10_000 });
          await v.page.waitForTimeout(600);
          const more = await overflow(v.page);
          if (more) console.log(`${p.name} at ${size}: ${more} px too wide`);
          if (v.complaints.length) console.log(p.name, v.complaints);
          await v.page.screenshot({ path: join(folder, `${p.name}-${size}-${colorScheme}.png`), fullPage: true });
          await v.context.close();
        }
  } finally {
    await browser.close();
    await town.stop();
  }
});
