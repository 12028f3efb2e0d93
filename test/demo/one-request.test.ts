import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { order, traceIdOf } from "../_support/demo-client.ts";
import { DemoProcess } from "../_support/demo-process.ts";
import { OtlpReceiver } from "../_support/otlp-receiver.ts";
import type { ReceivedSpan } from "../_support/preload-otlp-json.ts";

const SERVER = 2;
const ROUTE = "POST /actors/desk/{key}/ask/place";

/** The spans of a trace as a tree of names, each with those below it in the order of their names. */
function treeOf(spans: readonly ReceivedSpan[]): string[] {
  const below = (parent: string | undefined, depth: number): string[] =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .toSorted((one, other) => one.name.localeCompare(other.name))
      .flatMap(({ name, spanId }) => [`${"  ".repeat(depth)}${name}`, ...below(spanId, depth + 1)]);
  return below(undefined, 0);
}

describe("one request, followed by hand from its response", () => {
  let receiver: OtlpReceiver;
  let demo: DemoProcess;
  before(async () => {
    receiver = await OtlpReceiver.start();
    const environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: "50",
    };
    const args = ["--no-load", "--payment-failure-rate", "0", "--slow-courier-ms", "50"];
    demo = await DemoProcess.open(args, environment);
  });
  after(async () => {
    await demo[Symbol.asyncDispose]();
    await receiver[Symbol.asyncDispose]();
  });

  it("leads to one trace through every actor and task, and from there to its log lines", async () => {
    await order(demo.url, { item: "lamp", quantity: 1 }); // wakes the desk
    const placed = await order(demo.url, { item: "lamp", quantity: 1 });

    const traceId = traceIdOf(placed);
    const spans = await receiver.until("whole trace", () => {
      const trace = receiver.trace(traceId);
      const names = new Set(trace.map(({ name }) => name));
      const last = ["order save", "desk task receipt"];
      return last.every((name) => names.has(name)) ? trace : undefined;
    });
    assert.deepEqual(treeOf(spans), [
      ROUTE,
      "  ask desk.place",
      "    desk.place",
      "      ask inventory.reserve",
      "        inventory.reserve",
      "      ask order.place",
      "        order.place",
      "          order save",
      "      ask payment.charge",
      "        payment.charge",
      "      desk task receipt",
      "      order start",
      "        order start load",
      "        order start state",
    ]);

    const [root] = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    assert.equal(root?.kind, SERVER);
    assert.equal(root?.resource["service.name"], "limelight-demo");
    const { port } = new URL(demo.url);
    assert.deepEqual(root?.attributes, {
      "http.request.method": "POST",
      "http.route": "/actors/desk/{key}/ask/place",
      "http.response.status_code": 200,
      "url.scheme": "http",
      "url.path": "/actors/desk/main/ask/place",
      "actor.request.id": placed.headers["x-request-id"],
      "server.address": "127.0.0.1",
      "server.port": Number(port),
    });
    const ofActors = spans.filter((span) => span !== root);
    assert.ok(ofActors.every(({ attributes }) => /^\w+\/\w+-\w+$/.test(attributes["actor.id"])));

    const ids = new Set(ofActors.map(({ attributes }) => attributes["actor.id"]));
    const spanIds = new Set(spans.map(({ spanId }) => spanId));
    const lines = demo.lines.filter((line) => line["trace_id"] === traceId);
    assert.equal(lines.length, 4);
    for (const line of lines) {
      assert.ok(spanIds.has(String(line["span_id"])), JSON.stringify(line));
      if (line["actor_id"] !== undefined) assert.ok(ids.has(line["actor_id"]));
    }
  });

  it("is linked to the delivery, which is a trace of its own", async () => {
    const placed = await order(demo.url, { item: "lamp", quantity: 1 });

    const traceId = traceIdOf(placed);
    const delivery = await receiver.until("delivery", () =>
      receiver.spans.find(
        ({ name, links }) =>
          name === "order.deliver" && links.some((link) => link.traceId === traceId),
      ),
    );
    const spans = await receiver.until("whole trace", () => {
      const trace = receiver.trace(delivery.traceId);
      return trace.some(({ name }) => name === "courier stop") ? trace : undefined;
    });
    assert.deepEqual(treeOf(spans), [
      "order.deliver",
      "  ask fleet.send",
      "    fleet.send",
      "      courier start",
      "      courier.handOver",
      "        courier stop",
      "  order broadcast delivered",
    ]);
  });

  it("shows on the span what went wrong", async () => {
    const refused = await order(demo.url, { item: "unicorn", quantity: 1 });
    const lost = await fetch(`${demo.url}/nowhere/${"x".repeat(1_000)}`);

    const traceId = traceIdOf(refused);
    const [span] = await receiver.until("span of the refusal", () => {
      const trace = receiver.trace(traceId);
      return trace.length > 0 ? trace : undefined;
    });
    assert.equal(span?.name, ROUTE);
    assert.deepEqual([span?.attributes["http.response.status_code"], span?.statusCode], [400, 0]);

    const [, lostId = ""] = String(lost.headers.get("traceresponse")).split("-");
    const [lostSpan] = await receiver.until("span of the lost one", () => {
      const trace = receiver.trace(lostId);
      return trace.length > 0 ? trace : undefined;
    });
    assert.equal(lostSpan?.name, "GET");
    assert.equal(lostSpan?.attributes["url.path"].length, 200);
  });

  it("keeps the start and the end of the shop in traces of their own", async () => {
    demo.signal("SIGTERM");
    await demo.ended;

    for (const [name, verb] of [
      ["shop open", "start"],
      ["shop close", "stop"],
    ]) {
      const shop = await receiver.span(String(name));
      const tree = treeOf(receiver.trace(shop.traceId));
      // The desk wakes with its first order; what is still awake goes to sleep in it.
      const ofShop = tree.filter((name) => !/^ +(?:desk|order) /.test(name));
      assert.deepEqual(ofShop, [
        name,
        ...["fleet", "inventory", "payment"].map((actor) => `  ${actor} ${verb}`),
      ]);
    }
  });
});

describe("the metrics of the demo", () => {
  it("are where the start text says, for each type of actor", async () => {
    await using demo = await DemoProcess.open(["--no-load", "--payment-failure-rate", "0"]);
    await order(demo.url, { item: "lamp", quantity: 1 });
    const { metrics_url: url } = await demo.line("demo started");
    assert.match(demo.stderr, new RegExp(`^ {2}metrics {2}${url}$`, "m"));

    const text = await (await fetch(String(url))).text();

    for (const type of ["desk", "inventory", "payment", "fleet", "order"]) {
      const running = `actor_active\\{[^}]*actor_type="${type}"[^}]*actor_state="running"[^}]*\\} 1$`;
      assert.match(text, new RegExp(`^${running}`, "m"));
    }
    assert.match(text, /^target_info\{[^}]*service_name="limelight-demo"/m);
  });
});
