import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type LogRecord, logLines } from "../../tools/viewer/model/log-lines.ts";
import { sectionsOf } from "../../tools/viewer/model/sections.ts";
import { foundTraces, type JaegerSearch } from "../../tools/viewer/model/trace-list.ts";
import { searchParameters } from "../../tools/viewer/model/trace-search.ts";
import { type OtlpTrace, waterfallOf } from "../../tools/viewer/model/trace-tree.ts";

/** An answer of Jaeger 2.13.0 or VictoriaLogs 1.52.1 as it was recorded, without some of its attributes. */
function recorded(name: string): string {
  return readFileSync(join(import.meta.dirname, "answers", name), "utf8");
}

/** Spans that all start in the same millisecond. */
const { result: trace } = JSON.parse(recorded("jaeger-trace.json")) as { result: OtlpTrace };
/** A deadlock, a trace without its root whose id begins with zeros, and the trace above. */
const search = JSON.parse(recorded("jaeger-search.json")) as JaegerSearch;
const records = recorded("victorialogs-lines.ndjson")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as LogRecord);

describe("a trace", () => {
  it("has parents above their children, each where it was in time", () => {
    const { rows, durationS } = waterfallOf(trace);

    assert.equal(durationS, 0.01225);
    assert.deepEqual(
      rows.map(({ name, depth, startS, durationS: own }) => [name, depth, startS, own]),
      [
        ["POST /orders", 0, 0, 0.01225],
        ["ask desk.reserve", 1, 0, 0.0065],
        ["desk reserve", 2, 0, 0.006],
      ],
    );
  });

  it("tells of each span its service, attributes, failure and links", () => {
    const [first, , last] = waterfallOf(trace).rows;

    assert.deepEqual(
      [first?.service, first?.failed, first?.spanId],
      ["shop", false, "0000000000000001"],
    );
    assert.equal(first?.attributes["http.response.status_code"], "409");
    assert.deepEqual(
      [last?.failed, last?.attributes["status.message"], last?.attributes["actor.type"]],
      [true, "sold out", "desk"],
    );
    assert.deepEqual(last?.linkedTraceIds, ["00000000000000001a2b3c4d5e6f7081"]);
  });

  it("has a span whose parent is missing at the top", () => {
    const [{ resource, scopeSpans } = {}] = trace.resourceSpans ?? [];
    const orphans = scopeSpans?.map(({ spans }) => ({
      spans: spans?.filter(({ name }) => name !== "POST /orders") ?? [],
    }));
    const { rows } = waterfallOf({
      resourceSpans: [{ ...(resource && { resource }), scopeSpans: orphans ?? [] }],
    });

    assert.deepEqual(
      rows.map(({ name, depth }) => [name, depth]),
      [
        ["ask desk.reserve", 0],
        ["desk reserve", 1],
      ],
    );
  });

  it("may have no spans", () => {
    assert.deepEqual(waterfallOf({}).rows, []);
  });
});

describe("a search for traces", () => {
  it("finds the latest first, named after the span without a parent", () => {
    const traces = foundTraces(search);

    assert.deepEqual(
      traces.map(({ service, name, durationS, failedSpans }) => [
        service,
        name,
        durationS,
        failedSpans,
      ]),
      [
        ["shop", "deadlock", 0, 0],
        ["shop", "orphan child", 0.002, 0],
        ["shop", "POST /orders", 0.01225, 1],
      ],
    );
    assert.deepEqual(
      traces.slice(1).map(({ traceId }) => traceId),
      ["00000000000000001a2b3c4d5e6f7081", "0af7651916cd43dd8448eb211c80319c"],
    );
  });

  it("finds the root by its parent, in any order of the spans", () => {
    const data = search.data.map((each) => ({ ...each, spans: each.spans.toReversed() }));

    assert.deepEqual(foundTraces({ data }), foundTraces(search));
  });

  it("may find nothing", () => {
    assert.deepEqual(foundTraces({ data: [] }), []);
  });
});

describe("the parameters of a search", () => {
  const range = { fromMs: 1_000, toMs: 2_000 };
  const choices = { service: { values: ["shop"], all: false, allValue: "", multi: false } };
  const intervals = { intervalS: 15, rateIntervalS: 60, rangeS: 1_800 };
  const scope = { choices, intervals, urlTimeRange: "" };
  const times = { limit: 20, start: 1_000_000, end: 2_000_000 };

  it("have what the query says, with the choice filled in, and nothing else", () => {
    const target = { refId: "A", service: "$service", operation: "deadlock", limit: 5 };

    assert.deepEqual(searchParameters(target, scope, range), {
      ...times,
      service: "shop",
      operation: "deadlock",
      limit: 5,
    });
    assert.deepEqual(
      searchParameters(
        { refId: "A", service: "shop", operation: "", tags: "", minDuration: "500ms" },
        scope,
        range,
      ),
      { ...times, service: "shop", minDuration: "500ms" },
    );
  });

  it("have attributes in JSON for those in logfmt", () => {
    const tagsOf = (tags: string): unknown => {
      const { tags: json } = searchParameters({ refId: "A", tags }, scope, range);
      return JSON.parse(String(json));
    };

    assert.deepEqual(tagsOf("error=true span.kind=server"), {
      error: "true",
      "span.kind": "server",
    });
    assert.deepEqual(tagsOf('error of="$service" text="a \\"b\\" = c"'), {
      error: "true",
      of: "shop",
      text: 'a "b" = c',
    });
  });
});

describe("log lines", () => {
  it("stand in the order of their time, within a millisecond in that of their file", () => {
    const texts = (oldestFirst: boolean): string[] =>
      logLines(records, oldestFirst).map(({ text }) => text);

    const inOrder = ["order received", "step 2", "step 9", "actor failed", "no JSON at all"];
    assert.deepEqual(texts(true), inOrder);
    assert.deepEqual(texts(false), inOrder.toReversed());
  });

  it("are apart by less than a millisecond, with any number of decimals", () => {
    const lines = ["12.5", "12.500000001", "12.4999", "12"].map((seconds) => ({
      _time: `2026-11-25T22:45:${seconds}Z`,
      _msg: seconds,
    }));

    assert.deepEqual(
      logLines(lines, true).map(({ text }) => text),
      ["12", "12.4999", "12.5", "12.500000001"],
    );
  });

  it("have a level, and the fields that were written", () => {
    const lines = logLines(records, true);

    assert.deepEqual(
      lines.map(({ level }) => level),
      ["info", "debug", "debug", "error", "unknown"],
    );
    assert.equal(lines[0]?.timeMs, Date.parse("2026-11-25T22:45:01.182Z"));
    assert.deepEqual(lines[3]?.fields, {
      "err.code": "ERR_SOLD_OUT",
      "err.stack": "Error: sold out\n  at x",
      event: "actor.failed",
      "log.file.record_number": "12",
      "service.name": "shop",
      severity_number: "17",
      severity_text: "ERROR",
    });
  });

  it("can be told apart when one was stored twice", () => {
    const keys = logLines([...records, ...records], true).map(({ key }) => key);

    assert.equal(new Set(keys).size, 2 * records.length);
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
