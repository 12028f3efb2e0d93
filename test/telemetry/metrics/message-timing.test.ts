import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { MessageTiming } from "../../../src/telemetry/metrics/message-timing.ts";

/** What the source says: the largest distance between two timed messages. */
const MAX_INTERVAL = 128;

interface Traffic {
  readonly messages: number;
  readonly apartMs: number;
  readonly fromMs?: number;
  /** Whether each time costs a call into an SDK. */
  readonly dearly?: boolean;
}

/** Sends messages and tells which of them were timed. */
function timedOf(timing: MessageTiming, traffic: Traffic): number[] {
  const { messages, apartMs, fromMs = 1_000, dearly = false } = traffic;
  const timed: number[] = [];
  for (let message = 0; message < messages; message += 1) {
    if (!timing.due()) continue;
    timing.timedAt(fromMs + message * apartMs, dearly);
    timed.push(message);
  }
  return timed;
}

function largestGap(timed: readonly number[]): number {
  return Math.max(...timed.slice(1).map((message, before) => message - timed[before]!));
}

describe("MessageTiming", () => {
  it("times every message of a quiet series", () => {
    assert.equal(timedOf(new MessageTiming(), { messages: 1_000, apartMs: 0.1 }).length, 1_000);
  });

  it("times one in many of a busy series, and never leaves out more than it says", () => {
    const timed = timedOf(new MessageTiming(), { messages: 100_000, apartMs: 0.000_05 });

    assert.ok(timed.length < 2_000, `${timed.length} of 100,000`);
    assert.ok(largestGap(timed) <= MAX_INTERVAL);
  });

  it("times the fewer the faster messages come", () => {
    const shares = [0.02, 0.004, 0.000_8, 0.000_1].map(
      (apartMs) => timedOf(new MessageTiming(), { messages: 20_000, apartMs }).length,
    );

    assert.deepEqual(
      shares,
      shares.toSorted((a, b) => b - a),
    );
    assert.equal(shares[0], 20_000);
    assert.ok(shares.at(-1)! < 500);
  });

  it("times fewer where each time costs a call into an SDK", () => {
    const cheaply = timedOf(new MessageTiming(), { messages: 20_000, apartMs: 0.004 });
    const dearly = timedOf(new MessageTiming(), { messages: 20_000, apartMs: 0.004, dearly: true });

    assert.ok(dearly.length < cheaply.length);
    assert.ok(largestGap(dearly) <= MAX_INTERVAL);
  });

  it("times every message again once a burst is over", () => {
    const timing = new MessageTiming();
    timedOf(timing, { messages: 10_000, apartMs: 0.000_01 });

    const timed = timedOf(timing, { messages: 1_000, apartMs: 1, fromMs: 5_000 });

    assert.ok(timed[0]! < MAX_INTERVAL);
    assert.equal(timed.length, 1_000 - timed[0]!);
  });

  it("times the first message, and goes on where a clock stands still or goes back", () => {
    const anyTimes = fc.array(fc.double({ min: 0, max: 1e12, noNaN: true }), { maxLength: 200 });
    fc.assert(
      fc.property(anyTimes, fc.boolean(), (times, dearly) => {
        const timing = new MessageTiming();
        let untimed = 0;
        for (const [message, nowMs] of times.entries()) {
          const due = timing.due();
          if (message === 0) assert.ok(due);
          untimed = due ? 0 : untimed + 1;
          assert.ok(untimed < MAX_INTERVAL);
          if (due) timing.timedAt(nowMs, dearly);
        }
      }),
    );
  });
});
