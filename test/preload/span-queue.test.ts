import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TraceFlags } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { Diagnostics } from "../../src/preload/diagnostics.ts";
import type { BatchExporter, BatchReceipt } from "../../src/preload/otlp/batch-export.ts";
import type { QueueLimits } from "../../src/preload/otlp/export-queue.ts";
import { SpanQueue } from "../../src/preload/spans/span-queue.ts";
import { ManualClock } from "../../src/testing.ts";

/** An exporter that answers when the test says so. */
class HeldExporter implements BatchExporter<ReadableSpan> {
  readonly batches: { readonly size: number; readonly settle: (receipt: BatchReceipt) => void }[] =
    [];
  readonly signals: AbortSignal[] = [];
  patience: "patient" | "hurried" = "patient";
  /** Spans that were handed over before the exit. */
  lastWords = 0;

  export(spans: ReadableSpan[], signal: AbortSignal): Promise<BatchReceipt> {
    const { promise, resolve } = Promise.withResolvers<BatchReceipt>();
    this.batches.push({ size: spans.length, settle: resolve });
    this.signals.push(signal);
    return promise;
  }

  exportBeforeExit(spans: ReadableSpan[]): BatchReceipt {
    this.lastWords = spans.length;
    return { failed: 0 };
  }

  beginFlush(): void {
    this.patience = "hurried";
  }

  endFlush(): void {
    this.patience = "patient";
  }

  get sizes(): number[] {
    return this.batches.map((batch) => batch.size);
  }

  /** Answers all batches so far: delivered. */
  deliver(): void {
    for (const batch of this.batches) batch.settle({ failed: 0 });
  }
}

function open(limits: Partial<QueueLimits> = {}) {
  const clock = new ManualClock();
  const exporter = new HeldExporter();
  const lines: string[] = [];
  const diagnostics = new Diagnostics({ clock, write: (line) => lines.push(line) });
  const all = { capacity: 100, batchSize: 10, delayMs: 1_000, exportTimeoutMs: 30_000, ...limits };
  const queue = new SpanQueue({ clock, exporter, limits: all, diagnostics });
  const end = (count: number, traceFlags = TraceFlags.SAMPLED): void => {
    const span = { spanContext: () => ({ traceFlags }) } as unknown as ReadableSpan;
    for (let index = 0; index < count; index += 1) queue.onEnd(span);
  };
  return { queue, clock, exporter, lines, end };
}

function assertBooks(queue: SpanQueue): void {
  const { made, waiting, inFlight, exported, failed, dropped } = queue.counts.totals();
  assert.equal(waiting + inFlight + exported + failed + dropped, made);
  assert.ok([waiting, inFlight, exported, failed, dropped].every((count) => count >= 0));
}

describe("a span queue", () => {
  it("sends what has gathered after the delay", async () => {
    const { exporter, clock, end, queue } = open();
    end(3);
    await clock.advance(999);
    const before = exporter.sizes;
    await clock.advance(1);

    assert.deepEqual([before, exporter.sizes], [[], [3]]);
    exporter.deliver();
    await clock.advance(0);
    assert.equal(queue.counts.exported, 3);
    assertBooks(queue);
  });

  it("sends a full batch without the delay, but not within the span's end", async () => {
    const { exporter, clock, end } = open();
    end(10);
    const within = exporter.sizes;
    await clock.advance(0);
    assert.deepEqual([within, exporter.sizes], [[], [10]]);
  });

  it("has at most four batches under way, and goes on as answers come in", async () => {
    const { exporter, clock, end, queue } = open();
    end(60);
    await clock.advance(10);
    const atOnce = exporter.sizes;
    exporter.batches[2]?.settle({ failed: 0 });
    await clock.advance(10);

    assert.deepEqual(atOnce, [10, 10, 10, 10]);
    assert.deepEqual(exporter.sizes, [10, 10, 10, 10, 10]);
    assert.deepEqual(queue.counts.totals(), {
      made: 60,
      waiting: 10,
      inFlight: 40,
      exported: 10,
      failed: 0,
      dropped: 0,
    });
  });

  it("counts each span that finds it full, and says so", async () => {
    const { exporter, clock, end, queue, lines } = open({ capacity: 20 });
    end(50);
    await clock.advance(10);
    exporter.deliver();
    await clock.advance(10);

    assert.deepEqual([queue.counts.exported, queue.counts.dropped.get("queue_full")], [20, 30]);
    assertBooks(queue);
    const line = JSON.parse(lines[0] ?? "{}");
    assert.deepEqual([line.level, line.spans, line.capacity], [40, 30, 20]);
    assert.match(line.msg, /spans dropped/);
  });

  it("leaves spans alone that are not sampled", async () => {
    const { exporter, clock, end, queue } = open();
    end(10, TraceFlags.NONE);
    await clock.advance(2_000);
    assert.deepEqual([exporter.sizes, queue.counts.made], [[], 0]);
  });

  it("counts what a collector rejects of a batch", async () => {
    const { exporter, clock, end, queue } = open();
    end(10);
    await clock.advance(0);
    exporter.batches[0]?.settle({ failed: 3, errorType: "rejected", message: "too old" });
    await clock.advance(0);
    assert.deepEqual([queue.counts.exported, queue.counts.failed.get("rejected")], [7, 3]);
  });

  it("counts a batch as failed whose exporter throws", async () => {
    const { exporter, clock, end, queue } = open();
    exporter.export = () => {
      throw new TypeError("cannot encode");
    };
    end(10);
    await clock.advance(0);
    assert.equal(queue.counts.failed.get("TypeError"), 10);
    assertBooks(queue);
  });

  it("waits no longer for an answer than the export time-out", async () => {
    const { exporter, clock, end, queue } = open({ exportTimeoutMs: 500 });
    end(10);
    await clock.advance(499);
    const before = queue.counts.totals().inFlight;
    await clock.advance(1);
    assert.deepEqual([before, queue.counts.failed.get("timeout")], [10, 10]);
    assert.equal(exporter.signals[0]?.aborted, true);
  });
});

describe("forceFlush of a span queue", () => {
  it("sends what waits in batches, returns with the last answer, and hurries only meanwhile", async () => {
    const { exporter, clock, end, queue } = open();
    end(25);
    let flushed = false;
    const flush = queue.forceFlush().then(() => {
      flushed = true;
    });
    await clock.advance(0);
    const [early, patience] = [flushed, exporter.patience];
    exporter.deliver();
    await flush;

    assert.deepEqual([early, patience, exporter.patience], [false, "hurried", "patient"]);
    assert.deepEqual(exporter.sizes, [10, 10, 5]);
    assert.equal(queue.counts.exported, 25);
  });

  it("does not wait for spans that end meanwhile", async () => {
    const { exporter, clock, end, queue } = open();
    end(5);
    const flush = queue.forceFlush();
    end(5);
    exporter.deliver();
    await flush;
    await clock.advance(0);
    assert.deepEqual(queue.counts.totals().waiting, 5);
  });

  it("of an empty queue returns at once", async () => {
    await open().queue.forceFlush();
  });
});

describe("closing a span queue", () => {
  it("flushes, then counts later spans as dropped", async () => {
    const { exporter, clock, end, queue } = open();
    end(5);
    const closed = queue.close(2_000);
    await clock.advance(0);
    exporter.deliver();
    await closed;
    end(2);
    await clock.advance(5_000);

    assert.deepEqual(exporter.sizes, [5]);
    assert.equal(queue.counts.dropped.get("already_shutdown"), 2);
    assertBooks(queue);
  });

  it("gives up at the deadline, and counts what waits and what is under way", async () => {
    const { exporter, clock, end, queue, lines } = open();
    end(60);
    const closed = queue.close(2_000);
    await clock.advance(2_000);
    await closed;

    assert.equal(queue.counts.failed.get("shutdown_deadline"), 40);
    assert.equal(queue.counts.dropped.get("shutdown_deadline"), 20);
    assert.ok(exporter.signals.every((signal) => signal.aborted));
    assertBooks(queue);
    assert.match(lines.join(""), /"waiting":20,"in_flight":40.*spans lost at shutdown/);
  });

  it("twice is once", async () => {
    const { queue } = open();
    assert.equal(queue.close(1), queue.close(2));
    await queue.shutdown();
  });

  it("leaves no timer behind", async () => {
    const { exporter, clock, end, queue } = open();
    end(5);
    const closed = queue.close(2_000);
    await clock.advance(0);
    exporter.deliver();
    await closed;
    assert.equal(clock.pendingTimers, 0);
  });
});
