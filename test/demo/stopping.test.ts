import assert from "node:assert/strict";
import { Agent } from "node:http";
import { describe, it } from "node:test";
import { ask, order } from "../_support/demo-client.ts";
import { DemoProcess, type LogLine } from "../_support/demo-process.ts";

/** What a customer who keeps coming has been told. */
interface Visits {
  readonly statuses: number[];
  /** Ids of the orders that were placed. */
  readonly orderIds: string[];
}

/** Places orders and reads them, one after the other on one connection, until it is refused. */
async function visitUntilClosed(url: string, visits: Visits): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (;;) {
      const placed = await order(url, { item: "lamp", quantity: 1 }, { agent });
      visits.statuses.push(placed.status);
      if (placed.status !== 201) continue;
      visits.orderIds.push(placed.json.id);
      const read = await ask(`${url}/orders/${placed.json.id}`, { agent });
      visits.statuses.push(read.status);
    }
  } catch (error) {
    // The connection could not be made. Anything else is a request that was accepted and lost.
    assert.equal((error as NodeJS.ErrnoException).code, "ECONNREFUSED");
  } finally {
    agent.destroy();
  }
}

function orderIds(demo: DemoProcess, msg: string): string[] {
  const lines: LogLine[] = demo.lines.filter((line) => line.msg === msg);
  return lines.map((line) => String(line["order_id"])).toSorted();
}

describe("a demo that is told to stop", { concurrency: true }, () => {
  it("loses no request it has accepted on SIGTERM under load, and exits with the signal", async () => {
    await using demo = await DemoProcess.open(["--rate", "60", "--slow-courier-ms", "100"]);
    const visits: Visits = { statuses: [], orderIds: [] };
    const customers = Array.from({ length: 20 }, () => visitUntilClosed(demo.url, visits));
    await demo.line("request answered", { "service.name": "limelight-demo", status: 404 });
    await demo.until("100 answers", () => visits.statuses.length > 100 || undefined);

    demo.signal("SIGTERM");
    await Promise.all(customers);
    const exit = await demo.ended;

    assert.deepEqual(exit, { code: null, signal: "SIGTERM" });
    const load = await demo.line("load generator stopped");
    assert.ok((load["sent"] as number) > 0);
    assert.equal(load["lost"], 0);
    // What was placed was delivered, too: actors finish before they stop.
    const placed = orderIds(demo, "order placed");
    assert.deepEqual(orderIds(demo, "order delivered"), placed);
    assert.deepEqual(orderIds(demo, "receipt sent"), placed);
    assert.ok(visits.orderIds.length > 0 && visits.orderIds.every((id) => placed.includes(id)));
    const stopped = await demo.line("demo stopped");
    assert.deepEqual([stopped["dead_letters"], stopped["killed"]], [0, 0]);
  });

  it("finishes on SIGINT and exits with it", async () => {
    await using demo = await DemoProcess.open(["--rate", "20"]);
    await demo.line("order placed");

    demo.signal("SIGINT");

    assert.deepEqual(await demo.ended, { code: null, signal: "SIGINT" });
    await demo.line("load generator stopped");
    await demo.line("demo stopped");
  });

  it("exits at once on a second SIGINT, and takes the load generator with it", async () => {
    await using demo = await DemoProcess.open(["--rate", "20", "--slow-courier-ms", "60000"]);
    await demo.line("order placed");

    demo.signal("SIGINT");
    await demo.line("demo stopping");
    demo.signal("SIGINT");

    assert.deepEqual(await demo.ended, { code: null, signal: "SIGINT" });
    assert.ok(!demo.lines.some(({ msg }) => msg === "demo stopped"));
  });

  it("leaves no load generator behind when it is killed", async () => {
    await using demo = await DemoProcess.open(["--rate", "20"]);
    await demo.line("order placed");

    demo.signal("SIGKILL");

    // The generator writes to the same pipe, which only ends when both are gone.
    assert.deepEqual(await demo.ended, { code: null, signal: "SIGKILL" });
    assert.ok(demo.lines.some(({ msg }) => msg === "load generator stopped"));
  });

  it("gives up on couriers that are too slow, and its books balance all the same", async () => {
    await using demo = await DemoProcess.open([
      ...["--no-load", "--slow-courier-ms", "60000", "--payment-failure-rate", "0"],
    ]);
    await order(demo.url, { item: "lamp", quantity: 1 });
    await demo.line("order placed");

    demo.signal("SIGTERM");

    const { books, killed } = (await demo.line("demo stopped")) as never as {
      books: { active: number; levels: object };
      killed: number;
    };
    assert.ok(killed > 0);
    assert.deepEqual([books.active, books.levels], [0, {}]);
    assert.deepEqual(await demo.ended, { code: null, signal: "SIGTERM" });
  });
});
