import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ConsoleBrowser, type ConsolePage, openDemo, texts } from "../_support/console-browser.ts";
import type { DemoProcess } from "../_support/demo-process.ts";

/** Longer than from one deadlock of the demo to the next. */
const ROUND_MS = 40_000;

describe("the page of a demo with a deadlock", () => {
  let demo: DemoProcess;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    const [started, launched] = await Promise.all([
      openDemo(["--scenario", "deadlock", "--rate", "2"]),
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

  it("says so on every tab, who waits for whom and when it ends", async () => {
    const { page } = opened;
    const banner = page.getByRole("alert").filter({ hasText: "Deadlock" });
    await banner.waitFor({ timeout: ROUND_MS });

    assert.match(
      (await banner.textContent()) ?? "",
      /branch\/\S+ asks receive of branch\/\S+, branch\/\S+ asks receive of branch\/.*resolves itself/,
    );
    await page.locator("tr.row-deadlock").nth(1).waitFor();
    assert.equal(await page.locator("tr.row-deadlock .condition-deadlock").count(), 2);
    assert.match((await texts(page, "#tab-waits .badge"))[0] ?? "", /^1$/);
  });

  it("has it among the warnings, which never say that there are none below the banner", async () => {
    const { page } = opened;
    await page.locator("#tab-warnings").click();
    await page.locator(".card-bad").waitFor({ timeout: ROUND_MS });

    const [card = ""] = await texts(page, ".card-bad");
    assert.match(card, /Deadlock of 2 actors.*resolves itself/);
    const contradicts = await page.evaluate(
      "document.querySelector('.banner-bad') !== null && document.querySelector('.empty') !== null",
    );
    assert.equal(contradicts, false);
  });

  it("draws the circle in red and explains it", async () => {
    const { page } = opened;
    await page.getByRole("alert").getByRole("button", { name: "Show in Waits" }).click();
    await page.locator(".card-bad").waitFor({ timeout: ROUND_MS });

    assert.equal(await page.locator(".node-deadlock").count(), 2);
    assert.equal(await page.locator(".wait-link-bad").count(), 2);
    const [card = ""] = await texts(page, ".card-bad");
    assert.match(card, /Deadlock of 2 actors/);
    assert.match(card, /handles transfer and asks receive of branch/);
    assert.match(card, /resolves itself in .* by the first time-out/);
  });

  it("leads to an actor that says what it waits for", async () => {
    const { page } = opened;
    await page.locator(".node-deadlock").first().click();
    const drawer = page.getByRole("complementary");
    await drawer.locator(".note-bad").waitFor({ timeout: ROUND_MS });

    const text = (await drawer.textContent()) ?? "";
    assert.match(text, /Waits for/);
    assert.match(text, /Waited for by/);
  });

  it("takes it all back when the deadlock has resolved itself", async () => {
    const { page } = opened;
    await page.locator(".card-bad").waitFor({ state: "detached", timeout: ROUND_MS });

    // The parts of the page are drawn one after another.
    await page.locator(".node-deadlock").first().waitFor({ state: "detached" });
    await page.getByText("No deadlock. The monitor checks four times a second.").waitFor();
    await page.getByRole("alert").first().waitFor({ state: "detached" });
    await page.locator(".strip-deadlock").first().waitFor({ state: "attached" });
    assert.deepEqual(opened.problems, []);
  });
});
