import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { type Console, createConsole } from "../../src/console.ts";
import { createSystem, type MonitoredSystem } from "../../src/index.ts";
import { addClusterViews } from "../../src/monitor/cluster/cluster-views.ts";
import { addKeyViews } from "../../src/monitor/keys/key-views.ts";
import { createLogger } from "../../src/telemetry.ts";
import {
  ConsoleBrowser,
  type ConsolePage,
  eventually,
  texts,
} from "../_support/console-browser.ts";
import { FakeCluster } from "../_support/console-cluster.ts";
import { FakeKeys } from "../_support/console-keys.ts";

describe("the page's cluster", () => {
  const cluster = new FakeCluster();
  const keys = new FakeKeys();
  let system: MonitoredSystem;
  let console: Console;
  let browser: ConsoleBrowser;
  let opened: ConsolePage;

  before(async () => {
    system = createSystem({ name: "shop", logger: createLogger({ level: "silent" }) });
    keys.add("cart", ["alice"], { awake: true, runnerId: "r-1-aaa" });
    addClusterViews(system, cluster);
    addKeyViews(system, keys);
    console = await createConsole(system, { port: 0, allowActions: true });
    browser = await ConsoleBrowser.launch();
    opened = await browser.open(console.url, { hash: "#/cluster" });
    await opened.page.getByRole("article", { name: "Node r-3-ccc" }).waitFor();
  });
  after(async () => {
    await opened?.[Symbol.asyncDispose]();
    await browser?.[Symbol.asyncDispose]();
    await console?.close();
    await system?.shutdown();
  });

  it("shows every node, says which one cannot be reached, and what is wrong with the whole", async () => {
    const { page } = opened;
    const silent = await page.getByRole("article", { name: "Node r-3-ccc" }).textContent();
    const own = await page.getByRole("article", { name: "Node r-1-aaa" }).textContent();

    assert.match(silent ?? "", /unreachable, last seen/);
    assert.match(own ?? "", /ready, coordinator, this one/);
    assert.deepEqual(await texts(page, ".cluster-faults p"), [
      "1 node cannot be reached",
      "1 actor waiting for a runner",
    ]);
  });

  it("lists placements by runner, and the last moves with their reasons", async () => {
    const { page } = opened;
    await page
      .getByRole("article", { name: "Node r-1-aaa" })
      .getByRole("button", { name: "show its placements" })
      .click();
    await eventually("a question for the runner", async () =>
      cluster.asked.some(({ runnerId }) => runnerId === "r-1-aaa"),
    );
    const moves = await page.getByRole("region", { name: "Last moves" }).textContent();

    assert.match(moves ?? "", /cart\/alice r-2-bbb → r-1-aaa, runner lost/);
  });

  it("resends a dead letter", async () => {
    const { page } = opened;
    const letters = page.getByRole("region", { name: "Dead letters" });
    await letters.getByTitle("resend dead letter 12").click();
    await letters.getByText("There are none.").waitFor();

    assert.deepEqual(cluster.done, ["resend 12"]);
  });

  it("opens a key, whose row says on which runner it is", async () => {
    const { page } = opened;
    await page
      .getByRole("region", { name: "Last moves" })
      .getByRole("button", { name: "cart/alice" })
      .click();
    await page.getByRole("region", { name: "Key cart/alice", exact: true }).waitFor();

    const row = await page.locator('tr[data-row="cart/alice"]').textContent();
    assert.match(row ?? "", /r-1-aaa/);
  });
});
