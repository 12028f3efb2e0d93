import type { HrTime } from "@opentelemetry/api";
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace";

const NS_PER_MS = 1_000_000;

/** Fields of a span's start that the SDK keeps beyond its public types. */
interface StartedSpan {
  readonly startTime: HrTime;
  readonly _startTimeProvided?: boolean;
  /** The wall clock, truncated to whole milliseconds, minus the monotonic clock, in milliseconds. */
  readonly _performanceOffset?: number;
}

/**
 * Orders the start times of spans that start in the same millisecond.
 *
 * The SDK starts a span on a whole millisecond of the wall clock, so a request and its calls often have the
 * same start, and a viewer that takes a trace's earliest span for its root picks any of them.
 *
 * A start stays within its millisecond: the truncated part is added to it. That part is estimated: the
 * largest difference between the two clocks seen so far is the one with the least truncation.
 *
 * The SDK measures ends and events from the start, so durations stay exact. An explicit start time is not
 * changed, because the SDK ends such spans by the wall clock. Spans of an SDK without these fields keep their
 * milliseconds.
 */
export class SpanStarts implements SpanProcessor {
  #differenceMs = Number.NEGATIVE_INFINITY;

  onStart(span: Span): void {
    const started = span as StartedSpan;
    const { startTime, _performanceOffset: differenceMs } = started;
    if (started._startTimeProvided !== false || differenceMs === undefined) return;
    const partMs = this.#differenceMs - differenceMs;
    if (partMs >= 0 && partMs < 1) {
      startTime[1] += Math.floor(partMs * NS_PER_MS);
    } else if (partMs >= 1) {
      // The wall clock was set back or slowed down.
      this.#differenceMs = differenceMs + 1;
      startTime[1] += NS_PER_MS - 1;
    } else {
      this.#differenceMs = differenceMs;
    }
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {}
}
