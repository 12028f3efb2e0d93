import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManualClock } from "../../src/testing.ts";

describe("ManualClock", () => {
  it("stands still until it is moved, and moves both of its readings", async () => {
    const clock = new ManualClock();
    const before = [clock.monotonicMs(), clock.epochMs()] as const;

    await clock.advance(1_500);

    const after = [clock.monotonicMs(), clock.epochMs()];
    assert.deepEqual(after, [before[0] + 1_500, before[1] + 1_500]);
  });

  it("fires what falls due, in order of time and then of setting, each at its own time", async () => {
    const clock = new ManualClock();
    const startMs = clock.monotonicMs();
    const fired: [string, number][] = [];
    const fire = (name: string) => () => fired.push([name, clock.monotonicMs() - startMs]);
    clock.schedule(fire("late"), 30);
    clock.schedule(fire("first"), 10);
    clock.schedule(fire("second"), 10);
    clock.schedule(fire("never"), 31);

    await clock.advance(30);

    assert.deepEqual(fired, [
      ["first", 10],
      ["second", 10],
      ["late", 30],
    ]);
    assert.equal(clock.pendingTimers, 1);
  });

  it("fires timers that timers set, within the same move", async () => {
    const clock = new ManualClock();
    let ticks = 0;
    const tick = (): void => {
      ticks += 1;
      clock.schedule(tick, 10);
    };
    tick();

    await clock.advance(100);

    assert.equal(ticks, 11);
  });

  it("lets promises go on between two timers", async () => {
    const clock = new ManualClock();
    const log: string[] = [];
    clock.schedule(() => void Promise.resolve().then(() => log.push("promise")), 10);
    clock.schedule(() => log.push("timer"), 10);

    await clock.advance(10);

    assert.deepEqual(log, ["promise", "timer"]);
  });

  it("forgets what is cancelled; cancelling late or twice does nothing", async () => {
    const clock = new ManualClock();
    const fired: string[] = [];
    const gone = clock.schedule(() => fired.push("gone"), 10);
    const kept = clock.schedule(() => fired.push("kept"), 10);

    gone.cancel();
    gone.cancel();
    await clock.advance(10);
    kept.cancel();

    assert.deepEqual(fired, ["kept"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("takes a delay below zero for none", async () => {
    const clock = new ManualClock();
    const startMs = clock.monotonicMs();
    const firedAtMs: number[] = [];
    clock.schedule(() => firedAtMs.push(clock.monotonicMs()), -5);

    await clock.advance(0);

    assert.deepEqual(firedAtMs, [startMs]);
  });
});
