import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type IdlePlace, IdleQueue } from "../../../src/activation/awake/idle-queue.ts";
import { requireRuntime } from "../../../src/actor/system/create-runtime.ts";
import { type ActorSystem, defineActor, StopReason } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { sleeperOf, startSleeper } from "../../_support/awake-kind.ts";
import { startKit } from "../../_support/telemetry-kit.ts";

const worker = defineActor("worker", {
  handlers: { noop() {}, wait: (_c, until: Promise<void>) => until },
});

/** A queue, with a clock of its own, to which the actors of `system` are added as they become idle. */
function startQueue(
  system: ActorSystem,
  idleMs: number,
  clock: ManualClock,
): { queue: IdleQueue; slept: string[]; held: string[] } {
  const runtime = requireRuntime(system);
  const [slept, held]: [string[], string[]] = [[], []];
  const nameOf = ({ cell }: IdlePlace): string => cell.extrasIfAny?.name ?? "";
  const queue = new IdleQueue(clock, {
    sleep(place) {
      slept.push(nameOf(place));
      place.cell.drainAndStop(StopReason.Idle);
    },
    held: (place) => held.push(nameOf(place)),
  });
  runtime.hooks.idle.add((cell) => queue.touch(sleeperOf(cell).place, idleMs));
  runtime.hooks.stopped.add((cell) => queue.remove(sleeperOf(cell).place));
  return { queue, slept, held };
}

describe("the idle queue", () => {
  it("puts an actor to sleep when it was idle for `idleMs` without a break", async () => {
    const clock = new ManualClock();
    await using kit = startKit();
    const { slept } = startQueue(kit.system, 1_000, clock);
    const { ref, cell } = startSleeper(kit.system, worker);
    cell.ensureExtras().name = "a";

    await ref.ask.noop();
    await clock.advance(900);
    await ref.ask.noop();
    await clock.advance(999);
    const before = [...slept];
    await clock.advance(1);

    assert.deepEqual(before, []);
    assert.deepEqual(slept, ["a"]);
    assert.equal(cell.stopReason, StopReason.Idle);
    assert.equal(clock.backgroundTimers, 0);
  });

  it("sets its timer once, also where the times have fractions that are rounded", async () => {
    for (const offsetMs of [140.0678578386714, 0.1, 0.7, 33.3]) {
      const clock = new ManualClock();
      await using kit = startKit();
      const { slept } = startQueue(kit.system, 1_000, clock);
      const { ref, cell } = startSleeper(kit.system, worker);
      cell.ensureExtras().name = "a";
      await clock.advance(offsetMs);

      await ref.ask.noop();
      await clock.advance(1_000);

      assert.deepEqual(slept, ["a"], `${offsetMs}`);
    }
  });

  it("has one timer for all actors with the same `idleMs`, which sleep in the order in which they became idle", async () => {
    const clock = new ManualClock();
    await using kit = startKit();
    const { slept } = startQueue(kit.system, 1_000, clock);
    const actors = ["a", "b", "c"].map((name) => {
      const actor = startSleeper(kit.system, worker);
      actor.cell.ensureExtras().name = name;
      return actor;
    });
    for (const { ref } of actors) await ref.ask.noop();
    const timers = clock.backgroundTimers;

    await clock.advance(500);
    await actors[0]?.ref.ask.noop();
    const again = clock.backgroundTimers;
    await clock.advance(500);
    const atOnce = [...slept];
    await clock.advance(500);

    assert.deepEqual([timers, again], [1, 1]);
    assert.deepEqual(atOnce, ["b", "c"]);
    assert.deepEqual(slept, ["b", "c", "a"]);
  });

  it("lets one that works when its time has passed enter again", async () => {
    const clock = new ManualClock();
    await using kit = startKit();
    const { slept, held } = startQueue(kit.system, 1_000, clock);
    const { ref, cell } = startSleeper(kit.system, worker);
    cell.ensureExtras().name = "a";
    await ref.ask.noop();
    const { promise, resolve } = Promise.withResolvers<void>();
    const asked = ref.with({ timeoutMs: 60_000 }).ask.wait(promise);

    await clock.advance(5_000);
    const during = [...slept];
    resolve();
    await asked;
    await clock.advance(999);
    const before = [...slept];
    await clock.advance(1);

    assert.deepEqual([during, before, slept], [[], [], ["a"]]);
    assert.deepEqual(held, []);
  });

  it("reports one that is only held, each `idleMs`, and puts it to sleep `idleMs` after the release", async () => {
    const clock = new ManualClock();
    await using kit = startKit();
    const { queue, slept, held } = startQueue(kit.system, 1_000, clock);
    const { ref, cell, holds, place } = startSleeper(kit.system, worker);
    cell.ensureExtras().name = "a";
    await ref.ask.noop();
    const hold = holds.take("internal", "test");
    queue.touch(place, 1_000);

    await clock.advance(2_500);
    const during = [...held];
    hold.release();
    await clock.advance(999);
    const before = [...slept];
    await clock.advance(1);

    assert.deepEqual(during, ["a", "a"]);
    assert.deepEqual([before, slept], [[], ["a"]]);
  });

  it("finds the one that has been idle for the longest time, over all of its lists", async () => {
    const clock = new ManualClock();
    await using kit = startKit();
    const { queue } = startQueue(kit.system, 60_000, clock);
    const [first, second, third] = [0, 1, 2].map(() => startSleeper(kit.system, worker));
    queue.touch(first!.place, Number.POSITIVE_INFINITY);
    for (const actor of [second!, third!, first!]) {
      await clock.advance(1);
      await actor.ref.ask.noop();
    }
    const longest = queue.longestIdle();
    second!.holds.take("internal", undefined);
    const next = queue.longestIdle();
    await third!.ref.stop();
    const last = queue.longestIdle();
    await first!.ref.stop();

    assert.equal(longest, second!.place);
    assert.equal(next, third!.place);
    assert.equal(last, first!.place, "it sleeps never by itself, but may be evicted");
    assert.equal(queue.longestIdle(), undefined);
  });

  it("has no timers and puts nothing to sleep after its end", async () => {
    const clock = new ManualClock();
    await using kit = startKit();
    const { queue, slept } = startQueue(kit.system, 1_000, clock);
    const { ref } = startSleeper(kit.system, worker);
    await ref.ask.noop();

    queue.close();
    await ref.ask.noop();
    const timers = clock.backgroundTimers;
    await clock.advance(10_000);

    assert.deepEqual(slept, []);
    assert.equal(timers, 0);
  });
});
