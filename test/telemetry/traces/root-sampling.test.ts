import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { isSpanContextValid, ROOT_CONTEXT, TraceFlags } from "@opentelemetry/api";
import { type Sampler, SamplingDecision } from "@opentelemetry/sdk-trace";
import { defineActor } from "../../../src/index.ts";
import { DECIDED_KEY, markDecided } from "../../../src/telemetry/context/decided.ts";
import { UnsampledSpan } from "../../../src/telemetry/context/unsampled-span.ts";
import { rootRatio, setSdkRootRatio } from "../../../src/telemetry/traces/root-sampling.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { until } from "../../_support/telemetry-until.ts";

afterEach(() => setSdkRootRatio(undefined));

describe("UnsampledSpan", () => {
  it("has a valid context of its own that says not sampled, the same each time", () => {
    const [one, two] = [new UnsampledSpan(), new UnsampledSpan()];

    assert.equal(isSpanContextValid(one.spanContext()), true);
    assert.equal(one.spanContext().traceFlags, TraceFlags.NONE);
    assert.equal(one.spanContext(), one.spanContext());
    assert.notEqual(one.spanContext().traceId, two.spanContext().traceId);
  });

  it("takes all a span takes and records nothing", () => {
    const span = new UnsampledSpan();

    span.setAttribute().setAttributes().addEvent().addLink().addLinks().setStatus().updateName();
    span.recordException();
    span.end();

    assert.equal(span.isRecording(), false);
  });

  it("makes ids of 32 and 16 hex digits, however often", () => {
    for (let made = 0; made < 1_000; made += 1) {
      const { traceId, spanId } = new UnsampledSpan().spanContext();
      assert.match(traceId, /^[\da-f]{32}$/);
      assert.match(spanId, /^[\da-f]{16}$/);
    }
  });
});

describe("the ratio of roots", () => {
  it("is the smaller of the SDK's and one's own", () => {
    assert.equal(rootRatio(undefined), 1);
    assert.equal(rootRatio(0.5), 0.5);
    setSdkRootRatio(0.2);
    assert.equal(rootRatio(undefined), 0.2);
    assert.equal(rootRatio(0.5), 0.2);
    assert.equal(rootRatio(0.1), 0.1);
  });
});

/** Takes what limelight has decided on, and would refuse everything else. */
class DecidedSampler implements Sampler {
  readonly asked: boolean[] = [];

  shouldSample(
    ...[context]: Parameters<Sampler["shouldSample"]>
  ): ReturnType<Sampler["shouldSample"]> {
    const decided = context.getValue(DECIDED_KEY) === true;
    this.asked.push(decided);
    return {
      decision: decided ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
    };
  }
}

describe("the mark of a decision", () => {
  it("is on the context it was put on alone", () => {
    assert.equal(markDecided(ROOT_CONTEXT).getValue(DECIDED_KEY), true);
    assert.equal(ROOT_CONTEXT.getValue(DECIDED_KEY), undefined);
  });

  it("tells a sampler that knows it of roots limelight has drawn, and of nothing else", async () => {
    const sampler = new DecidedSampler();
    setSdkRootRatio(0.999_999_999);
    await using kit = startKit({ inMemory: { sampler } });
    const worker = defineActor("worker", {
      tracing: { tell: "link" },
      handlers: {
        work(c) {
          c.self.tell["again"]?.();
        },
        again() {},
      },
    });
    const ref = kit.system.spawn(worker);

    await ref.ask.work();
    ref.tell.again();
    await ref.stop();
    await until(() => kit.telemetry.spansNamed("worker stop").length === 1, "the stop's span");

    // Roots: start, ask, two tells, stop. Not a root: the handler of the ask.
    const roots = kit.telemetry.spans().filter((span) => span.parentSpanContext === undefined);
    assert.deepEqual(roots.map(({ name }) => name).toSorted(), [
      "ask worker.work",
      "worker start",
      "worker stop",
      "worker.again",
      "worker.again",
    ]);
    assert.deepEqual(
      sampler.asked.filter((decided) => !decided),
      [false],
    );
  });

  it("is not made where there is nothing to decide", async () => {
    const sampler = new DecidedSampler();
    await using kit = startKit({ inMemory: { sampler } });
    const worker = defineActor("worker", { handlers: { work() {} } });

    await kit.system.spawn(worker).ask.work();

    assert.equal(sampler.asked.includes(true), false);
  });
});
