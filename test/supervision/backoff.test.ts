import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { backoffDelayMs, nextAttempt } from "../../src/supervision/backoff.ts";

const steady = { initialMs: 100, factor: 2, maxMs: 1_000, jitter: 0 };

describe("backoffDelayMs", () => {
  it("grows by the factor up to the longest delay", () => {
    const delays = [1, 2, 3, 4, 5, 6, 2_000].map((attempt) => backoffDelayMs(steady, attempt, 0.7));

    assert.deepEqual(delays, [100, 200, 400, 800, 1_000, 1_000, 1_000]);
  });

  it("takes up to the jitter's share off, by luck", () => {
    const delays = [0, 0.5, 1].map((luck) => backoffDelayMs({ ...steady, jitter: 0.5 }, 1, luck));

    assert.deepEqual(delays, [100, 75, 50]);
  });

  it("is never negative, never above the longest, and never shrinks from one attempt to the next", () => {
    const drawn = fc.record({
      initialMs: fc.integer({ min: 1, max: 1_000 }),
      factor: fc.double({ min: 1, max: 100, noNaN: true }),
      extraMs: fc.integer({ min: 0, max: 100_000 }),
      jitter: fc.double({ min: 0, max: 1, noNaN: true }),
      attempt: fc.integer({ min: 1, max: 10_000 }),
      luck: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(drawn, ({ initialMs, factor, extraMs, jitter, attempt, luck }) => {
        const backoff = { initialMs, factor, maxMs: initialMs + extraMs, jitter };

        const delayMs = backoffDelayMs(backoff, attempt, luck);

        assert.ok(delayMs >= 0 && delayMs <= backoff.maxMs, `${delayMs}`);
        assert.ok(backoffDelayMs(backoff, attempt + 1, luck) >= delayMs);
      }),
    );
  });
});

describe("nextAttempt", () => {
  it("counts on while lives are short, and begins anew after one that outlasted the longest delay", () => {
    const attempts = [0, 1_000, 1_000.5].map((livedMs) => nextAttempt(steady, 7, livedMs));

    assert.deepEqual(attempts, [8, 8, 1]);
  });
});
