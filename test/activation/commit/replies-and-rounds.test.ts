import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeldReplies, type HoldableAsk } from "../../../src/activation/commit/held-replies.ts";
import { type IntervalMember, SaveInterval } from "../../../src/activation/commit/save-interval.ts";
import { type RoundMember, SaveRound } from "../../../src/activation/commit/save-round.ts";
import { ManualClock } from "../../../src/testing.ts";

/** Notes what is done to asks and members, in order. */
class Notes {
  readonly lines: string[] = [];

  ask(name: string): HoldableAsk {
    return {
      reply: (value) => this.lines.push(`${name} ${String(value)}`),
      reject: (error) => this.lines.push(`${name} fails: ${(error as Error).message}`),
    };
  }

  member(name: string): RoundMember & IntervalMember & { isHandling: boolean } {
    return {
      inRound: false,
      saveDueMs: undefined,
      saveIntervalMs: 1_000,
      isHandling: false,
      flush: () => this.lines.push(name),
    };
  }

  take(): string[] {
    return this.lines.splice(0);
  }
}

function setUp() {
  const notes = new Notes();
  const faults: unknown[] = [];
  const clock = new ManualClock();
  const onFault = (error: unknown): void => void faults.push(error);
  return {
    notes,
    faults,
    clock,
    held: new HeldReplies(),
    round: new SaveRound(onFault),
    interval: new SaveInterval(clock, onFault),
  };
}

describe("held replies", () => {
  it("are given at once, in order, if there is nothing to store", () => {
    const { held, notes } = setUp();
    held.hold(notes.ask("first"), 1);
    held.hold(notes.ask("second"), 2);
    const before = held.size;

    held.release(undefined);

    assert.equal(before, 2);
    assert.deepEqual(notes.take(), ["first 1", "second 2"]);
    assert.equal(held.size, 0);
  });

  it("wait for the commit, and later ones for a later commit", async () => {
    const { held, notes } = setUp();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    held.hold(notes.ask("first"), 1);
    held.release(first.promise);
    held.hold(notes.ask("second"), 2);
    held.release(second.promise);

    const waiting = held.size;
    first.resolve();
    await first.promise;
    await Promise.resolve();

    assert.equal(waiting, 2);
    assert.deepEqual(notes.take(), ["first 1"]);
    second.resolve();
    await second.promise;
    await Promise.resolve();
    assert.deepEqual(notes.take(), ["second 2"]);
    assert.equal(held.size, 0);
  });

  it("do not overtake those before them, whose commit settles later or needs none", async () => {
    const { held, notes } = setUp();
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    held.hold(notes.ask("first"), 1);
    held.release(first.promise);
    held.hold(notes.ask("second"), 2);
    held.release(second.promise);
    held.hold(notes.ask("third"), 3);
    held.release(undefined);

    second.resolve();
    await second.promise;
    await Promise.resolve();

    assert.deepEqual([notes.take(), held.awaiting], [[], 3]);
    first.resolve();
    await first.promise;
    await Promise.resolve();
    assert.deepEqual([notes.take(), held.size], [["first 1", "second 2", "third 3"], 0]);
  });

  it("become the error of the commit if it fails", async () => {
    const { held, notes } = setUp();
    held.hold(notes.ask("first"), 1);
    held.hold(notes.ask("second"), 2);
    const commit = Promise.reject(new Error("disk full"));

    held.release(commit);
    await commit.catch(() => {});
    await Promise.resolve();

    assert.deepEqual(notes.take(), ["first fails: disk full", "second fails: disk full"]);
  });

  it("are rejected at the end of the activation, except those whose commit is under way", async () => {
    const { held, notes } = setUp();
    const { promise, resolve } = Promise.withResolvers<void>();
    held.hold(notes.ask("committing"), 1);
    held.release(promise);
    held.hold(notes.ask("waiting"), 2);

    held.reject(() => new Error("killed"));
    const afterKill = notes.take();
    resolve();
    await promise;
    await Promise.resolve();

    assert.deepEqual(afterKill, ["waiting fails: killed"]);
    assert.deepEqual(notes.take(), ["committing 1"]);
  });
});

describe("a round of saves", () => {
  it("flushes each activation once, after the running code", async () => {
    const { round, notes } = setUp();
    const [cart, order] = [notes.member("cart"), notes.member("order")];

    round.add(cart);
    round.add(order);
    round.add(cart);
    const during = notes.take();
    await Promise.resolve();

    assert.deepEqual(during, []);
    assert.deepEqual(notes.take(), ["cart", "order"]);
    assert.equal(round.size, 0);
  });

  it("takes an activation again that is added by a flush", async () => {
    const { round, notes } = setUp();
    const member = notes.member("again");
    let left = 2;
    member.flush = () => {
      notes.lines.push(`left ${left}`);
      left -= 1;
      if (left > 0) round.add(member);
    };

    round.add(member);
    await Promise.resolve();
    await Promise.resolve();

    assert.deepEqual(notes.take(), ["left 2", "left 1"]);
    assert.ok(!member.inRound);
  });

  it("reports a fault and flushes the others", async () => {
    const { round, notes, faults } = setUp();
    const broken = notes.member("broken");
    const fault = new Error("a fault");
    broken.flush = () => {
      throw fault;
    };

    round.add(broken);
    round.add(notes.member("cart"));
    await Promise.resolve();

    assert.deepEqual(notes.take(), ["cart"]);
    assert.deepEqual(faults, [fault]);
  });
});

describe("saves by interval", () => {
  it("happen once the interval has passed since the first change", async () => {
    const { interval, notes, clock } = setUp();
    const cart = notes.member("cart");
    interval.add(cart);
    await clock.advance(600);
    interval.add(cart);

    await clock.advance(399);
    const before = notes.take();
    await clock.advance(1);

    assert.deepEqual(before, []);
    assert.deepEqual(notes.take(), ["cart"]);
    assert.equal(clock.pendingTimers, 0);
  });

  it("need one timer for all, with different intervals", async () => {
    const { interval, notes, clock } = setUp();
    interval.add({ ...notes.member("slow"), saveIntervalMs: 5_000 });
    interval.add(notes.member("first"));
    await clock.advance(500);
    interval.add(notes.member("second"));
    interval.add({ ...notes.member("fast"), saveIntervalMs: 100 });
    const timers = clock.pendingTimers;

    const seen: string[][] = [];
    for (const ms of [100, 400, 500, 3_500]) {
      await clock.advance(ms);
      seen.push(notes.take());
    }

    assert.equal(timers, 1);
    assert.deepEqual(seen, [["fast"], ["first"], ["second"], ["slow"]]);
    assert.equal(clock.pendingTimers, 0);
    assert.equal(interval.size, 0);
  });

  it("wait for the next interval while a handler is at an await", async () => {
    const { interval, notes, clock } = setUp();
    const member = notes.member("cart");
    member.isHandling = true;
    interval.add(member);

    await clock.advance(1_000);
    const during = notes.take();
    member.isHandling = false;
    await clock.advance(1_000);

    assert.deepEqual(during, []);
    assert.deepEqual(notes.take(), ["cart"]);
  });

  it("leave no timer when the last activation is taken out", async () => {
    const { interval, notes, clock } = setUp();
    const [cart, order] = [notes.member("cart"), notes.member("order")];
    interval.add(cart);
    interval.add(order);

    interval.remove(cart);
    interval.remove(cart);
    const timers = clock.pendingTimers;
    interval.remove(order);

    assert.equal(timers, 1);
    assert.equal(clock.pendingTimers, 0);
    await clock.advance(5_000);
    assert.deepEqual(notes.take(), []);
  });

  it("report a fault, and flush and arm for the others", async () => {
    const { interval, notes, clock, faults } = setUp();
    const broken = notes.member("broken");
    broken.flush = () => {
      throw new Error("a fault");
    };
    interval.add(broken);
    interval.add(notes.member("cart"));
    await clock.advance(500);
    interval.add(notes.member("later"));

    await clock.advance(1_000);

    assert.deepEqual(notes.take(), ["cart", "later"]);
    assert.equal(faults.length, 1);
  });
});
