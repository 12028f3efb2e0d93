import { join } from "node:path";
import type { Page } from "playwright-core";
import { ConsoleBrowser, eventually } from "../test/_support/console-browser.ts";
import { DemoProcess, type LogLine } from "../test/_support/demo-process.ts";

/* Takes screenshots of the console's views of a cluster, after one of its processes was killed: `npm run cluster-pictures`. */

const TARGET = join(import.meta.dirname, "../docs/pictures");
const MAX_BYTES = 250_000;
const SIZE = { width: 1_440, height: 900 };
/** Long enough for orders to be everywhere. */
const WARM_UP_MS = 20_000;
/** Until the process is lost, its actors have moved, and it was started again. */
const MOVE_MS = 15_000;
const SETTLE_MS = 3_000;

async function take(page: Page, name: string): Promise<void> {
  await page.locator("#tab-cluster").click();
  await page.waitForTimeout(SETTLE_MS);
  await page.mouse.move(0, 0);
  const path = join(TARGET, `console-${name}.png`);
  const picture = await page.screenshot({ path });
  if (picture.length > MAX_BYTES) throw new Error(`${path} has ${picture.length} bytes`);
}

/** Log lines so far; the demo also writes text for people. */
function linesOf(demo: DemoProcess): LogLine[] {
  return demo.stdout
    .filter((text) => text.startsWith("{"))
    .map((text) => JSON.parse(text) as LogLine);
}

await using demo = new DemoProcess(["demo", "--cluster", "3", "--json"]);
await eventually("the demo runs", async () =>
  linesOf(demo).some(({ msg }) => msg === "cluster demo started"),
);
const started = linesOf(demo).find(({ msg }) => msg === "cluster demo started");
const [killed] = (started?.["pids"] ?? []) as readonly number[];
const [killedUrl] = (started?.["urls"] ?? []) as readonly string[];
// The processes tell their consoles in any order. The page is not that of the one that is killed.
const shown = linesOf(demo).find((line) => "console_url" in line && line["url"] !== killedUrl);
if (killed === undefined || shown === undefined) throw new Error("the demo told no process");
await using browser = await ConsoleBrowser.launch();
await using light = await browser.open(String(shown["console_url"]), {
  ...SIZE,
  colorScheme: "light",
});
await using dark = await browser.open(String(shown["console_url"]), {
  ...SIZE,
  colorScheme: "dark",
});
await light.page.waitForTimeout(WARM_UP_MS);
process.kill(killed, "SIGKILL");
await light.page.waitForTimeout(MOVE_MS);
await take(light.page, "cluster");
await take(dark.page, "cluster-dark");
demo.signal("SIGINT"); // its processes end before it does
await demo.ended;
