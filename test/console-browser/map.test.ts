import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Console, createConsole } from "../../src/console.ts";
import { type ActorRef, createSystem, defineActor, type MonitoredSystem } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  texts,
} from "../_support/console-browser.ts";

const PHONE = { width: 420, height: 800 };

const stock = defineActor("stock", {
  handlers: {
    take: () => 1,
    refuse() {
      throw new Error("nothing left");
    },
  },
});
type Stock = ActorRef<typeof stock.options.handlers>;

const desk = defineActor("desk", {
  state: (to: Stock) => ({ to }),
  handlers: {
    take: (c) => c.state.to.ask.take(),
    refuse: (c) => c.state.to.ask.refuse().catch(() => "refused"),
  },
});

describe("the page's map", () => {
  let system: MonitoredSystem;
  let console: Console;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    system = createSystem({ name: "shop", logger: createLogger({ level: "silent" }) });
    console = await createConsole(system, { port: 0 });
    browser = await ConsoleBrowser.launch();
    opened = await browser.open(console.url, { hash: "#/map" });
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await console?.close();
    await system?.shutdown();
  });

  const rowOf = (id: string) => opened.page.locator(`tr[data-row="${id}"]`);

  it("says that nothing was sent yet", async () => {
    await opened.page.getByText("No messages yet").waitFor();
  });

  it("draws who talks to whom, with failures, and has the same in a table", async () => {
    const { page } = opened;
    const to = system.spawn(stock);
    const from = system.spawn(desk, { input: to });
    for (let at = 0; at < 3; at += 1) await from.ask.take();
    await from.ask.refuse();

    await rowOf("desk → stock").waitFor();
    assert.deepEqual(await texts(page, ".map-graph .node"), ["(program)", "desk", "stock"]);
    assert.equal(await page.locator(".map-link").count(), 2);
    assert.equal(await page.locator(".map-failed").count(), 1);
    await eventually("the failure is in the table", async () =>
      ((await rowOf("desk → stock").textContent()) ?? "").includes("25 %"),
    );
  });

  it("opens an edge from the picture and by keys, and closes it with Escape", async () => {
    const { page } = opened;
    const detail = page.getByRole("region", { name: "Messages desk → stock" });
    await page.locator('[data-edge="desk → stock"] .map-target').click({ force: true });
    await detail.getByText("4 messages, 1 failed").waitFor();
    await page.keyboard.press("Escape");
    await detail.waitFor({ state: "detached" });

    await page.getByRole("grid", { name: "Who talks to whom" }).focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: /^Messages / }).waitFor();
    await page.keyboard.press("Escape");
  });

  it("sorts the table, and filters it and the picture", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "From" }).click();
    await eventually("it is sorted by the sender", async () => {
      const [first] = await texts(page, ".map-table .cell-from span");
      return first === "(program)";
    });
    await page.getByRole("searchbox", { name: "Filter by type" }).fill("stock");
    await rowOf("(program) → desk").waitFor({ state: "detached" });
    assert.equal(await page.locator(".map-link").count(), 1);
    await page.getByRole("searchbox", { name: "Filter by type" }).fill("");
  });

  it("shows the actors of a type that is clicked", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "Show the actors of type stock" }).click();
    await page.getByText("1 of 2 actors").waitFor();
    assert.equal(await page.evaluate("location.hash"), "#/actors?type=stock");
  });

  it("fits a phone, and has no faults", async () => {
    await using phone = await browser.open(console.url, { hash: "#/map", ...PHONE });
    await phone.page.locator(".map-graph").waitFor();
    const wide = await phone.page.evaluate("document.documentElement.scrollWidth");
    assert.ok(Number(wide) <= PHONE.width, `${String(wide)} wide`);
    assert.deepEqual([...opened.problems, ...phone.problems], []);
  });

  it("shows a thousand pairs of types without delay: the busiest in the picture, all in the table", async () => {
    const other = createSystem({ name: "large", logger: createLogger({ level: "silent" }) });
    const large = await createConsole(other, { port: 0 });
    const sinks = Array.from({ length: 35 }, (_, at) =>
      other.spawn(defineActor(`sink${at}`, { handlers: { add() {} } })),
    );
    for (let at = 0; at < 35; at += 1) {
      const all = defineActor(`source${at}`, {
        handlers: {
          send() {
            for (const sink of sinks) sink.tell.add();
          },
        },
      });
      await other.spawn(all).ask.send();
    }
    try {
      await using crowd = await browser.open(large.url, { hash: "#/map" });
      const { page } = crowd;
      await page.locator(".map-link").first().waitFor();
      assert.equal(await page.locator(".map-link").count(), 100);
      await page.getByText("The 100 busiest pairs are drawn.").waitFor();
      assert.ok((await page.locator(".map-table tbody tr").count()) < 100);
      await page.getByRole("searchbox", { name: "Filter by type" }).fill("source7");
      await page.getByText("36 pairs of types").waitFor();
      assert.deepEqual(crowd.problems, []);
    } finally {
      await large.close();
      await other.shutdown();
    }
  });
});
