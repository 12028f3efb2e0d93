import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { criticalPath, endOf } from "../../src/viewer/traces/critical-path.ts";
import { ALL_TRACES, selectTraces, TraceBuffer } from "../../src/viewer/traces/trace-buffer.ts";
import {
  type LaneBar,
  laneChart,
  laneOf,
  rootScale,
  wholeScale,
} from "../../src/viewer/traces/trace-lanes.ts";
import type { SpanRow } from "../../src/wire/answers.ts";
import { spanRow, traceRow } from "../_support/wire-rows.ts";

const handled = { "actor.message.kind": "ask" };

/** A request that asks a desk, which asks a till and tells a courier, who takes long. */
const order: readonly SpanRow[] = [
  spanRow("http", { name: "POST /orders", kind: "server", durationMs: 30 }),
  spanRow("ask", {
    name: "ask desk.place",
    parentSpanId: "http",
    startedAtMs: 1,
    durationMs: 28,
    actorId: "desk/a-1",
    attributes: handled,
  }),
  spanRow("place", {
    name: "desk.place",
    parentSpanId: "ask",
    startedAtMs: 5,
    durationMs: 23,
    actorId: "desk/a-1",
    waitedMs: 3,
    attributes: handled,
  }),
  spanRow("ask till", {
    name: "ask till.charge",
    parentSpanId: "place",
    startedAtMs: 6,
    durationMs: 15,
    actorId: "till/a-2",
    attributes: { ...handled, "actor.sender.id": "desk/a-1" },
  }),
  spanRow("charge", {
    name: "till.charge",
    parentSpanId: "ask till",
    startedAtMs: 7,
    durationMs: 14,
    actorId: "till/a-2",
    attributes: handled,
  }),
  spanRow("deliver", {
    name: "courier.deliver",
    kind: "consumer",
    parentSpanId: "place",
    startedAtMs: 22,
    durationMs: 400,
    actorId: "courier/a-3",
    attributes: { "actor.message.kind": "tell" },
  }),
];

describe("the critical path", () => {
  it("is what the answer waited for, and not what was sent off before it", () => {
    const path = criticalPath(order).map(
      ({ spanId, startedAtMs, endedAtMs }) => `${spanId} ${startedAtMs}–${endedAtMs}`,
    );

    assert.deepEqual(path, [
      "http 0–1",
      "ask 1–5",
      "place 5–6",
      "ask till 6–7",
      "charge 7–21",
      "place 21–28",
      "ask 28–29",
      "http 29–30",
    ]);
  });

  it("is empty without spans, and does not end in a circle", () => {
    const circle = [
      spanRow("root"),
      spanRow("a", { parentSpanId: "b" }),
      spanRow("b", { parentSpanId: "a" }),
    ];

    assert.deepEqual(criticalPath([]), []);
    assert.equal(criticalPath(circle)[0]?.spanId, "root");
  });

  it("covers the root's time without gaps and overlaps, regardless of the spans", () => {
    fc.assert(
      fc.property(spanTrees(), (spans) => {
        const path = criticalPath(spans);
        const [root] = spans;
        assert.ok(root !== undefined);
        let at = root.startedAtMs;
        for (const { startedAtMs, endedAtMs } of path) {
          assert.equal(startedAtMs, at);
          assert.ok(endedAtMs > startedAtMs);
          at = endedAtMs;
        }
        assert.equal(at, endOf(root));
      }),
    );
  });
});

/** A root and spans below it that begin while their parent runs, and may outlive it. */
function spanTrees(): fc.Arbitrary<SpanRow[]> {
  const child = fc.record({
    parent: fc.nat(),
    offset: fc.integer({ min: 0, max: 9 }),
    durationMs: fc.integer({ min: 1, max: 50 }),
    detached: fc.boolean(),
    lane: fc.integer({ min: 0, max: 3 }),
    waitedMs: fc.option(fc.integer({ min: 0, max: 5 })),
  });
  return fc.array(child, { maxLength: 25 }).map((children) => {
    const spans = [spanRow("0", { durationMs: 40 })];
    for (const [
      at,
      { parent, offset, durationMs, detached, lane, waitedMs },
    ] of children.entries()) {
      const above = spans[parent % spans.length] as SpanRow;
      spans.push(
        spanRow(String(at + 1), {
          parentSpanId: above.spanId,
          startedAtMs: above.startedAtMs + Math.min(offset, above.durationMs - 1),
          durationMs,
          kind: detached ? "consumer" : "internal",
          actorId: `worker/a-${lane}`,
          attributes: handled,
          waitedMs,
        }),
      );
    }
    return [spans[0] as SpanRow, ...spans.slice(1).sort((a, b) => a.startedAtMs - b.startedAtMs)];
  });
}

/** Asserts that each begins, with its wait, when the one before has ended. */
function expectApart(bars: readonly LaneBar[]): void {
  const ordered = bars.toSorted((a, b) => a.span.startedAtMs - b.span.startedAtMs);
  for (const [at, { span, sentAtMs }] of ordered.entries()) {
    const before = ordered[at - 1];
    if (before !== undefined) assert.ok(endOf(before.span) <= (sentAtMs ?? span.startedAtMs));
  }
}

describe("lanes of a trace", () => {
  it("are one for each actor, an ask being its sender's", () => {
    const { lanes } = laneChart(order);

    assert.deepEqual(
      lanes.map(({ actorId, bars }) => [actorId, ...bars.map(({ span }) => span.name)]),
      [
        ["", "POST /orders", "ask desk.place"],
        ["desk/a-1", "desk.place", "ask till.charge"],
        ["till/a-2", "till.charge"],
        ["courier/a-3", "courier.deliver"],
      ],
    );
  });

  it("have a message from each ask to its handler, sent before it waited", () => {
    const { messages } = laneChart(order);

    assert.deepEqual(
      messages.map(
        ({ fromSpanId, toSpanId, sentAtMs }) => `${fromSpanId} → ${toSpanId} ${sentAtMs}`,
      ),
      ["ask → place 2", "ask till → charge 7", "place → deliver 22"],
    );
  });

  it("never draw one bar over another", () => {
    fc.assert(
      fc.property(spanTrees(), (spans) => {
        for (const lane of laneChart(spans).lanes) {
          assert.ok(lane.bars.every(({ line }) => line < lane.lines));
          assert.ok(lane.bars.every(({ span }) => laneOf(span) === lane.actorId));
          for (const own of Map.groupBy(lane.bars, ({ line }) => line).values()) expectApart(own);
        }
      }),
    );
  });

  it("can be as long as all of the trace, or as its root", () => {
    assert.deepEqual(wholeScale(order), { startedAtMs: 0, totalMs: 422 });
    assert.deepEqual(rootScale(order), { startedAtMs: 0, totalMs: 30 });
  });
});

describe("the list of traces", () => {
  it("replaces what it knew, and lets go of those it heard nothing of for longest", () => {
    const buffer = new TraceBuffer();
    for (let at = 0; at < 2_000; at += 1) buffer.add([traceRow(`t${at}`)]);
    buffer.add([traceRow("t0", { spans: 9 }), traceRow("new")]);

    assert.equal(buffer.size, 2_000);
    assert.equal(buffer.get("t0")?.spans, 9);
    assert.equal(buffer.get("t1"), undefined);
  });

  it("is filtered and sorted", () => {
    const rows = [
      traceRow("a", { startedAtMs: 1, durationMs: 5, errors: 1 }),
      traceRow("b", { startedAtMs: 2, durationMs: 9, actorTypes: ["till"] }),
      traceRow("c", { startedAtMs: 3, durationMs: 1, name: "GET /orders" }),
    ];
    const ids = (query: Partial<typeof ALL_TRACES>): string[] =>
      selectTraces(rows, { ...ALL_TRACES, ...query }).map(({ traceId }) => traceId);

    assert.deepEqual(ids({}), ["c", "b", "a"]);
    assert.deepEqual(ids({ sort: "duration" }), ["b", "a", "c"]);
    assert.deepEqual(ids({ errorsOnly: true }), ["a"]);
    assert.deepEqual(ids({ type: "till" }), ["b"]);
    assert.deepEqual(ids({ minMs: 5 }), ["b", "a"]);
    assert.deepEqual(ids({ text: "get" }), ["c"]);
  });
});
