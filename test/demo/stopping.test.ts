import assert from "node:assert/strict";
import { Agent } from "node:http";
import { connect } from "node:net";
import { describe, it } from "node:test";
import { DataFolder } from "../_support/data-folder.ts";
import { order, show } from "../_support/demo-client.ts";
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
      if (placed.status !== 200) continue;
      visits.orderIds.push(placed.json.id);
      const read = await show(url, placed.json.id, { agent });
      visits.statuses.push(read.status);
    }
  } catch (error) {
    // The connection was not made, or was reset by the kernel because it was still queued when the listener closed:
    // on a loaded machine, one can arrive between the last look at the queue and the close.
    assert.match(String((error as NodeJS.ErrnoException).code), /^ECONN(REFUSED|RESET)$/);
  } finally {
    agent.destroy();
  }
}

function orderIds(demo: DemoProcess, msg: string): string[] {
  const lines: LogLine[] = demo.lines.filter((line) => line.msg === msg);
  return lines.map((line) => String(line["order_id"])).toSorted();
}

describe("a demo that is told to stop", { concurrency: 2 }, () => {
  it("loses no request it has accepted on SIGTERM under load, and exits with the signal", async () => {
    using folder = new DataFolder();
    const args = ["--data", folder.path, "--slow-courier-ms", "100"];
    await using demo = await DemoProcess.open(["--rate", "20", ...args]);
    const visits: Visits = { statuses: [], orderIds: [] };
    const customers = Array.from({ length: 10 }, () => visitUntilClosed(demo.url, visits));
    await demo.until("100 answers", () => visits.statuses.length > 100 || undefined);

    demo.signal("SIGTERM");
    await Promise.all(customers);
    const exit = await demo.ended;

    assert.deepEqual(exit, { code: null, signal: "SIGTERM" });
    const load = await demo.line("load generator stopped");
    assert.ok((load["sent"] as number) > 0);
    // Each order that was placed has been answered, if only with 504: what was lost had not reached the shop.
    const placed = orderIds(demo, "order placed");
    const byStatus = load["by_status"] as Readonly<Record<string, number>>;
    const late = visits.statuses.filter((status) => status === 504).length;
    const answered =
      visits.orderIds.length + late + Number(load["placed"]) + (byStatus["504"] ?? 0);
    assert.ok(placed.length <= answered, `${placed.length} placed, ${answered} answered`);
    // Actors finish before they stop.
    assert.deepEqual(orderIds(demo, "receipt sent"), placed);
    assert.ok(visits.orderIds.length > 0 && visits.orderIds.every((id) => placed.includes(id)));
    const stopped = await demo.line("demo stopped");
    assert.deepEqual([stopped["dead_letters"], stopped["killed"]], [0, 0]);
    // The next start goes on with what was not delivered yet.
    await using next = await DemoProcess.open(["--no-load", ...args]);
    const left = placed.filter((id) => !orderIds(demo, "order delivered").includes(id));
    for (const id of left) await next.line("order delivered", { order_id: id });
    assert.deepEqual(orderIds(next, "order delivered"), left);
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
    await using demo = await DemoProcess.open(["--rate", "20"]);
    const { port } = new URL(demo.url);
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("POST /actors/desk/main/ask/place HTTP/1.1\r\nhost: localhost\r\n"); // holds up the server's close
    await demo.line("order placed");

    demo.signal("SIGINT");
    await demo.line("demo stopping");
    demo.signal("SIGINT");

    assert.deepEqual(await demo.ended, { code: null, signal: "SIGINT" });
    socket.destroy();
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

  it("waits for no delivery that is still to come, and its books balance", async () => {
    await using demo = await DemoProcess.open([
      ...["--no-load", "--slow-courier-ms", "60000", "--payment-failure-rate", "0"],
    ]);
    await order(demo.url, { item: "lamp", quantity: 1 });

    demo.signal("SIGTERM");

    const { books, killed } = (await demo.line("demo stopped")) as never as {
      books: { active: number; levels: object };
      killed: number;
    };
    assert.deepEqual([killed, books.active, books.levels], [0, 0, {}]);
    assert.deepEqual(await demo.ended, { code: null, signal: "SIGTERM" });
  });
});
