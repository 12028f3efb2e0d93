import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { trace } from "@opentelemetry/api";
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  type ReadableSpan,
  type Sampler,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace";
import { defineActor } from "../../../src/index.ts";
import { inMemoryTelemetry, ManualClock } from "../../../src/testing.ts";
import { type Kit, startKit } from "../../_support/telemetry-kit.ts";
import {
  assertChildOf,
  assertRoot,
  inCaller,
  inUnsampledTrace,
  spanNamed,
} from "../../_support/telemetry-spans.ts";

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736";

const leaf = defineActor("leaf", {
  handlers: {
    touch(c) {
      c.log.info("touched");
      return trace.getActiveSpan()?.spanContext().traceId;
    },
  },
});

/** An actor that passes every message on to a `leaf`, in all ways there are. */
function branchOver(kit: Kit, tracing: { startsTrace?: boolean; sampleRatio?: number } = {}) {
  const below = kit.system.spawn(leaf);
  const branch = defineActor("branch", {
    tracing,
    handlers: {
      async ask(c) {
        c.log.info("asking");
        return below.ask.touch();
      },
      tell: () => below.tell.touch(),
      task: (c) => c.spawnTask("chore", () => below.ask.touch()).settled,
      note(c) {
        c.self.tell["noted"]?.();
      },
      noted() {},
      timer: (c) => void c.after("alarm", 10, () => {}),
    },
  });
  return kit.system.spawn(branch);
}

function names(spans: readonly ReadableSpan[]): string[] {
  return spans.map((span) => span.name).filter((name) => !/ (start|stop)$/.test(name));
}

/** The ids of the traces that the log lines saying `msg` belong to. */
function loggedTraces({ telemetry }: Kit, msg: string): unknown[] {
  return telemetry
    .logs()
    .filter((line) => line.msg === msg)
    .map((line) => line["trace_id"]);
}

describe("a message of a trace that is not sampled", () => {
  it("gets no span, yet the trace reaches the next actor and the log lines", async () => {
    await using kit = startKit();
    const branch = branchOver(kit);

    const seen = await inUnsampledTrace(TRACE_ID, () => branch.ask.ask());

    assert.equal(seen, TRACE_ID);
    assert.deepEqual(names(kit.telemetry.spans()), []);
    assert.deepEqual(loggedTraces(kit, "asking"), [TRACE_ID]);
    assert.deepEqual(loggedTraces(kit, "touched"), [TRACE_ID]);
  });

  it("passes the decision on through tells and tasks", async () => {
    await using kit = startKit();
    const branch = branchOver(kit);

    await inUnsampledTrace(TRACE_ID, async () => {
      await branch.ask.tell();
      await branch.ask.task();
    });

    assert.deepEqual(names(kit.telemetry.spans()), []);
    assert.deepEqual(loggedTraces(kit, "touched"), [TRACE_ID, TRACE_ID]);
  });

  it("lets a sampler decide that does not follow parents, on `sampleUnsampled`", async () => {
    await using kit = startKit({
      inMemory: { sampler: new AlwaysOnSampler() },
      tracing: { sampleUnsampled: true },
    });
    const branch = branchOver(kit);

    await inUnsampledTrace(TRACE_ID, () => branch.ask.ask());

    const found = names(kit.telemetry.spans()).toSorted();
    assert.deepEqual(found, ["ask branch.ask", "ask leaf.touch", "branch.ask", "leaf.touch"]);
    assert.equal(spanNamed(kit.telemetry, "ask branch.ask").spanContext().traceId, TRACE_ID);
  });

  it("that links instead of joining begins a trace, which is drawn for anew", async () => {
    await using kit = startKit();
    const linking = defineActor("linking", {
      tracing: { tell: "link" },
      handlers: { take: () => {} },
    });
    const target = kit.system.spawn(linking);
    const branch = branchOver(kit);

    await inUnsampledTrace(TRACE_ID, async () => {
      target.tell.take();
      await branch.ask.note();
    });
    await Promise.all([target.stop(), branch.stop()]);

    assert.deepEqual(names(kit.telemetry.spans()), ["linking.take", "branch.noted"]);
    for (const name of ["linking.take", "branch.noted"]) {
      const span = spanNamed(kit.telemetry, name);
      assert.notEqual(span.spanContext().traceId, TRACE_ID);
      assert.equal(span.links[0]?.context.traceId, TRACE_ID);
    }
  });

  it("starts and stops actors without spans", async () => {
    await using kit = startKit();

    await inUnsampledTrace(TRACE_ID, async () => {
      const ref = kit.system.spawn(leaf);
      await ref.whenReady();
      await ref.stop();
    });

    assert.deepEqual(kit.telemetry.spans(), []);
  });
});

describe("rootSampleRatio", () => {
  it("0 records no trace without a parent, but gives each one a trace id", async () => {
    await using kit = startKit({ tracing: { rootSampleRatio: 0 } });
    const branch = branchOver(kit);

    const first = await branch.ask.ask();
    const second = await branch.ask.ask();

    assert.deepEqual(kit.telemetry.spans(), []);
    assert.match(String(first), /^[\da-f]{32}$/);
    assert.notEqual(first, second);
    assert.deepEqual(loggedTraces(kit, "asking"), [first, second]);
    assert.deepEqual(loggedTraces(kit, "touched"), [first, second]);
  });

  it("0 still records what a sampled parent asks for", async () => {
    await using kit = startKit({ tracing: { rootSampleRatio: 0 } });
    const branch = branchOver(kit);

    await inCaller(kit.telemetry, () => branch.ask.ask());

    assertChildOf(spanNamed(kit.telemetry, "ask branch.ask"), spanNamed(kit.telemetry, "caller"));
    spanNamed(kit.telemetry, "leaf.touch");
  });

  it("0 holds for timers, messages to oneself and restarts, which begin traces", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock, tracing: { rootSampleRatio: 0 } });
    const branch = branchOver(kit);

    await inCaller(kit.telemetry, async () => {
      await branch.ask.note();
      await branch.ask.timer();
    });
    await clock.advance(10);
    await branch.stop();

    const { total } = kit.system.deadLetters;
    assert.equal(total, 0);
    const found = names(kit.telemetry.spans());
    assert.equal(found.includes("branch.noted"), false);
    assert.equal(found.includes("branch.alarm"), false);
  });

  it("records whole traces or nothing of them", async () => {
    await using kit = startKit({ tracing: { rootSampleRatio: 0.5 } });
    const branch = branchOver(kit);
    const asks = 200;

    await Promise.all(Array.from({ length: asks }, () => branch.ask.ask()));

    const byTrace = Map.groupBy(
      kit.telemetry.spans().filter((span) => !span.name.endsWith("start")),
      (span) => span.spanContext().traceId,
    );
    assert.ok(byTrace.size > 0 && byTrace.size < asks, `${byTrace.size} of ${asks}`);
    for (const spans of byTrace.values()) assert.equal(spans.length, 4);
  });

  it("only lowers what the SDK's sampler takes", async () => {
    const off = new AlwaysOffSampler();
    await using kit = startKit({ inMemory: { sampler: off }, tracing: { rootSampleRatio: 1 } });
    const branch = branchOver(kit);

    const seen = await branch.ask.ask();

    assert.deepEqual(kit.telemetry.spans(), []);
    assert.deepEqual(loggedTraces(kit, "touched"), [seen]);
  });
});

describe("sampleRatio of a type", () => {
  it("0 records none of the traces the type starts, with all that follows from them", async () => {
    await using kit = startKit();
    const branch = branchOver(kit, { sampleRatio: 0 });

    await branch.ask.ask();

    assert.deepEqual(names(kit.telemetry.spans()), []);
  });

  it("is not asked about messages that have a sampled parent", async () => {
    await using kit = startKit();
    const branch = branchOver(kit, { sampleRatio: 0 });

    await inCaller(kit.telemetry, () => branch.ask.ask());

    assertChildOf(
      spanNamed(kit.telemetry, "branch.ask"),
      spanNamed(kit.telemetry, "ask branch.ask"),
    );
  });

  it("1 does not raise what the SDK's sampler takes", async () => {
    const sampler: Sampler = new TraceIdRatioBasedSampler(0);
    await using kit = startKit({ inMemory: { sampler } });

    await branchOver(kit, { sampleRatio: 1 }).ask.ask();

    assert.deepEqual(kit.telemetry.spans(), []);
  });
});

describe("startsTrace: false", () => {
  it("opens no span for messages, tasks and timers without a trace", async () => {
    const clock = new ManualClock();
    await using kit = startKit({ clock });
    const quiet = defineActor("quiet", {
      tracing: { startsTrace: false },
      handlers: {
        work(c) {
          c.after("alarm", 10, () => {});
          return c.spawnTask("chore", async () => {}).settled;
        },
      },
    });
    const ref = kit.system.spawn(quiet);

    await ref.ask.work();
    ref.tell.work();
    await clock.advance(10);

    assert.deepEqual(names(kit.telemetry.spans()), []);
  });

  it("opens none either where both ends of an ask are such", async () => {
    await using kit = startKit();
    const quiet = defineActor("quiet", {
      tracing: { startsTrace: false },
      handlers: { work: () => 1 },
    });
    const inner = kit.system.spawn(quiet);
    const outer = defineActor("outer", {
      tracing: { startsTrace: false },
      handlers: { work: () => inner.ask.work() },
    });

    await kit.system.spawn(outer).ask.work();

    assert.deepEqual(names(kit.telemetry.spans()), []);
  });

  it("leaves it to the next type whether its messages start one", async () => {
    await using kit = startKit();
    const branch = branchOver(kit, { startsTrace: false });

    await branch.ask.ask();

    assert.deepEqual(names(kit.telemetry.spans()), ["leaf.touch", "ask leaf.touch"]);
    assertRoot(spanNamed(kit.telemetry, "ask leaf.touch"));
  });

  it("does not keep messages out of the trace they come with", async () => {
    await using kit = startKit();
    const branch = branchOver(kit, { startsTrace: false });

    await inCaller(kit.telemetry, () => branch.ask.ask());

    assertChildOf(spanNamed(kit.telemetry, "ask branch.ask"), spanNamed(kit.telemetry, "caller"));
  });
});

describe("tracing: false", () => {
  it("opens no span of limelight's, but the caller's trace travels on", async () => {
    await using kit = startKit({ telemetry: inMemoryTelemetry(), tracing: false });
    const branch = branchOver(kit);

    const seen = await inCaller(kit.telemetry, () => branch.ask.ask());

    assert.deepEqual(names(kit.telemetry.spans()), ["caller"]);
    assert.equal(seen, spanNamed(kit.telemetry, "caller").spanContext().traceId);
    assert.deepEqual(loggedTraces(kit, "touched"), [seen]);
  });
});
