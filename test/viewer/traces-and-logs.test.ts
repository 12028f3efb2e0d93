import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { logLines } from "../../tools/viewer/model/log-lines.ts";
import { sectionsOf } from "../../tools/viewer/model/sections.ts";
import { foundTraces } from "../../tools/viewer/model/trace-list.ts";
import { waterfallOf } from "../../tools/viewer/model/trace-tree.ts";

const MS = 1_000_000;
/** Some moment, in nanoseconds. */
const THEN = 1_795_334_084_000_000_000n;

function base64(hex: string): string {
  return Buffer.from(hex, "hex").toString("base64");
}

function span(id: string, parent: string, startMs: number, durationMs: number) {
  const start = THEN + BigInt(startMs * MS);
  return {
    spanId: base64(id.padStart(16, "0")),
    parentSpanId: parent && base64(parent.padStart(16, "0")),
    name: `span ${id}`,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(durationMs * MS)),
    attributes: [
      { key: "actor.type", value: { stringValue: "desk" } },
      { key: "n", value: { intValue: "7" } },
    ],
  };
}

describe("a trace", () => {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
  const spans = [
    span("3", "1", 5, 2),
    span("1", "", 0, 10),
    span("2", "1", 1, 3),
    span("4", "2", 2, 1),
  ];
  const failed = { ...span("9", "8", 6, 1), status: { code: "STATUS_CODE_ERROR", message: "no" } };
  const batches = [
    { resource, scopeSpans: [{ spans }] },
    { resource, scopeSpans: [{ spans: [failed] }] },
  ];

  it("has parents above their children, each where it was in time", () => {
    const { rows, durationS } = waterfallOf({ batches });

    assert.equal(durationS, 0.01);
    assert.deepEqual(
      rows.map(({ name, depth, startS }) => [name, depth, Math.round(startS * 1_000)]),
      [
        ["span 1", 0, 0],
        ["span 2", 1, 1],
        ["span 4", 2, 2],
        ["span 3", 1, 5],
        ["span 9", 0, 6],
      ],
    );
  });

  it("tells of each span its service, attributes and failure", () => {
    const rows = waterfallOf({ batches }).rows;
    const [first, last] = [rows[0], rows.at(-1)];

    assert.deepEqual(
      [first?.service, first?.failed, first?.spanId],
      ["shop", false, "0000000000000001"],
    );
    assert.deepEqual(first?.attributes, { "actor.type": "desk", n: "7" });
    assert.deepEqual([last?.failed, last?.attributes["status.message"]], [true, "no"]);
  });

  it("is the same with ids in hexadecimal digits, under OTLP's own name", () => {
    const hex = (id: string): string => Buffer.from(id, "base64").toString("hex");
    const plain = spans.map((each) => ({
      ...each,
      spanId: hex(each.spanId),
      parentSpanId: hex(each.parentSpanId),
    }));
    const only = [{ resource, scopeSpans: [{ spans }] }];

    assert.deepEqual(
      waterfallOf({ resourceSpans: [{ resource, scopeSpans: [{ spans: plain }] }] }),
      waterfallOf({ batches: only }),
    );
  });

  it("may have no spans", () => {
    assert.deepEqual(waterfallOf({}).rows, []);
  });
});

describe("a search for traces", () => {
  it("finds the newest first, with the spans it was about", () => {
    const traces = foundTraces({
      traces: [
        { traceID: "ab", rootServiceName: "shop", startTimeUnixNano: String(THEN), durationMs: 12 },
        {
          traceID: "c".repeat(32),
          rootTraceName: "POST /orders",
          startTimeUnixNano: String(THEN + 5n * BigInt(MS)),
          spanSets: [{ spans: [{ spanID: "1", name: "ask", durationNanos: "2000000" }] }],
        },
      ],
    });

    assert.deepEqual(
      traces.map(({ traceId, name, durationS }) => [traceId, name, durationS]),
      [
        ["c".repeat(32), "POST /orders", 0],
        [`${"0".repeat(30)}ab`, "", 0.012],
      ],
    );
    assert.deepEqual(traces[0]?.spans, [
      { spanId: "1", name: "ask", durationS: 0.002, attributes: {} },
    ]);
  });

  it("may find nothing", () => {
    assert.deepEqual(foundTraces({}), []);
  });
});

describe("log lines", () => {
  const streams = [
    {
      stream: { severity_number: "9", trace_id: "abc" },
      values: [
        [String(THEN + 2n), "second"],
        [String(THEN), "first"],
      ] as [string, string][],
    },
    {
      stream: { severity_number: "17" },
      values: [[String(THEN + 1n), "between"]] as [string, string][],
    },
  ];

  it("of all streams stand in the order of their time, to the nanosecond", () => {
    const texts = (oldestFirst: boolean): string[] =>
      logLines(streams, oldestFirst).map(({ text }) => text);

    assert.deepEqual(texts(true), ["first", "between", "second"]);
    assert.deepEqual(texts(false), ["second", "between", "first"]);
  });

  it("have a level and, some of them, a trace", () => {
    const [first, between] = logLines(streams, true);

    assert.deepEqual([first?.level, first?.traceId], ["info", "abc"]);
    assert.deepEqual([between?.level, between?.traceId], ["error", ""]);
  });
});

describe("rows of a dashboard", () => {
  it("have the panels below their heading", () => {
    const at = (y: number, type = "stat", x = 0) => ({
      id: y,
      type,
      title: `${type} ${y}`,
      gridPos: { x, y, w: 12, h: type === "row" ? 1 : 4 },
    });
    const sections = sectionsOf([at(0, "row"), at(1, "stat", 12), at(1), at(5, "row"), at(6)]);

    assert.deepEqual(
      sections.map(({ title, panels }) => [title, panels.map(({ gridPos: { x, y } }) => [x, y])]),
      [
        [
          "row 0",
          [
            [0, 0],
            [12, 0],
          ],
        ],
        ["row 5", [[0, 0]]],
      ],
    );
  });
});
