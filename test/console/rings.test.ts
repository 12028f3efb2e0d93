import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Attributes, SpanKind, SpanStatusCode } from "@opentelemetry/api";
import fc from "fast-check";
import { LogRing } from "../../src/console/record/log-ring.ts";
import { Redaction } from "../../src/console/record/redaction.ts";
import { TraceRing } from "../../src/console/record/trace-ring.ts";
import type { EndedSpan } from "../../src/telemetry/process-taps.ts";
import { usedBytes } from "../_support/used-memory.ts";

const redaction = new Redaction([]);
const KIB = 1_024;

interface SpanWishes {
  readonly trace: number;
  readonly parent?: string;
  readonly remote?: boolean;
  readonly id?: string;
  readonly name?: string;
  readonly startMs?: number;
  readonly ms?: number;
  readonly failed?: boolean;
  readonly attributes?: Attributes;
}

let lastSpan = 0;

function span(wishes: SpanWishes): EndedSpan {
  const { trace, parent, remote = false, name = "work", startMs = 0, ms = 1, failed } = wishes;
  lastSpan += 1;
  const traceId = trace.toString(16).padStart(32, "0");
  const id = wishes.id ?? lastSpan.toString(16).padStart(16, "0");
  const above = { traceId, spanId: parent ?? "", traceFlags: 1, isRemote: remote };
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => ({ traceId, spanId: id, traceFlags: 1 }),
    ...(parent === undefined ? {} : { parentSpanContext: above }),
    startTime: [1_000 + Math.trunc(startMs / 1_000), (startMs % 1_000) * 1e6],
    duration: [Math.trunc(ms / 1_000), (ms % 1_000) * 1e6],
    status: failed === true ? { code: SpanStatusCode.ERROR, message: "no" } : { code: 0 },
    attributes: wishes.attributes ?? {},
    links: [],
  };
}

describe("the ring of traces", () => {
  it("makes one trace of its spans, in any order in which they end", () => {
    const ring = new TraceRing(64 * KIB, redaction);
    const actor = { "actor.id": "a/1", "actor.type": "a", "actor.message.wait_ms": 2 };
    ring.add(span({ trace: 1, id: "child", parent: "root", startMs: 5, ms: 3, attributes: actor }));
    const [early] = ring.find({ limit: 10 });
    assert.deepEqual([early?.name, early?.complete], ["work", false]);
    ring.add(span({ trace: 1, id: "late", parent: "root", startMs: 5, ms: 20, failed: true }));
    ring.add(span({ trace: 1, id: "root", name: "request", startMs: 0, ms: 10 }));

    const detail = ring.detail("1".padStart(32, "0"));
    assert.deepEqual(detail?.trace, {
      traceId: "1".padStart(32, "0"),
      name: "request",
      startedAtMs: 1_000_000,
      durationMs: 25,
      spans: 3,
      errors: 1,
      actorTypes: ["a"],
      complete: true,
    });
    const [root, child, late] = detail.spans;
    assert.deepEqual([root?.spanId, child?.spanId, late?.spanId], ["root", "child", "late"]);
    assert.deepEqual([child?.actorId, child?.waitedMs, child?.status], ["a/1", 2, "unset"]);
    assert.deepEqual([late?.status, late?.statusMessage], ["error", "no"]);
  });

  it("takes a span with a caller elsewhere for the root", () => {
    const ring = new TraceRing(64 * KIB, redaction);
    ring.add(span({ trace: 1, id: "in", parent: "elsewhere", remote: true, name: "GET /" }));
    const [row] = ring.find({ limit: 1 });
    assert.deepEqual([row?.name, row?.complete], ["GET /", true]);
  });

  it("puts parents before children that started at the same time, and bears circles", () => {
    const ring = new TraceRing(64 * KIB, redaction);
    for (const [id, parent] of [
      ["c", "b"],
      ["b", "a"],
      ["a", undefined],
      ["x", "y"],
      ["y", "x"],
    ] as const) {
      ring.add(span({ trace: 1, id, ...(parent === undefined ? {} : { parent }) }));
    }
    const order = ring.detail("1".padStart(32, "0"))?.spans.map(({ spanId }) => spanId) ?? [];
    assert.deepEqual(
      order.filter((id) => "abc".includes(id)),
      ["a", "b", "c"],
    );
    assert.equal(order.length, 5);
  });

  it("finds by type, actor, error and duration, newest or longest first", () => {
    const ring = new TraceRing(64 * KIB, redaction);
    const of = (type: string): Attributes => ({ "actor.type": type, "actor.id": `${type}/1` });
    ring.add(span({ trace: 1, ms: 30, attributes: of("a") }));
    ring.add(span({ trace: 2, ms: 10, attributes: of("b"), failed: true }));
    ring.add(span({ trace: 3, ms: 20, attributes: of("a") }));
    const find = (query: object): number[] =>
      ring.find({ limit: 10, ...query }).map(({ traceId }) => Number(traceId));

    assert.deepEqual(find({}), [3, 2, 1]);
    assert.deepEqual(find({ limit: 2 }), [3, 2]);
    assert.deepEqual(find({ type: "a" }), [3, 1]);
    assert.deepEqual(find({ actor: "b/1" }), [2]);
    assert.deepEqual(find({ error: true }), [2]);
    assert.deepEqual(find({ minMs: 15 }), [3, 1]);
    assert.deepEqual(find({ sort: "duration", limit: 2 }), [1, 3]);
  });

  it("lets the oldest whole traces go, and gives one trace no more than its share", () => {
    const ring = new TraceRing(16 * KIB, redaction);
    for (let at = 0; at < 1_000; at += 1) ring.add(span({ trace: 7 }));
    ring.add(span({ trace: 8 }));
    const [, giant] = ring.find({ limit: 10 });
    assert.ok(ring.state.bytes <= 6 * KIB, `${ring.state.bytes} bytes`);
    assert.equal((giant?.spans ?? 0) + (giant?.droppedSpans ?? 0), 1_000);
    for (let at = 100; at < 200; at += 1) ring.add(span({ trace: at, startMs: at * 1_000 }));
    assert.equal(ring.detail("7".padStart(32, "0")), undefined);
    assert.equal(Number.parseInt(ring.find({ limit: 1 })[0]?.traceId ?? "", 16), 199);
  });

  it("stays within its bytes and keeps its books, regardless of what comes", () => {
    const wishes = fc.record({
      trace: fc.nat(200),
      name: fc.string({ maxLength: 300 }),
      attributes: fc.dictionary(
        fc.string(),
        fc.oneof(fc.string(), fc.integer(), fc.array(fc.string())),
      ),
    });
    fc.assert(
      fc.property(fc.array(wishes, { maxLength: 300 }), (all) => {
        const ring = new TraceRing(16 * KIB, redaction);
        const largest = 8 * KIB;
        let begun = 0;
        for (const [at, wish] of all.entries()) {
          if (ring.detail(wish.trace.toString(16).padStart(32, "0")) === undefined) begun += 1;
          ring.add(span({ ...wish, startMs: at * 2_000 })); // calm: all are kept
          assert.ok(ring.state.bytes <= 16 * KIB + largest);
        }
        const { kept, dropped, bytes } = ring.state;
        assert.equal(kept + dropped, begun);
        assert.equal(ring.find({ limit: 1_000 }).length, kept);
        assert.ok(bytes >= 0 && (kept > 0 || bytes === 0));
      }),
    );
  });
});

const line = (fields: object): string => `${JSON.stringify({ level: 30, time: 1, ...fields })}\n`;

describe("the ring of log lines", () => {
  it("numbers lines, and finds by level, actor, trace and number", () => {
    const ring = new LogRing(64 * KIB, redaction);
    ring.add(line({ msg: "one", actor_id: "a/1", actor_type: "a", trace_id: "t1", span_id: "s1" }));
    ring.add(line({ level: 50, msg: "two", target_id: "a/1", event: "actor.failed" }));
    ring.add(line({ level: 40, msg: "a/1 and t1 in the text", amount: 3 }));
    const find = (query: object): number[] =>
      ring.find({ limit: 10, ...query }).map(({ sequence }) => sequence);

    assert.deepEqual(find({}), [1, 2, 3]);
    assert.deepEqual(find({ limit: 2 }), [2, 3]);
    assert.deepEqual(find({ level: 40 }), [2, 3]);
    assert.deepEqual(find({ actor: "a/1" }), [1, 2]);
    assert.deepEqual(find({ trace: "t1" }), [1]);
    assert.deepEqual(find({ after: 1 }), [2, 3]);
    assert.deepEqual(find({ after: 1, upTo: 2 }), [2]);
    assert.deepEqual(ring.find({ limit: 1 })[0], {
      sequence: 3,
      atMs: 1,
      level: 40,
      msg: "a/1 and t1 in the text",
      event: null,
      actorId: null,
      actorType: null,
      traceId: null,
      spanId: null,
      fields: { amount: 3 },
    });
  });

  it("takes what is no JSON for a text, and other spellings of time and level for what they mean", () => {
    const ring = new LogRing(64 * KIB, redaction);
    for (const text of ["plain\n", "[1]\n", "null\n", "{half\n", ""]) ring.add(text);
    ring.add(line({ level: "error", time: "2026-01-01T00:00:00Z", msg: 5 }));
    const rows = ring.find({ limit: 10 });
    assert.deepEqual(
      rows.map(({ msg }) => msg),
      ["plain", "[1]", "null", "{half", "", "5"],
    );
    assert.deepEqual([rows[5]?.level, rows[5]?.atMs], [50, 1_767_225_600_000]);
  });

  it("blanks secrets at any depth when a line is shown", () => {
    const ring = new LogRing(64 * KIB, new Redaction(["Iban"]));
    ring.add(line({ msg: "x", deep: { er: [{ Password: "p", iban: "DE", ok: 1 }] } }));
    const blank = "[redacted]";
    const deep = { er: [{ Password: blank, iban: blank, ok: 1 }] };
    assert.deepEqual(ring.find({ limit: 1 })[0]?.fields, { deep });
  });

  it("keeps of a line that is too long whose it is and what it says", () => {
    const ring = new LogRing(256 * KIB, redaction);
    ring.add(line({ msg: "large", actor_id: "a/1", trace_id: "t1", blob: "x".repeat(100 * KIB) }));
    const [row] = ring.find({ limit: 1 });
    assert.deepEqual([row?.msg, row?.actorId, row?.traceId], ["large", "a/1", "t1"]);
    assert.deepEqual(row?.fields["omitted_fields"], ["blob"]);
    assert.ok(ring.state.bytes < 2 * KIB);
  });

  it("stays within its bytes and keeps its books, regardless of what comes", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 3_000 }), { maxLength: 200 }), (texts) => {
        const ring = new LogRing(16 * KIB, redaction);
        for (const text of texts) {
          ring.add(text);
          assert.ok(ring.state.bytes <= 16 * KIB);
        }
        const { kept, dropped } = ring.state;
        assert.equal(kept + dropped, texts.length);
        const rows = ring.find({ limit: 1_000 });
        assert.equal(rows.length, kept);
        assert.deepEqual(
          rows.map(({ sequence }) => sequence),
          Array.from({ length: kept }, (_, at) => dropped + at + 1),
        );
      }),
    );
  });
});

describe("more traces than anybody can look at", () => {
  const traceId = (trace: number): string => trace.toString(16).padStart(32, "0");
  const bucket = (at: number): number => (at * 2_654_435_761) % 0x1000; // spread over all buckets
  const busySecond = (ring: TraceRing, second: number): void => {
    for (let at = 0; at < 2_000; at += 1) {
      const trace = (second * 10_000 + at) * 0x1000 + bucket(at);
      const startMs = second * 1_000;
      ring.add(span({ trace, id: "child", parent: "root", startMs }));
      ring.add(span({ trace, id: "root", startMs }));
    }
  };

  it("are kept by a share, each whole, so that the ring reaches back", () => {
    const ring = new TraceRing(256 * KIB, redaction);
    for (let second = 1; second <= 40; second += 1) busySecond(ring, second);

    const { share = 1 } = ring.state;
    assert.ok(share > 0.005 && share < 0.05, String(share));
    const rows = ring.find({ limit: 10_000 });
    assert.ok(rows.every(({ spans, complete }) => spans === 2 && complete));
    const [newest, oldest] = [rows[0]?.startedAtMs ?? 0, rows.at(-1)?.startedAtMs ?? 0];
    assert.ok(newest - oldest >= 5_000, `${newest - oldest} ms`);
  });

  it("are kept where they have failed, with what is above the failure", () => {
    const ring = new TraceRing(256 * KIB, redaction);
    for (let second = 1; second <= 20; second += 1) busySecond(ring, second);
    const startMs = 20_000;
    const trace = 7 * 0x1000 + 0xfff; // the last bucket
    ring.add(span({ trace: trace - 0x1000, id: "well", startMs }));
    ring.add(span({ trace, id: "child", parent: "root", startMs, failed: true }));
    ring.add(span({ trace, id: "root", startMs }));

    assert.equal(ring.detail(traceId(trace - 0x1000)), undefined);
    assert.equal(ring.detail(traceId(trace))?.trace.spans, 2);
  });

  it("are all kept again when it is calm", () => {
    const ring = new TraceRing(256 * KIB, redaction);
    for (let second = 1; second <= 20; second += 1) busySecond(ring, second);
    for (const startMs of [22_500, 23_500]) {
      const trace = startMs * 0x1000 + 0xfff;
      ring.add(span({ trace, startMs }));
      assert.ok(ring.detail(traceId(trace)) !== undefined, String(startMs));
    }
    assert.equal(ring.state.share, 1);
  });
});

describe("an hour of events", () => {
  it("takes no more memory than the first minutes", { timeout: 120_000 }, () => {
    const traces = new TraceRing(256 * KIB, redaction);
    const logs = new LogRing(256 * KIB, redaction);
    const attributes = { "actor.id": "worker/1", "actor.type": "worker" };
    let trace = 0;
    // A second of a busy system: 100 traces of three spans, 200 lines.
    const second = (at: number): void => {
      const startMs = at * 1_000;
      for (let order = 0; order < 100; order += 1) {
        trace += 1;
        for (const name of ["request", "ask worker.work", "worker.work"]) {
          const own = { ...attributes, order: `o-${trace}` };
          traces.add(span({ trace, name, startMs, attributes: own }));
        }
        logs.add(line({ msg: `order ${trace} placed`, actor_id: "worker/1" }));
        logs.add(line({ msg: `order ${trace} delivered`, actor_id: "worker/1" }));
      }
    };
    for (let at = 0; at < 300; at += 1) second(at);
    const before = usedBytes();
    for (let at = 300; at < 3_600; at += 1) second(at);
    const growth = usedBytes() - before;
    assert.ok(growth < 4_096 * KIB, `${growth} bytes more`);
    assert.equal(logs.last, 3_600 * 200);
    assert.ok(traces.state.bytes <= 256 * KIB && logs.state.bytes <= 256 * KIB);
    assert.ok(traces.state.kept > 0 && traces.state.dropped > 0);
  });
});
