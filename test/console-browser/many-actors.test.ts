import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  texts,
} from "../_support/console-browser.ts";
import { Crowd } from "../_support/console-crowd.ts";
import { mainThreadTasks, usedHeap } from "../_support/console-main-thread.ts";

const ACTORS = 10_000;
const WATCH_MS = 8_000;
const LONG_MS = 50;
const MIB = 2 ** 20;

describe("the page with ten thousand busy actors", () => {
  let crowd: Crowd;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;
  let lastId = "";

  before(async () => {
    [crowd, browser] = await Promise.all([Crowd.gather(ACTORS), ConsoleBrowser.launch()]);
    opened = await browser.open(crowd.console.url);
    await opened.page.locator('tr[data-row^="worker/"]').first().waitFor();
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await crowd?.[Symbol.asyncDispose]();
  });

  it("has rows for those to be seen only", async () => {
    const { page } = opened;
    const rows = await page.locator("tr[data-row]").count();

    assert.ok(rows > 20 && rows < 80, `${rows} rows`);
    assert.equal(
      await page.getByRole("treegrid").getAttribute("aria-rowcount"),
      String(ACTORS + 20 + 1),
    );
  });

  it("does nothing for 50 ms at a stretch, and stays small", async (context) => {
    const { page } = opened;
    await page.getByRole("columnheader", { name: "Msg/s" }).getByRole("button").click();
    await page.waitForTimeout(2_000);
    const tasks = await mainThreadTasks(page, WATCH_MS);
    const heapBytes = await usedHeap(page);

    const long = tasks.filter(({ cpuMs }) => cpuMs >= LONG_MS);
    const wallMs = tasks.reduce((sum, task) => sum + (task.wallMs >= LONG_MS ? task.wallMs : 0), 0);
    const longest = Math.max(...tasks.map(({ cpuMs }) => cpuMs));
    context.diagnostic(
      `${tasks.length} tasks, longest ${longest.toFixed(0)} ms of processor; ` +
        `${((wallMs / WATCH_MS) * 100).toFixed(0)} % of the time in tasks of 50 ms by the clock; ` +
        `heap ${(heapBytes / MIB).toFixed(1)} MiB`,
    );
    assert.ok(tasks.length > 50, "the main thread was watched");
    assert.deepEqual(long, []);
    assert.ok(heapBytes < 150 * MIB, `${heapBytes} bytes`);
  });

  it("goes to the last of them and back, with their numbers", async () => {
    const { page } = opened;
    await page.getByRole("treegrid").focus();
    await page.keyboard.press("End");
    await eventually("the last line is there", async () => {
      return (await page.locator(`tr[aria-rowindex="${ACTORS + 20 + 1}"]`).count()) === 1;
    });
    lastId = (await page.locator("tr[data-row]").last().getAttribute("data-row")) ?? "";
    await page.keyboard.press("Home");
    await page.locator('tr[aria-rowindex="2"].cursor').waitFor();
  });

  it("finds one of them", async () => {
    const { page } = opened;
    await page.getByRole("searchbox", { name: "Filter by id or name" }).fill(lastId);
    await eventually("it is the only one that fits", async () => {
      return (await texts(page, ".toolbar-end"))[0] === "1 of 10k actors";
    });
    await page.locator(`tr[data-row="${lastId}"]`).waitFor();
    assert.deepEqual(opened.problems, []);
  });
});
