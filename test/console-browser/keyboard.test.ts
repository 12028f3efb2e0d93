import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  openDemo,
} from "../_support/console-browser.ts";
import type { DemoProcess } from "../_support/demo-process.ts";

describe("the page by keyboard alone", () => {
  let demo: DemoProcess;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    const [started, launched] = await Promise.all([
      openDemo(["--rate", "10"]),
      ConsoleBrowser.launch(),
    ]);
    demo = started.demo;
    browser = launched;
    opened = await browser.open(started.url);
    await opened.page.locator('tr[data-row^="desk/"]').waitFor();
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await demo?.[Symbol.asyncDispose]();
  });

  async function selectedTab(): Promise<string | null> {
    return opened.page.locator('[role="tab"][aria-selected="true"]').getAttribute("id");
  }

  /** Type of the actor the cursor is on. */
  async function atCursor(): Promise<string | undefined> {
    const id = await opened.page.locator("tr.cursor").getAttribute("data-row");
    return id?.slice(0, id.indexOf("/"));
  }

  it("opens tabs by number, and by arrows", async () => {
    const { page } = opened;
    for (const [key, id] of [
      ["2", "tab-keys"],
      ["3", "tab-traces"],
      ["9", "tab-system"],
      ["6", "tab-map"],
      ["5", "tab-waits"],
      ["1", "tab-actors"],
    ] as const) {
      await page.keyboard.press(key);
      assert.equal(await selectedTab(), id);
    }
    await page.locator("#tab-actors").focus();
    await page.keyboard.press("ArrowRight");
    assert.equal(await selectedTab(), "tab-keys");
    await page.keyboard.press("ArrowLeft");
    assert.equal(await selectedTab(), "tab-actors");
  });

  it("moves by j and k, opens by Enter and closes by Esc", async () => {
    const { page } = opened;
    await page.locator('tr[data-row^="desk/"]').waitFor();
    for (const wanted of ["payment", "inventory", "fleet"]) {
      await page.keyboard.press("j");
      assert.equal(await atCursor(), wanted);
    }
    await page.keyboard.press("k");
    assert.equal(await atCursor(), "inventory");
    assert.equal(
      await page.getByRole("treegrid").getAttribute("aria-activedescendant"),
      await page.locator("tr.cursor").getAttribute("id"),
    );
    await page.keyboard.press("Enter");
    await page.getByRole("complementary", { name: /Actor inventory\// }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("complementary").waitFor({ state: "detached" });
  });

  it("folds and unfolds by arrows", async () => {
    const { page } = opened;
    await page.keyboard.press("j");
    assert.equal(await atCursor(), "fleet");
    await page.locator('tr.cursor[aria-expanded="true"]').waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator('tr.cursor[aria-expanded="false"]').waitFor();
    await page.keyboard.press("ArrowRight");
    await page.locator('tr.cursor[aria-expanded="true"]').waitFor();
  });

  it("goes to the filter by a slash; keys are letters there", async () => {
    const { page } = opened;
    await page.keyboard.press("/");
    await page.keyboard.type("j2p?");
    const filter = page.getByRole("searchbox", { name: "Filter by id or name" });
    assert.equal(await filter.inputValue(), "j2p?");
    assert.equal(await selectedTab(), "tab-actors");
    await page.getByText("No actor matches the filter").waitFor();
    await filter.fill("");
    await page.keyboard.press("Escape");
  });

  it("pauses by p, changes its theme by t", async () => {
    const { page } = opened;
    const theme = (): Promise<string> =>
      page.evaluate("document.documentElement.dataset.theme ?? 'auto'");
    await page.keyboard.press("p");
    await page.locator(".connection-paused").waitFor();
    await page.keyboard.press("p");
    await page.locator(".connection-live").waitFor();

    const seen = [await theme()];
    for (let times = 0; times < 3; times += 1) {
      await page.keyboard.press("t");
      seen.push(await theme());
    }
    assert.deepEqual(seen, ["auto", "light", "dark", "auto"]);
  });

  it("lists its shortcuts by a question mark", async () => {
    const { page } = opened;
    await page.keyboard.press("?");
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await help.waitFor();
    assert.ok((await help.locator("kbd").count()) > 8);
    await page.keyboard.press("Escape");
    await help.waitFor({ state: "detached" });
  });

  it("reaches everything by Tab, and shows where it is", async () => {
    const { page } = opened;
    await page.evaluate("document.activeElement.blur()");
    const reached = new Set<string>();
    for (let times = 0; times < 60; times += 1) {
      await page.keyboard.press("Tab");
      const what = await page.evaluate<string>(`
        [document.activeElement.tagName,
          document.activeElement.ariaLabel ?? document.activeElement.textContent].join(" ")`);
      if (reached.has(what)) break;
      reached.add(what);
    }
    const all = [...reached].join("\n");
    for (const wanted of [
      /BUTTON Pause/,
      /BUTTON Export a snapshot/,
      /BUTTON Import a snapshot/,
      /BUTTON Theme/,
      /BUTTON .*Actors/,
      /INPUT Filter by id or name/,
      /SELECT/,
      /BUTTON Fold all/,
      /TABLE Actors/,
      /BUTTON Mailbox/,
      /INPUT Moment that is shown/,
    ]) {
      assert.match(all, wanted);
    }
  });

  it("has a name for every control", async () => {
    const { page } = opened;
    for (const key of ["1", "2", "3", "4", "5", "6", "7", "8"]) {
      await page.keyboard.press(key);
      await page.waitForTimeout(300);
      const nameless = await page.evaluate<string[]>(`
        [...document.querySelectorAll("button, input, select, [role=img], [role=tabpanel]")]
          .filter((e) => !(e.getAttribute("aria-label") || e.getAttribute("aria-labelledby") ||
            e.textContent.trim() || e.labels?.length || e.title))
          .map((e) => e.outerHTML.slice(0, 120))`);
      assert.deepEqual(nameless, []);
    }
    await page.keyboard.press("1");
    await eventually("the actors are back", async () => {
      return (await page.locator("tr[data-row]").count()) > 0;
    });
    assert.deepEqual(opened.problems, []);
  });
});
