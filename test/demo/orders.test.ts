import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Books } from "../../src/index.ts";
import { ask, order } from "../_support/demo-client.ts";
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

    assert.equal(placed.status, 201);
    const { id } = placed.json;
    assert.match(id, /^[0-9a-f]{8}$/);
    const expected = { id, item: "lamp", quantity: 2, total_cents: 9_800, status: "paid" };
    assert.deepEqual(placed.json, expected);
    assert.equal(placed.headers.location, `/orders/${id}`);

    await demo.line("order delivered", { order_id: id });
    await demo.line("actor stopped", { actor_key: id }); // asleep
    const read = await ask(`${demo.url}/orders/${id}`);
    assert.equal(read.status, 200);
    assert.deepEqual(read.json, { ...expected, status: "delivered" });
  });

  it("can be asked how it is, and answers HEAD as GET without the body", async () => {
    const health = await ask(`${demo.url}/healthz`);
    const head = await ask(`${demo.url}/healthz`, { method: "HEAD" });

    assert.deepEqual([health.status, health.json], [200, { status: "ok" }]);
    assert.deepEqual([head.status, head.text], [200, ""]);
    assert.equal(head.headers["content-length"], health.headers["content-length"]);
  });

  it("names the trace in the response, and has the lines of all its actors carry it", async () => {
    const placed = await order(demo.url, { item: "chair", quantity: 1 });
    const traceId = placed.headers["x-trace-id"];
    const { id } = placed.json;
    assert.match(String(traceId), /^[0-9a-f]{32}$/);
    assert.match(
      String(placed.headers["traceparent"]),
      new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`),
    );

    await demo.line("order delivered", { order_id: id });
    await demo.line("receipt sent", { order_id: id });

    const ofTrace = demo.lines.filter((line) => line["trace_id"] === traceId);
    assert.deepEqual(ofTrace.map(({ msg }) => msg).toSorted(), [
      "actor started",
      "order placed",
      "payment approved",
      "receipt sent",
      "request answered",
    ]);
  });

  it("delivers in a trace of its own, all of whose lines carry it", async () => {
    const placed = await order(demo.url, { item: "chair", quantity: 1 });
    const { id } = placed.json;

    const delivered = await demo.line("order delivered", { order_id: id });
    const { actor_id: courierId } = await demo.line("goods handed over", { order_id: id });
    await demo.line("actor stopped", { actor_id: courierId });

    const traceId = delivered["trace_id"];
    assert.notEqual(traceId, placed.headers["x-trace-id"]);
    const ofTrace = demo.lines.filter((line) => line["trace_id"] === traceId);
    assert.deepEqual(ofTrace.map((line) => [line["actor_type"], line.msg]).toSorted(), [
      ["courier", "actor started"],
      ["courier", "actor stopped"],
      ["courier", "goods handed over"],
      ["order", "order delivered"],
    ]);
  });

  it("leaves nothing of an order that was never placed", async () => {
    const { status } = await ask(`${demo.url}/orders/0badcafe`);

    assert.equal(status, 404);
    const stopped = await demo.line("actor stopped", { actor_key: "0badcafe" });
    assert.equal(stopped["reason"], "destroyed");
  });

  it("continues the trace of a caller who has one", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

    const placed = await order(
      demo.url,
      { item: "table", quantity: 1 },
      { headers: { traceparent } },
    );

    assert.equal(placed.headers["x-trace-id"], traceId);
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

/** The fields of the demo's last line. */
interface Report {
  readonly dead_letters: number;
  readonly killed: number;
  readonly books: Books;
}
