import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { TimerWheel } from "../../src/base/timer-wheel.ts";
import {
  BlockableClock,
  ModelledWheel,
  Recorder,
  TickingClock,
} from "../_support/actor-wheel-model.ts";

const TICK_MS = 10;

/** Short and long delays; one turn of the wheel is 5,120 ms. */
const delayMs = fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 12_000 }));

const timely = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("add"), value: delayMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove"), value: fc.nat() }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant("pass"), value: fc.integer({ min: 0, max: 900 }) }),
  },
);

const blocked = fc.record({
  do: fc.constantFrom("add", "remove", "block", "turn"),
  value: fc.integer({ min: 0, max: 300 }),
});

describe("the timer wheel", () => {
  it("agrees with a list: never early, at most two ticks late, unless removed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(timely, { maxLength: 40 }), async (operations) => {
        const clock = new TickingClock();
        const wheel = new ModelledWheel(clock);

        for (const operation of operations) {
          wheel.change(operation.do, operation.value);
          if (operation.do === "pass") await clock.advance(operation.value);
          wheel.expectAgreement(2 * TICK_MS);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("is never early, however long the event loop was blocked and whenever it was", () => {
    fc.assert(
      fc.property(fc.array(blocked, { maxLength: 60 }), (operations) => {
        const clock = new BlockableClock();
        const wheel = new ModelledWheel(clock);

        for (const operation of operations) {
          wheel.change(operation.do, operation.value);
          if (operation.do === "block") clock.block(operation.value);
          if (operation.do === "turn") clock.turn();
          wheel.expectAgreement(Number.POSITIVE_INFINITY);
        }
        clock.turnUntilRest();

        wheel.expectAgreement(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 500 },
    );
  });

  it("counts a block of the event loop as a few ticks, so that replies still have a chance", () => {
    const clock = new BlockableClock();
    const wheel = new TimerWheel(clock);
    const entry = new Recorder(clock);
    wheel.add(entry, 500);
    clock.turn();

    clock.block(60_000);
    clock.turn();

    assert.equal(entry.expiries, 0);
  });

  it("runs its timer only while it has entries, and one tick more", async () => {
    const clock = new TickingClock();
    const wheel = new TimerWheel(clock);
    const entry = new Recorder(clock);
    assert.equal(clock.pendingTimers, 0);
    wheel.add(entry, 1_000);
    assert.equal(clock.pendingTimers, 1);

    wheel.remove(entry);
    await clock.advance(TICK_MS);

    assert.equal(clock.pendingTimers, 0);
  });

  it("starts again after it has come to rest", async () => {
    const clock = new TickingClock();
    const wheel = new ModelledWheel(clock);
    wheel.add(10);
    await clock.advance(10_000);

    wheel.add(100);
    await clock.advance(1_000);

    wheel.expectAgreement(2 * TICK_MS);
    assert.equal(clock.pendingTimers, 0);
  });

  it("lets an expiry remove its neighbours and add further entries", async () => {
    const clock = new TickingClock();
    const wheel = new TimerWheel(clock);
    const [second, third, last, added] = Array.from({ length: 4 }, () => new Recorder(clock));
    assert.ok(second && third && last && added);
    const first = new Recorder(clock, () => {
      wheel.remove(second);
      wheel.remove(third);
      wheel.add(added, 0);
    });
    for (const entry of [first, second, third, last]) void wheel.add(entry, 50);

    await clock.advance(1_000);

    const expiries = [first, second, third, last, added].map((entry) => entry.expiries);
    assert.deepEqual(expiries, [1, 0, 0, 1, 1]);
    assert.equal(wheel.size, 0);
  });

  it("goes on when an expiry throws", async () => {
    const clock = new TickingClock();
    const wheel = new TimerWheel(clock);
    const after = new Recorder(clock);
    wheel.add(new Recorder(clock, () => assert.fail("oops")), 10);
    wheel.add(after, 200);
    await assert.rejects(clock.advance(100), /oops/);

    await clock.advance(1_000);

    assert.equal(after.expiries, 1);
  });

  it("does nothing when an entry that is not on it is removed", () => {
    const wheel = new TimerWheel(new TickingClock());

    wheel.remove(new Recorder(new TickingClock()));

    assert.equal(wheel.size, 0);
  });

  it("shows each pending entry with the time it has left, to within two ticks", async () => {
    const clock = new TickingClock();
    const wheel = new TimerWheel(clock);
    const [soon, late, gone] = [new Recorder(clock), new Recorder(clock), new Recorder(clock)];
    wheel.add(soon, 300);
    wheel.add(late, 9_000);
    wheel.add(gone, 50);
    await clock.advance(100);
    const fresh = new Recorder(clock);
    wheel.add(fresh, 70);

    const seen = new Map<unknown, number>();
    wheel.visitAll((entry, leftMs) => seen.set(entry, leftMs));

    assert.deepEqual(new Set(seen.keys()), new Set([soon, late, fresh]));
    for (const [entry, leftMs] of [
      [soon, 200] as const,
      [late, 8_900] as const,
      [fresh, 70] as const,
    ]) {
      const seenMs = seen.get(entry) ?? 0;
      assert.ok(Math.abs(seenMs - leftMs) <= 2 * TICK_MS, `${seenMs} instead of ${leftMs}`);
    }
    for (const entry of [soon, late, fresh]) wheel.remove(entry);
  });
});
