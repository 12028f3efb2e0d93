import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { createConsole } from "../../src/console.ts";
import { createSystem } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { readConsoleFile } from "../../src/viewer/console-file.ts";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  openDemo,
  texts,
} from "../_support/console-browser.ts";
import type { DemoProcess } from "../_support/demo-process.ts";

describe("the page and the past", () => {
  let demo: DemoProcess;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    const [started, launched] = await Promise.all([
      openDemo(["--rate", "20", "--payment-failure-rate", "0.3"]),
      ConsoleBrowser.launch(),
    ]);
    demo = started.demo;
    browser = launched;
    opened = await browser.open(started.url);
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await demo?.[Symbol.asyncDispose]();
  });

  /** Messages the inventory has taken, as its drawer says. */
  async function taken(): Promise<number> {
    const [text = ""] = await texts(opened.page, ".traffic > div:first-child .faint");
    return Number.parseInt(text.replaceAll(",", ""), 10);
  }

  it("stands still while it is paused, and catches up", async () => {
    const { page } = opened;
    await page.locator('tr[data-row^="inventory/"]').click();
    await eventually("the inventory has taken some", async () => (await taken()) > 20);
    await page.getByRole("button", { name: "Pause (p)" }).first().click();
    await page.locator(".connection-paused").waitFor();
    const then = await taken();
    await page.waitForTimeout(1_500);

    assert.equal(await taken(), then);
    await page.getByRole("button", { name: "Go on (p)" }).click();
    await eventually("it has taken more", async () => (await taken()) > then);
  });

  it("goes back to a moment, and says which", async () => {
    const { page } = opened;
    const now = await taken();
    const slider = page.getByRole("slider", { name: "Moment that is shown" });
    const first = Number(await slider.getAttribute("min"));
    await slider.fill(String(first + 1_500));
    await page.locator(".timeline-past").waitFor();
    await eventually("it shows fewer messages", async () => (await taken()) < now);
    assert.match((await texts(page, ".timeline-now"))[0] ?? "", /^\d\d:\d\d:\d\d, .* ago$/);

    await page.getByRole("button", { name: "Go live" }).click();
    await eventually("it is now again", async () => (await taken()) > now);
  });

  it("exports what is shown, with traces and lines, and shows it again from the file", async () => {
    const { page } = opened;
    await eventually("there is an error to be told", async () => {
      return Number((await texts(page, ".figures dd"))[3]) > 0;
    });
    await page.getByRole("button", { name: "Pause (p)" }).first().click();
    const then = await taken();
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export a snapshot" }).click();
    const download = await downloading;
    const path = await download.path();
    const { file, problem } = readConsoleFile(await readFile(path, "utf8"));
    assert.equal(problem, null);
    assert.ok(file !== null && file.details.length > 0 && file.frame.logs.length > 0);

    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Import a snapshot" }).click();
    await (await choosing).setFiles({
      name: download.suggestedFilename(),
      mimeType: "application/json",
      buffer: await readFile(path),
    });
    await page.locator(".banner-file", { hasText: "Imported file" }).waitFor();
    await page.locator(".connection-file").waitFor();
    await eventually("the drawer shows what it did", async () => (await taken()) === then);
    assert.equal(await page.getByRole("slider").count(), 0, "a file has no past");
  });

  it("shows lines, traces and their spans from the file", async () => {
    const { page } = opened;
    await page.locator("#tab-logs").click();
    await page.locator(".log tr[data-row]").first().waitFor();
    await page.locator("#tab-traces").click();
    await page.getByLabel("Errors").selectOption("1");
    await page.locator("tr[data-row] .tag-bad").first().click();
    await page.locator(".lane .bar-failed").first().waitFor();
    await page.locator("#tab-metrics").click();
    await page.getByText("Files contain no metrics").waitFor();
  });

  it("refuses a file that is none, and goes on", async () => {
    const { page } = opened;
    const choosing = page.waitForEvent("filechooser");
    await page.getByRole("button", { name: "Import a snapshot" }).click();
    const file = { name: "notes.json", mimeType: "application/json", buffer: Buffer.from("{}") };
    await (await choosing).setFiles(file);
    await page.locator(".toast", { hasText: "notes.json cannot be opened" }).waitFor();
    assert.equal(await page.locator(".banner-file").count(), 1);
  });

  it("goes back to the process", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Back to live" }).click();
    await page.locator(".connection-live").waitFor();
    assert.equal(await page.locator(".banner-file").count(), 0);
    assert.deepEqual(opened.problems, []);
  });
});

describe("the page and a process that goes away", () => {
  it("goes on when it comes back with the same token, and says when it has another", async () => {
    await using browser = await ConsoleBrowser.launch();
    const system = createSystem({ name: "shop", logger: createLogger({ level: "silent" }) });
    const token = "one-token-for-all-starts";
    const first = await createConsole(system, { port: 0, token });
    const { port } = first;
    await using opened = await browser.open(first.url);
    const { page } = opened;
    await page.getByText("No actors yet").waitFor();
    await first.close();
    await page.locator(".connection-lost").waitFor();

    const second = await createConsole(system, { port, token });
    await page.locator(".connection-live").waitFor();
    assert.equal(await page.locator(".banner-warn").count(), 0);
    await second.close();

    const third = await createConsole(system, { port, token: "quite-another-token" });
    await page.getByRole("alert").filter({ hasText: "does not know this page" }).waitFor();
    await third.close();
    await system.shutdown();
  });

  it("says so, keeps what it knows, and greys it", async () => {
    await using browser = await ConsoleBrowser.launch();
    const { demo, url } = await openDemo(["--rate", "5"]);
    await using running = demo;
    await using opened = await browser.open(url);
    const { page } = opened;
    await page.locator('tr[data-row^="inventory/"]').waitFor();
    running.signal("SIGKILL");

    await page.getByRole("alert").filter({ hasText: "does not answer" }).waitFor();
    await page.locator(".connection-lost", { hasText: "reconnecting" }).waitFor();
    assert.equal(await page.locator('tr[data-row^="inventory/"]').count(), 1);
    assert.equal(await page.locator(".app-stale").count(), 1);
  });
});
