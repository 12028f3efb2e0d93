import { type Browser, chromium, type Page } from "playwright-core";

/** A panel as the page shows it. */
export interface SeenPanel {
  readonly title: string;
  /** `data`, `empty` for "No data", or `error`. */
  readonly state: string;
  /** Error message of a panel. */
  readonly problem: string;
}

/** Debian's path; installed by `apt-get install -y --no-install-recommends chromium fonts-inter`. */
const CHROMIUM = "/usr/bin/chromium";
const PATIENCE_MS = 30_000;

/** Starts Chromium in headless mode. `LIMELIGHT_CHROMIUM` overrides its path. */
export function openBrowser(): Promise<Browser> {
  const executablePath = process.env["LIMELIGHT_CHROMIUM"] ?? CHROMIUM;
  // The sandbox does not start as root, which containers run as. Only our own pages are opened.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}

/** Opens a dashboard and waits until it is complete. */
export async function openDashboard(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await page.locator(".panel").first().waitFor({ timeout: PATIENCE_MS });
  await settle(page);
}

/** Waits until all requests of the page have completed and all charts are drawn. */
export async function settle(page: Page): Promise<void> {
  for (const unfinished of ["[aria-busy=true]", ".plot:not(:has(canvas))"]) {
    await page.locator(unfinished).first().waitFor({ state: "detached", timeout: PATIENCE_MS });
  }
}

/** Returns all panels of the open dashboard. */
export async function readPanels(page: Page): Promise<SeenPanel[]> {
  const panels = await page.locator(".panel").all();
  return Promise.all(
    panels.map(async (panel) => {
      const title = (await panel.getAttribute("data-title")) ?? "";
      const state = (await panel.getAttribute("data-state")) ?? "";
      const problem =
        state === "error" ? ((await panel.locator(".message").textContent()) ?? "") : "";
      return { title, state, problem };
    }),
  );
}

/**
 * Opens the longest trace whose table row contains `name`, by clicking on it.
 *
 * @throws Error when no row matches
 */
export async function chooseTrace(page: Page, name: string): Promise<void> {
  const rows = await page.locator("tr[data-duration-s]", { hasText: name }).all();
  const durations = await Promise.all(rows.map((row) => row.getAttribute("data-duration-s")));
  const seconds = durations.map(Number);
  const link = rows[seconds.indexOf(Math.max(...seconds))]?.locator("a");
  if (link === undefined) throw new Error(`no trace of ${name} in any table`);
  const id = (await link.getAttribute("title")) ?? "";
  await link.click();
  await page.locator(".panel.traces h3", { hasText: id }).waitFor({ timeout: PATIENCE_MS });
  await settle(page);
}
