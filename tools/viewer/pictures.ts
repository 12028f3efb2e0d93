import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Browser, Page } from "playwright-core";
import { chooseTrace, openBrowser, openDashboard, readPanels, type SeenPanel } from "./browser.ts";
import type { DashboardJson } from "./model/dashboard-json.ts";

// `npm run pictures`: one picture of each dashboard that a viewer shows, and one of a single request.

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:3000" },
    out: { type: "string", default: "docs/pictures" },
    range: { type: "string", default: "15m" },
    scheme: { type: "string", default: "dark" },
    /** Part of the name of the request that is shown span by span. */
    request: { type: "string", default: "POST /actors/desk/{key}/ask/place" },
  },
});
const { url, out, range, scheme, request } = values;

const SIZE = { width: 1_400, height: 1_000 };
const EDGE_PX = 12;
/** Of a file: pictures are in the repository. */
const LIMIT_BYTES = 250 * 1_024;

/** What a viewer has to show. */
interface Catalogue {
  readonly dashboards: readonly Pick<DashboardJson, "uid" | "panels">[];
}

async function dashboards(): Promise<Catalogue["dashboards"]> {
  const response = await fetch(`${url}/dashboards`);
  if (!response.ok) throw new Error(`${url} is no viewer: status ${response.status}`);
  return ((await response.json()) as Catalogue).dashboards;
}

function report(name: string, panels: readonly SeenPanel[]): void {
  const count = (state: string): number => panels.filter((panel) => panel.state === state).length;
  const bytes = statSync(join(out, name)).size;
  process.stdout.write(
    `${name}: ${count("data")} panels with data, ${count("empty")} without, ${count("error")} with errors; ${Math.ceil(bytes / 1_024)} KiB\n`,
  );
  for (const { title, state, problem } of panels) {
    if (state === "empty") process.stdout.write(`  no data: ${title}\n`);
    if (state === "error") process.stdout.write(`  error: ${title}: ${problem}\n`);
  }
  if (count("error") > 0 || bytes > LIMIT_BYTES) process.exitCode = 1;
}

/** The row of the dashboard in which a request's spans and log lines stand beside each other. */
async function pictureOfRequest(page: Page): Promise<void> {
  await chooseTrace(page, request);
  const row = page.locator("main > details", { has: page.locator(".panel.traces") });
  await row.scrollIntoViewIfNeeded();
  const { y = 0, height = SIZE.height } = (await row.boundingBox()) ?? {};
  const clip = { x: 0, y, width: SIZE.width, height: height + EDGE_PX };
  await page.screenshot({ path: join(out, "request.png"), clip });
  report("request.png", await readPanels(page));
}

async function takePictures(browser: Browser): Promise<void> {
  const page = await browser.newPage({
    viewport: SIZE,
    colorScheme: scheme === "light" ? "light" : "dark",
  });
  for (const { uid, panels } of await dashboards()) {
    await openDashboard(page, `${url}/d/${uid}?from=now-${range}&to=now`);
    const name = `${uid.replace(/^limelight-/, "")}.png`;
    await page.screenshot({ path: join(out, name) });
    report(name, await readPanels(page));
    if (panels.some(({ type }) => type === "traces")) await pictureOfRequest(page);
  }
}

mkdirSync(out, { recursive: true });
const browser = await openBrowser();
try {
  await takePictures(browser);
} finally {
  await browser.close();
}
