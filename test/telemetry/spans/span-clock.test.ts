import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { HrTime } from "@opentelemetry/api";
import type { Clock } from "../../../src/base/clock.ts";
import {
  anchoredHrTime,
  durationOf,
  hrTimeOf,
  SpanClock,
} from "../../../src/telemetry/spans/span-clock.ts";

const SECOND = 1_700_000_000;
/** Where the wall clock stands: it tells whole milliseconds only. */
const NOW_MS = SECOND * 1_000 + 7;

/** A wall clock and a monotonic clock that are moved by hand. */
class TwoClocks implements Clock {
  wallMs = NOW_MS;
  runMs = 5_000;

  monotonicMs(): number {
    return this.runMs;
  }

  epochMs(): number {
    return Math.floor(this.wallMs);
  }

  schedule(): never {
    throw new Error("spans set no timers");
  }

  pass(ms: number): void {
    this.wallMs += ms;
    this.runMs += ms;
  }
}

function open() {
  const clocks = new TwoClocks();
  const clock = new SpanClock(clocks);
  const start = (): HrTime => {
    const nowMs = clock.nowMs();
    return anchoredHrTime(clock.offsetMs(nowMs), nowMs);
  };
  return { clocks, start };
}

describe("the clock of spans", () => {
  it("gives spans of the same millisecond the order in which they started", () => {
    const { clocks, start } = open();

    const first = start();
    clocks.pass(0.25);
    const second = start();
    clocks.pass(0.5);
    const third = start();

    assert.deepEqual(
      [first, second, third],
      [
        [SECOND, 7_000_000],
        [SECOND, 7_250_000],
        [SECOND, 7_750_000],
      ],
    );
  });

  it("learns how much the wall clock leaves out, and never goes back for that", () => {
    const { clocks, start } = open();
    clocks.wallMs += 0.75; // told as 7 ms
    const first = start();
    clocks.pass(1_000.25); // now it tells the whole truth

    const later = start();

    assert.deepEqual(first, [SECOND, 7_000_000]);
    assert.deepEqual(later, [SECOND + 1, 8_000_000]);
    assert.equal(durationOf(first, later)[0] >= 0, true);
  });

  it("follows the wall clock within a second when that is set, forward and back", () => {
    const { clocks, start } = open();
    start();

    clocks.wallMs += 60_000;
    clocks.pass(1_000);
    const forward = start();
    clocks.wallMs -= 120_000;
    clocks.pass(1_000);
    const back = start();

    assert.deepEqual(forward, [SECOND + 61, 7_000_000]);
    assert.deepEqual(back, [SECOND - 58, 7_000_000]);
  });

  it("carries nanoseconds over", () => {
    assert.deepEqual(hrTimeOf(999.999_999_9), [1, 0]);
    assert.deepEqual(anchoredHrTime(1_999, 2.5), [2, 1_500_000]);
    assert.deepEqual(durationOf([1, 900_000_000], [2, 100_000_000]), [0, 200_000_000]);
  });
});
