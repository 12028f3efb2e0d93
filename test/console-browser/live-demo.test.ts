import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  openDemo,
  texts,
} from "../_support/console-browser.ts";
import type { DemoProcess } from "../_support/demo-process.ts";

describe("the page of a running demo", () => {
  let demo: DemoProcess;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    const [started, launched] = await Promise.all([
      openDemo([
        "--rate",
        "20",
        "--slow-courier-ms",
        "1000",
        "--payment-failure-rate",
        "0.4",
        "--seed",
        "7",
      ]),
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

  async function openTab(name: string): Promise<void> {
    await opened.page.getByRole("tab", { name: new RegExp(`^${name}`) }).click();
  }

  function row(type: string): string {
    return `tr[data-row^="${type}/"]`;
  }

  it("has no token in its address any more", () => {
    assert.doesNotMatch(opened.page.url(), /token/);
  });

  it("shows the supervision tree with rates, and couriers below their fleet", async () => {
    const { page } = opened;
    await page
      .locator(`${row("courier")}[aria-level="2"]`)
      .first()
      .waitFor();

    assert.equal(await page.getByRole("treegrid").count(), 1);
    assert.equal(await page.locator(row("fleet")).getAttribute("aria-expanded"), "true");
    await eventually("the inventory takes messages", async () => {
      const [rate] = await texts(page, `${row("inventory")} .cell-rate`);
      return Number(rate) > 0;
    });
    assert.ok(Number((await texts(page, ".figures dd"))[0]) >= 4);
  });

  it("folds and unfolds a branch", async () => {
    const { page } = opened;
    await page.locator(`${row("fleet")} button[data-toggle]`).click();
    await page.locator(`${row("fleet")}[aria-expanded="false"]`).waitFor();
    assert.equal(await page.locator(row("courier")).count(), 0);

    await page.locator(`${row("fleet")} button[data-toggle]`).click();
    await page.locator(row("courier")).first().waitFor();
  });

  it("filters by text, type and state, and puts that into the address", async () => {
    const { page } = opened;
    await page.getByRole("searchbox", { name: "Filter by id or name" }).fill("inventory");
    await eventually("only the inventory is there", async () => {
      const rows = await page.locator("tr[data-row]").count();
      return rows === 1 && (await page.locator(row("inventory")).count()) === 1;
    });
    assert.match(page.url(), /#\/actors\?q=inventory/);

    await page.getByRole("searchbox", { name: "Filter by id or name" }).fill("");
    await page.getByLabel("Type").selectOption("payment");
    await eventually("only payments are there", async () => {
      const rows = await page.locator("tr[data-row]").count();
      return rows === 1 && (await page.locator(row("payment")).count()) === 1;
    });
    await page.getByLabel("Type").selectOption("");
  });

  it("sorts by a column, down, up and not at all", async () => {
    const { page } = opened;
    const head = page.getByRole("columnheader", { name: "Restarts" });
    await page.getByRole("button", { name: "Flat", exact: true }).click();
    await head.getByRole("button").click();
    assert.equal(await head.getAttribute("aria-sort"), "descending");
    await eventually("the payment terminal, which restarts, is first", async () => {
      const first = await page.locator("tr[data-row]").first().getAttribute("data-row");
      return first?.startsWith("payment/") === true;
    });

    await head.getByRole("button").click();
    assert.equal(await head.getAttribute("aria-sort"), "ascending");
    await head.getByRole("button").click();
    assert.equal(await head.getAttribute("aria-sort"), null);
    await page.getByRole("button", { name: "Tree", exact: true }).click();
  });

  it("shows restarts, and in the drawer what they came of", async () => {
    const { page } = opened;
    await eventually("the payment terminal has restarted", async () => {
      const [restarts] = await texts(page, `${row("payment")} .cell-restarts`);
      return Number(restarts) > 0;
    });
    await page.locator(row("payment")).click();
    const drawer = page.getByRole("complementary");
    await drawer.getByRole("heading", { name: "Last failures" }).waitFor();

    const failures = await texts(page, ".failure .bad");
    assert.ok(failures.length > 0);
    assert.match(failures[0] ?? "", /terminal|payment/i);
    const titles = await texts(page, ".drawer-section h3");
    for (const title of ["Now", "Traffic", "Messages of its type", "Supervision"]) {
      assert.ok(titles.includes(title), title);
    }
    assert.match((await texts(page, ".tallies tbody tr"))[0] ?? "", /charge/);
  });

  it("leads from a failure to its trace, with lanes, waits and log lines", async () => {
    const { page } = opened;
    await page.locator(".failure .link").first().click();
    await page.locator(".pane-title h2").waitFor();
    assert.match(page.url(), /#\/traces\?/);

    await page.locator(".lane .bar-failed").first().waitFor();
    const lanes = await texts(page, ".lane-name .strong");
    assert.ok(lanes.includes("desk") && lanes.includes("payment"), lanes.join());
    assert.ok((await page.locator(".lanes-messages path").count()) >= 2);
    assert.ok((await page.locator(".bar-critical").count()) >= 2);
    await eventually("its log lines are there", async () => {
      return (await page.locator(".pane .log-lines li").count()) > 0;
    });

    await page.locator(".lane .bar-failed", { hasText: "desk.place" }).last().click();
    const facts = await texts(page, ".span-facts dt");
    assert.ok(facts.includes("actor.message.type"), facts.join());
    await page.getByRole("button", { name: "Spans", exact: true }).click();
    assert.ok((await page.locator(".span-row").count()) >= 4);
    await page.getByRole("button", { name: "Close (Esc)" }).first().click();
  });

  it("lists traces by duration, and those with errors alone", async () => {
    const { page } = opened;
    await openTab("Traces");
    const head = page.getByRole("columnheader", { name: "Duration" });
    await head.getByRole("button").click();
    assert.equal(await head.getAttribute("aria-sort"), "descending");

    await page.getByLabel("Errors").selectOption("1");
    await eventually("each has errors", async () => {
      const rows = await page.locator("tr[data-row]").count();
      return rows > 0 && (await page.locator("tr[data-row] .tag-bad").count()) === rows;
    });
    await page.getByLabel("Errors").selectOption("");
  });

  it("tails the log, filters it, and shows all of a line", async () => {
    const { page } = opened;
    await openTab("Logs");
    const lines = page.locator(".log tr[data-row]");
    await lines.first().waitFor();
    const last = await lines.last().getAttribute("data-row");
    await eventually("newer lines come", async () => {
      return (await lines.last().getAttribute("data-row")) !== last;
    });

    await page.getByLabel("Level").selectOption("50");
    await eventually("only errors are there", async () => {
      const levels = new Set(await texts(page, ".log tr[data-row] .level"));
      return levels.size === 1 && levels.has("error");
    });
    await lines.first().click();
    const detail = page.getByRole("region", { name: "Log line" });
    await detail.waitFor();
    assert.ok((await detail.locator("dt").allTextContents()).includes("err"));
    await page.getByLabel("Level").selectOption("");
  });

  it("charts the metrics of the catalogue", async () => {
    const { page } = opened;
    await openTab("Metrics");
    await page.getByRole("heading", { name: "actor.message.handled" }).waitFor();
    const card = page.locator(".metric-card", { hasText: "actor.message.handled" });
    await card.scrollIntoViewIfNeeded();
    await card.locator("canvas").waitFor();
    await eventually("there is a rate", async () => {
      return (await card.locator(".series li").first().textContent())?.endsWith("/s") === true;
    });
    await page.getByRole("searchbox", { name: "Filter by name" }).fill("actor.mailbox");
    await eventually("only those of mailboxes are there", async () => {
      const names = await texts(page, ".metric-card h3");
      return names.length > 0 && names.every((name) => name.includes("actor.mailbox"));
    });
  });

  it("shows the process, its event loop and its telemetry", async () => {
    const { page } = opened;
    await openTab("System");
    await page.getByRole("heading", { name: "Event loop", exact: true }).waitFor();
    await page.getByRole("heading", { name: "Process" }).waitFor();
    const facts = (await texts(page, ".fact-cards .facts > div")).join("\n");

    assert.match(facts, /viewers\s*1/);
    assert.match(facts, /resident\s*[\d.]+ MiB/);
    assert.match(facts, /spans/);
    assert.ok((await page.locator(".system-cards canvas").count()) >= 4);
  });

  it("says that nothing is wrong where nothing is", async () => {
    const { page } = opened;
    await openTab("Waits");
    await eventually("there is no deadlock", async () => {
      return /No deadlock\. The monitor checks four times a second\./.test(
        (await page.locator(".tab-panel").textContent()) ?? "",
      );
    });
    await openTab("Warnings");
    await page.locator(".empty-title, .card-warn").first().waitFor();
  });

  it("can be shared: another viewer at the same address sees the same", async () => {
    const { page } = opened;
    await openTab("Actors");
    await page.locator(row("desk")).click();
    await page.getByRole("complementary").waitFor();
    const second = await page.context().newPage();
    await second.goto(page.url());

    await second.getByRole("complementary", { name: /Actor desk\// }).waitFor();
    await second.close();
  });

  it("did all that without an error, and without a breach of its policy", () => {
    assert.deepEqual(opened.problems, []);
  });
});
