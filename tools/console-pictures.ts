import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { ConsoleBrowser, eventually, openDemo, texts } from "../test/_support/console-browser.ts";

/* Takes a screenshot of every tab of the console while the demo runs: `npm run console-pictures`. */

const TARGET = join(import.meta.dirname, "../docs/pictures");
const MAX_BYTES = 250_000;
const SIZE = { width: 1_440, height: 780 };
/** Long enough for curves, and for the first deadlock to end. */
const WARM_UP_MS = 45_000;
const DEADLOCK_MS = 20_000;
/** Time for the effect of an action to become visible. */
const SETTLE_MS = 900;

const DEMO = [
  ["--scenario", "deadlock"],
  ["--rate", "24"],
  ["--slow-courier-ms", "4000"],
  ["--payment-failure-rate", "0.06"],
  ["--seed", "11"],
].flat();

/** Steps before the screenshot of a tab is taken. */
const SCENES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  actors: async (page) => {
    await inDeadlock(page);
    await page.locator('tr[data-row^="branch/"]').first().click();
  },
  keys: async (page) => {
    await page.locator("tr[data-row]").first().click();
    await page.getByRole("region", { name: "Stored state" }).waitFor();
  },
  traces: async (page) => {
    await page.getByLabel("Actor", { exact: true }).selectOption("order");
    await page.locator("tr[data-row]", { hasText: "desk/{key}/ask/place" }).first().click();
    await page.getByRole("button", { name: "Until the answer" }).click();
    await page.locator(".lane .bar-work", { hasText: "desk.place" }).click();
  },
  logs: async (page) => {
    await page.locator(".log tr[data-row]").first().waitFor();
    await page.locator(".log tr.row-error, .log tr.row-warn").last().click();
    await page.getByRole("region", { name: "Log line" }).waitFor();
  },
  waits: inDeadlock,
  metrics: async (page) => {
    await page.locator(".metric-card canvas").first().waitFor();
    await page.getByRole("searchbox").fill("actor.message");
  },
  warnings: async (page) => {
    await page.locator(".column").waitFor();
  },
  system: async (page) => {
    await page.locator(".system-cards canvas").first().waitFor();
  },
};

/** Waits for the start of the next deadlock. */
async function inDeadlock(page: Page): Promise<void> {
  await page.locator(".banner-bad").waitFor({ state: "detached", timeout: DEADLOCK_MS });
  await page.locator(".banner-bad").waitFor({ timeout: DEADLOCK_MS });
  await page.waitForTimeout(SETTLE_MS);
}

async function take(page: Page, tab: string, name: string): Promise<void> {
  await page.locator(`#tab-${tab}`).click();
  await SCENES[tab]?.(page);
  await page.mouse.move(0, 0);
  await page.waitForTimeout(SETTLE_MS);
  const path = join(TARGET, `console-${name}.png`);
  const picture = await page.screenshot({ path });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  if (picture.length > MAX_BYTES) throw new Error(`${path} has ${picture.length} bytes`);
}

mkdirSync(TARGET, { recursive: true });
const { demo, url } = await openDemo(DEMO, { OTEL_TRACES_EXPORTER: "none" });
await using running = demo;
await using browser = await ConsoleBrowser.launch();
await using light = await browser.open(url, { ...SIZE, colorScheme: "light" });
await using dark = await browser.open(url, { ...SIZE, colorScheme: "dark" });
// Metrics are only charted from the moment the tab is opened.
await light.page.locator("#tab-metrics").click();
await dark.page.locator("#tab-metrics").click();
await light.page.waitForTimeout(WARM_UP_MS);
await eventually("the demo runs", async () => (await texts(light.page, ".figures dd")).length > 3);
for (const tab of Object.keys(SCENES)) await take(light.page, tab, tab);
for (const tab of ["actors", "traces"]) await take(dark.page, tab, `${tab}-dark`);
running.signal("SIGTERM");
