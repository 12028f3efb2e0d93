import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ConsoleBrowser, type ConsolePage, openDemo, texts } from "../_support/console-browser.ts";
import type { DemoProcess } from "../_support/demo-process.ts";

const PHONE = { width: 420, height: 800 };

describe("the page on a screen 420 pixels wide", () => {
  let demo: DemoProcess;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    const [started, launched] = await Promise.all([
      openDemo(["--rate", "20"]),
      ConsoleBrowser.launch(),
    ]);
    demo = started.demo;
    browser = launched;
    opened = await browser.open(started.url);
    await opened.page.setViewportSize(PHONE);
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await demo?.[Symbol.asyncDispose]();
  });

  async function widthOf(selector: string): Promise<number> {
    const box = await opened.page.locator(selector).first().boundingBox();
    return box?.width ?? 0;
  }

  it("shows the names of actors, and does not scroll sideways", async () => {
    const { page } = opened;
    await page.locator('tr[data-row^="desk/"]').waitFor();

    assert.ok((await widthOf('tr[data-row^="desk/"] .cell-actor')) >= 120);
    const overflowing = await page.evaluate<string[]>(
      `[...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .filter((one) => one.closest(".toolbar, .tab-bar, .grid-scroller, .figures") === null)
        .map((one) => one.className)`,
    );
    assert.deepEqual(overflowing, []);
  });

  it("says how many actors run and how many have stopped", async () => {
    const [text = ""] = await texts(opened.page, '.toolbar [role="status"]');

    assert.match(text, /^\d+ running, \d+ stopped$/);
  });

  it("shows the names of traces, with bars of one length and start", async () => {
    const { page } = opened;
    await page.locator("#tab-traces").click();
    await page.locator(".duration .meter").nth(3).waitFor();

    const boxes = await Promise.all(
      [0, 1, 2, 3].map((at) => page.locator(".duration .meter").nth(at).boundingBox()),
    );
    assert.equal(new Set(boxes.map((box) => box?.width)).size, 1);
    assert.equal(new Set(boxes.map((box) => box?.x)).size, 1);
    assert.ok((await widthOf(".grid .cell-name")) >= 100);
  });
});
