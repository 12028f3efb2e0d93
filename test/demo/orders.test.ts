import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createClient } from "../../src/client.ts";
import type { DeskDefinition } from "../../src/demo/actors/desk.ts";
import type { OrderDefinition } from "../../src/demo/actors/placed-order.ts";
import type { Books } from "../../src/index.ts";
import { order, show, traceIdOf } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";

describe("the order desk", () => {
  let demo: DemoProcess;
  before(async () => {
    const args = ["--no-load", "--payment-failure-rate", "0", "--slow-courier-ms", "100"];
    demo = await DemoProcess.open(args);
  });
  after(() => demo[Symbol.asyncDispose]());

  it("places an order, and delivers it", async () => {
    const placed = await order(demo.url, { item: "lamp", quantity: 2 });

    assert.equal(placed.status, 200);
    const { id } = placed.json;
    assert.match(id, /^[0-9a-f]{8}$/);
    const expected = { id, item: "lamp", quantity: 2, totalCents: 9_800, status: "paid" };
    assert.deepEqual(placed.json, expected);

    await demo.line("order delivered", { order_id: id });
    await demo.line("actor stopped", { actor_key: id }); // asleep
    const read = await show(demo.url, id);
    assert.equal(read.status, 200);
    assert.deepEqual(read.json, { ...expected, status: "delivered" });
  });

  it("can be asked whether it is alive and ready", async () => {
    for (const probe of ["livez", "readyz"]) {
      assert.equal((await fetch(`${demo.url}/${probe}`)).status, 200);
    }
  });

  it("names the trace in the response, and has the lines of all its actors carry it", async () => {
    const placed = await order(demo.url, { item: "chair", quantity: 1 });
    const traceId = traceIdOf(placed);
    const { id } = placed.json;
    assert.match(traceId, /^[0-9a-f]{32}$/);

    await demo.line("order delivered", { order_id: id });
    await demo.line("receipt sent", { order_id: id });

    const ofTrace = demo.lines.filter((line) => line["trace_id"] === traceId);
    assert.deepEqual(ofTrace.map(({ msg }) => msg).toSorted(), [
      "actor started",
      "order placed",
      "payment approved",
      "receipt sent",
    ]);
  });

  it("delivers in a trace of its own, all of whose lines carry it", async () => {
    const placed = await order(demo.url, { item: "chair", quantity: 1 });
    const { id } = placed.json;

    const delivered = await demo.line("order delivered", { order_id: id });
    const { actor_id: courierId } = await demo.line("goods handed over", { order_id: id });
    await demo.line("actor stopped", { actor_id: courierId });

    const traceId = delivered["trace_id"];
    assert.notEqual(traceId, traceIdOf(placed));
    const ofTrace = demo.lines.filter((line) => line["trace_id"] === traceId);
    assert.deepEqual(ofTrace.map((line) => [line["actor_type"], line.msg]).toSorted(), [
      ["courier", "actor started"],
      ["courier", "actor stopped"],
      ["courier", "goods handed over"],
      ["order", "order delivered"],
    ]);
  });

  it("wakes no actor for an order that was never placed", async () => {
    const { status, json } = await show(demo.url, "0badcafe");

    assert.deepEqual([status, json.error.code], [404, "ERR_NO_SUCH_ACTOR"]);
    await order(demo.url, { item: "lamp", quantity: 1 });
    assert.ok(!demo.lines.some((line) => line["actor_key"] === "0badcafe"));
  });

  it("continues the trace of a caller who has one", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

    const placed = await order(
      demo.url,
      { item: "table", quantity: 1 },
      { headers: { traceparent } },
    );

    assert.equal(traceIdOf(placed), traceId);
    const line = await demo.line("receipt sent", { order_id: placed.json.id });
    assert.equal(line["trace_id"], traceId);
  });

  it("has books that balance when it has stopped", async () => {
    await order(demo.url, { item: "lamp", quantity: 1 });
    demo.signal("SIGTERM");
    const { books, dead_letters, killed } = (await demo.line("demo stopped")) as never as Report;

    assert.ok(books.sent > 0 && books.started > 4, JSON.stringify(books));
    assert.equal(books.started - books.stopped, books.active);
    const { handled, processing, waiting, deadLetters, rejected } = books;
    assert.equal(books.sent, handled + processing + waiting + deadLetters + rejected);
    assert.deepEqual([books.active, books.imbalances, books.levels], [0, 0, {}]);
    assert.deepEqual([dead_letters, killed], [0, 0]);
  });
});

describe("a customer who is connected to an order", () => {
  it("is told of its delivery, with the order as it is then", async () => {
    const args = ["--no-load", "--payment-failure-rate", "0", "--slow-courier-ms", "2000"];
    await using demo = await DemoProcess.open(args);
    const client = createClient<readonly [DeskDefinition, OrderDefinition]>(demo.url);
    const { id } = await client.desk.get("main").ask.place({ item: "lamp", quantity: 1 });
    await using connection = client.order.get(id).connect();

    const delivered = await connection.once("delivered");

    assert.deepEqual(delivered, await connection.ask.show());
    assert.deepEqual([delivered.id, delivered.status], [id, "delivered"]);
  });
});

/** The fields of the demo's last line. */
interface Report {
  readonly dead_letters: number;
  readonly killed: number;
  readonly books: Books;
}
