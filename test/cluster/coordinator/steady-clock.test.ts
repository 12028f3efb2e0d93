import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { KeepAlive } from "../../../src/base/clock.ts";
import { SteadyClock } from "../../../src/base/steady-clock.ts";
import { ManualClock } from "../../../src/testing.ts";

/** A clock whose wall time can be set. */
class SettableClock extends ManualClock {
  offsetMs = 0;

  override epochMs(): number {
    return super.epochMs() + this.offsetMs;
  }
}

describe("SteadyClock", () => {
  it("goes on from the wall time at its beginning, regardless of what becomes of that", async () => {
    const clock = new SettableClock();
    clock.offsetMs = 500;
    const beganMs = clock.epochMs();
    const steady = new SteadyClock(clock);
    const fired: string[] = [];
    steady.schedule(() => fired.push("fired"), 1_000, KeepAlive.No);

    clock.offsetMs = -3_600_000;
    await clock.advance(1_000);

    assert.equal(steady.epochMs(), beganMs + 1_000);
    assert.equal(steady.monotonicMs(), clock.monotonicMs());
    assert.equal(steady.exact, true);
    assert.deepEqual(fired, ["fired"]);
  });
});
