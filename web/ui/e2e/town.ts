import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";

// The sample town on one evening (web/uitest), and a browser to look at it.

const module = new URL("../../..", import.meta.url).pathname;

export interface Town {
  page: string;
  control: string;
  logins: Record<string, string>;
  stop(): Promise<void>;
}

export async function openTown(): Promise<Town> {
  const dir = mkdtempSync(join(tmpdir(), "yingguang-e2e-"));
  const binary = join(dir, "uitest");
  const built = spawnSync("go", ["build", "-o", binary, "./web/uitest"], { cwd: module, encoding: "utf8" });
  if (built.status !== 0) throw new Error("go build ./web/uitest: " + (built.stderr || built.error));
  const child: ChildProcess = spawn(binary, { stdio: ["pipe", "pipe", "inherit"] });
  const over = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout!).once("line", resolve);
    child.once("exit", (code) => reject(new Error("the town ended with " + code)));
  });
  return {
    ...JSON.parse(line),
    async stop() {
      child.stdin!.end();
      await over;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

const browsers = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

export function openBrowser(): Promise<Browser> {
  const path = process.env.CHROMIUM ?? browsers.find((p) => existsSync(p));
  if (!path) throw new Error("no Chromium found: on Debian, apt-get install chromium; or name one in CHROMIUM");
  return chromium.launch({
    executablePath: path,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-quic",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export const phone: BrowserContextOptions = { viewport: { width: 360, height: 800 }, hasTouch: true, isMobile: true };
export const desk: BrowserContextOptions = { viewport: { width: 1440, height: 900 } };

export interface Visit {
  context: BrowserContext;
  page: Page;
  /** What the browser complained of. */
  complaints: string[];
}

/** A visitor with a browser window of their own, logged in where login is given. */
export async function visit(browser: Browser, town: Town, options: BrowserContextOptions, login?: string): Promise<Visit> {
  const context = await browser.newContext({ locale: "zh-CN", timezoneId: "Asia/Shanghai", colorScheme: "light", ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") complaints.push(m.text());
  });
  page.on("pageerror", (e) => complaints.push(String(e)));
  page.on("request", (r) => {
    if (!r.url().startsWith(town.page)) complaints.push("asks a stranger: " + r.url());
  });
  if (login) await page.goto(town.logins[login]!);
  return { context, page, complaints };
}

/** How much wider than the window the page is; 0 is right. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

/** The ticket that is about many lamps at once. */
export async function stormOf(town: Town, browser: Browser): Promise<number> {
  const v = await visit(browser, town, desk, "V-16");
  const id = await v.page.evaluate(async () => {
    const all: { id: number; lamps: string[] }[] = (await (await fetch("/api/v1/tickets")).json()).tickets;
    return all.find((t) => t.lamps.length > 0)?.id;
  });
  await v.context.close();
  if (!id) throw new Error("the town has no ticket of many lamps");
  return id;
}
