import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Console, createConsole } from "../../src/console.ts";
import { createSystem, type MonitoredSystem } from "../../src/index.ts";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import { createLogger } from "../../src/telemetry.ts";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  texts,
} from "../_support/console-browser.ts";
import { FakeKeys } from "../_support/console-keys.ts";

const PHONE = { width: 420, height: 800 };
const MARKUP = "<img src=x onerror=window.pwned=1>";

describe("the page's keys", () => {
  const keys = new FakeKeys();
  let system: MonitoredSystem;
  let console: Console;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    system = createSystem({ name: "shop", logger: createLogger({ level: "silent" }) });
    for (let number = 0; number < 350; number += 1) {
      keys.add("cart", [`user-${number}`], { awake: number % 7 === 0 });
    }
    keys.add("room", ["lobby", "de"], { awake: true });
    keys.add("room", [MARKUP]);
    addKeyViews(system, keys);
    console = await createConsole(system, { port: 0, allowActions: true, showState: true });
    browser = await ConsoleBrowser.launch();
    opened = await browser.open(console.url, { hash: "#/keys" });
    await opened.page.locator('tr[data-row="cart/user-0"]').waitFor();
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await console?.close();
    await system?.shutdown();
  });

  const status = async (): Promise<string> =>
    (await texts(opened.page, '.toolbar [role="status"]'))[0] ?? "";
  const pane = (id: string) => opened.page.getByRole("region", { name: `Key ${id}`, exact: true });

  it("counts the types, and shows the keys of one of them", async () => {
    const { page } = opened;
    assert.deepEqual(await texts(page, ".key-type"), [
      "cart50 awake, 300 asleep",
      "room1 awake, 1 asleep",
    ]);
    await page.getByRole("button", { name: /^room/ }).click();
    await page.locator('tr[data-row="room/lobby,de"]').waitFor();
    await page.getByRole("button", { name: /^cart/ }).click();
    await page.locator('tr[data-row="cart/user-0"]').waitFor();
  });

  it("reads further pages while the list is scrolled", async () => {
    const { page } = opened;
    await eventually(
      "the first page",
      async () => (await status()) === "100 keys read, more follow",
    );
    await eventually("all pages", async () => {
      await page.getByRole("grid", { name: "Keys" }).focus();
      await page.keyboard.press("End");
      return (await status()) === "350 keys";
    });
  });

  it("filters by beginning and by state", async () => {
    const { page } = opened;
    await page.keyboard.press("/");
    await page.keyboard.type("user-34");
    await eventually("the matching keys", async () => (await status()) === "11 keys");
    await page.getByRole("button", { name: "Awake", exact: true }).click();
    await eventually("the awake ones", async () => (await status()) === "1 key");
    await page.getByRole("searchbox").fill("nobody");
    await page.getByText("No key matches the filter").waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: "All", exact: true }).click();
  });

  it("opens a key by keyboard, shows what is stored, and closes by Esc", async () => {
    const { page } = opened;
    await page.evaluate("document.activeElement.blur()");
    await page.locator('tr[data-row="cart/user-0"]').waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const region = pane("cart/user-0");
    await region.getByRole("region", { name: "Stored state" }).waitFor();

    const text = (await region.textContent()) ?? "";
    for (const wanted of [
      "2 timers",
      "12 ms",
      "on_wakeuser",
      "deliver",
      "Europe/Berlin",
      "TypeError",
      "ERR_BAD_FILE",
      '"password": "[redacted]"',
    ]) {
      assert.ok(text.includes(wanted), `${wanted} in ${text}`);
    }
    assert.ok(!text.includes("geheim"));
    assert.equal(await region.locator(".startup li").count(), 3);
    await page.keyboard.press("Escape");
    await region.waitFor({ state: "detached" });
    assert.deepEqual(keys.performed, [], "looking performs nothing");
  });

  it("acts on a key, and asks before it destroys one", async () => {
    const { page } = opened;
    await page.locator('tr[data-row="cart/user-1"]').click();
    const region = pane("cart/user-1");
    await region.getByRole("button", { name: "wake" }).click();
    await region.getByRole("button", { name: "sleep" }).waitFor();
    await region.getByRole("button", { name: "run now" }).click();
    await region.getByRole("button", { name: "requeue" }).click();
    await region.getByRole("button", { name: "cancel", exact: true }).click();
    await region.getByRole("button", { name: "Really cancel?" }).click();
    await region.getByRole("button", { name: "destroy" }).click();
    await region.getByRole("button", { name: "Really destroy?" }).click();
    await region.getByText("This key cannot be shown").waitFor();
    await page.locator('tr[data-row="cart/user-1"]').waitFor({ state: "detached" });

    assert.deepEqual(
      keys.performed.map(({ action }) => action),
      ["wake", "run_schedule", "requeue", "cancel_schedule", "destroy"],
    );
    await page.keyboard.press("Escape");
  });

  it("shows a key full of markup as the text it is", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: /^room/ }).click();
    await page.locator("tr[data-row]", { hasText: "onerror" }).click();
    await pane(`room/${MARKUP}`).waitFor();

    assert.equal(await page.evaluate("window.pwned"), undefined);
    assert.deepEqual(opened.problems, []);
    await page.keyboard.press("Escape");
  });

  it("fits a screen 420 pixels wide: the open key takes the place of the list", async () => {
    const { page } = opened;
    await page.setViewportSize(PHONE);
    await page.locator('tr[data-row="room/lobby,de"]').click();
    await pane("room/lobby,de").getByRole("region", { name: "Last start" }).waitFor();

    assert.equal(await page.locator(".split-list").isVisible(), false);
    const overflowing = await page.evaluate<string[]>(
      `[...document.querySelectorAll("body *")]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .filter((one) =>
          one.closest(".toolbar, .tab-bar, .grid-scroller, .figures, .key-types") === null)
        .map((one) => one.className)`,
    );
    assert.deepEqual(overflowing, []);
    const nameless = await page.evaluate<string[]>(`
      [...document.querySelectorAll("button, input, select, [role=img], [role=tabpanel]")]
        .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") ||
          e.textContent.trim() || e.labels?.length || e.title))
        .map((e) => e.outerHTML.slice(0, 120))`);
    assert.deepEqual(nameless, []);
    await page.keyboard.press("Escape");
    await page.locator(".split-list").waitFor();
  });
});
