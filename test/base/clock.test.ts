import assert from "node:assert/strict";
import { describe, it, mock } from "node:test";

// Loaded under fake timers, it takes those there are when a timer is set, which is how a test can move it.
mock.timers.enable({ apis: ["setTimeout"] });
const { KeepAlive, systemClock } = await import("../../src/base/clock.ts");
mock.timers.reset();

const DAY_MS = 86_400_000;
/** What Node's own timers can take. */
const NODE_LIMIT_MS = 2 ** 31 - 1;

describe("the machine's clock", () => {
  it("fires a timer once its delay is over", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const fired = t.mock.fn();
    systemClock.schedule(fired, 100, KeepAlive.Yes);

    t.mock.timers.tick(99);
    assert.equal(fired.mock.callCount(), 0);
    t.mock.timers.tick(1);

    assert.equal(fired.mock.callCount(), 1);
  });

  it("fires no timer early, even one of half a year", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const fired = t.mock.fn();
    systemClock.schedule(fired, 180 * DAY_MS, KeepAlive.Yes);

    for (let leftMs = 180 * DAY_MS - 1; leftMs > 0; leftMs -= NODE_LIMIT_MS) {
      t.mock.timers.tick(Math.min(leftMs, NODE_LIMIT_MS));
    }
    assert.equal(fired.mock.callCount(), 0);
    t.mock.timers.tick(1);

    assert.equal(fired.mock.callCount(), 1);
  });

  it("never fires a timer that was cancelled, not even between its parts", (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const fired = t.mock.fn();
    const timer = systemClock.schedule(fired, NODE_LIMIT_MS + 1_000, KeepAlive.No);
    t.mock.timers.tick(NODE_LIMIT_MS);

    timer.cancel();
    timer.cancel();
    t.mock.timers.tick(NODE_LIMIT_MS);

    assert.equal(fired.mock.callCount(), 0);
  });

  it("tells monotonic time that only grows, and wall-clock time of this age", () => {
    const first = systemClock.monotonicMs();

    const second = systemClock.monotonicMs();

    assert.ok(second >= first);
    assert.ok(systemClock.epochMs() > Date.UTC(2025, 0, 1));
  });
});
