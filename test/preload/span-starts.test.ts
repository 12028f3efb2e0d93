import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { HrTime } from "@opentelemetry/api";
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type Span,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { SpanStarts } from "../../src/preload/spans/span-starts.ts";

const SECOND = 1_700_000_000;
/** Where the wall clock stands. */
const NOW_MS = SECOND * 1_000 + 7;
const LAST_NS_OF_A_MS = 999_999;

/** The real SDK, by a wall clock and a monotonic clock that are moved by hand. */
function open({ mock }: TestContext) {
  mock.timers.enable({ apis: ["Date"], now: NOW_MS });
  let monotonicMs = 5_000;
  mock.method(performance, "now", () => monotonicMs);
  const starts = new SpanStarts();
  const exporter = new InMemorySpanExporter();
  const spanProcessors = [starts, new SimpleSpanProcessor({ exporter })];
  const tracer = new TracerProvider({ spanProcessors }).getTracer("test");
  const startTime = (): HrTime => {
    tracer.startSpan("any").end();
    return exporter.getFinishedSpans().at(-1)?.startTime ?? [0, 0];
  };
  const pass = (ms: number): void => {
    monotonicMs += ms;
  };
  const setWallClock = (ms: number): void => mock.timers.setTime(ms);
  return { starts, exporter, tracer, startTime, pass, setWallClock };
}

/** Seconds and microseconds: the clocks' difference is a large number, which costs it the nanoseconds. */
function rounded([seconds, ns]: HrTime): HrTime {
  return [seconds, Math.round(ns / 1_000)];
}

describe("SpanStarts, in front of the SDK's own processor", () => {
  it("gives spans of the same millisecond the order in which they started", (t) => {
    const { startTime, pass } = open(t);

    const first = startTime();
    pass(0.25);
    const second = startTime();
    pass(0.5);
    const third = startTime();

    assert.deepEqual([first, second, third].map(rounded), [
      [SECOND, 7_000],
      [SECOND, 7_250],
      [SECOND, 7_750],
    ]);
  });

  it("keeps a start within its millisecond, however far the monotonic clock is", (t) => {
    const { startTime, pass } = open(t);

    startTime();
    pass(40);

    assert.deepEqual(startTime(), [SECOND, 7_000_000 + LAST_NS_OF_A_MS]);
  });

  it("follows the wall clock when that is set, forward and back", (t) => {
    const { startTime, pass, setWallClock } = open(t);
    startTime();

    setWallClock(NOW_MS + 60_000);
    const forward = startTime();
    pass(0.125);
    const after = startTime();
    setWallClock(NOW_MS - 1);
    const back = startTime();
    setWallClock(NOW_MS + 1);
    pass(1);
    const later = startTime();

    assert.deepEqual([forward, after, later].map(rounded), [
      [SECOND + 60, 7_000],
      [SECOND + 60, 7_125],
      [SECOND, 8_000],
    ]);
    assert.deepEqual(back, [SECOND, 6_000_000 + LAST_NS_OF_A_MS]);
  });

  it("has events and ends measured from the start", (t) => {
    const { startTime, tracer, exporter, pass } = open(t);
    startTime();
    pass(0.5);

    const span = tracer.startSpan("with an event");
    pass(3);
    span.addEvent("something");
    pass(2);
    span.end();

    const [, ended] = exporter.getFinishedSpans();
    assert.deepEqual(
      [ended?.startTime, ended?.events[0]?.time, ended?.endTime].map((time) =>
        rounded(time ?? [0, 0]),
      ),
      [
        [SECOND, 7_500],
        [SECOND, 10_500],
        [SECOND, 12_500],
      ],
    );
    assert.deepEqual(ended?.duration, [0, 5_000_000]);
  });

  it("leaves a start alone that was given, and spans of an SDK that keeps no more than that", (t) => {
    const { starts, startTime, tracer, exporter, pass } = open(t);
    startTime();
    pass(0.5);

    tracer.startSpan("given", { startTime: NOW_MS }).end();
    const foreign = { startTime: [SECOND, 7_000_000] satisfies HrTime };
    starts.onStart(foreign as unknown as Span);

    assert.deepEqual(exporter.getFinishedSpans()[1]?.startTime, [SECOND, 7_000_000]);
    assert.deepEqual(foreign.startTime, [SECOND, 7_000_000]);
  });
});
