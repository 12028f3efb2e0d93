import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { type ActorRef, defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { until } from "../../_support/actor-waiting.ts";

const untraced = { tracing: false } as const;
const wide = { limit: 1_000_000 };

/**
 * How long a spinner goes on by itself. Where the event loop is starved, no timer ends a test, not even that
 * of `--test-timeout`: only the spinner can.
 */
const PATIENCE_MS = 3_000;

/** Ends what would otherwise go on for ever. */
class Patience {
  readonly #endsAtMs = performance.now() + PATIENCE_MS;
  exhausted = false;

  /** Whether the spinner should send its next message. */
  get left(): boolean {
    this.exhausted ||= performance.now() > this.#endsAtMs;
    return !this.exhausted;
  }
}

/** Never runs out of messages while there is patience: each one sends the next. */
const spinner = defineActor("spinner", {
  handlers: {
    spin: (c, patience: Patience): void => {
      if (patience.left) c.self.tell["spin"]?.(patience);
    },
    spinAsync: async (c, patience: Patience): Promise<void> => {
      await Promise.resolve();
      if (patience.left) c.self.tell["spinAsync"]?.(patience);
    },
  },
});

const quick = defineActor("quick", { handlers: { ping: () => "pong" } });

for (const message of ["spin", "spinAsync"] as const) {
  describe(`an actor that never runs out of messages (${message})`, () => {
    it("does not keep others from their turn", async () => {
      await using open = openSystem(untraced);
      const patience = new Patience();
      const busy = open.system.spawn(spinner);
      busy.tell[message](patience);

      const pongs = await Promise.all(
        Array.from({ length: 100 }, () => open.system.spawn(quick).ask.ping()),
      );

      assert.equal(pongs.length, 100);
      assert.equal(patience.exhausted, false, "others had their turn only when it gave up");
      busy.kill();
    });

    it("does not keep timers from firing", async () => {
      await using open = openSystem(untraced);
      const patience = new Patience();
      const busy = open.system.spawn(spinner);
      busy.tell[message](patience);

      for (let timer = 0; timer < 5; timer += 1) await delay(1);

      assert.equal(patience.exhausted, false, "timers fired only when it gave up");
      assert.equal(open.system.books().active, 1);
      busy.kill();
    });
  });
}

describe("two actors that ask each other for ever", () => {
  it("do not keep timers from firing", async () => {
    await using open = openSystem(untraced);
    const patience = new Patience();
    interface Player {
      hit(c: never, other: ActorRef<Player>, self: ActorRef<Player>): unknown;
    }
    const player = defineActor("player", {
      handlers: {
        hit(_c, other: ActorRef<Player>, self: ActorRef<Player>): void {
          if (patience.left) other.ask.hit(self, other).catch(() => {}); // the end of the game
        },
      },
    });
    const [one, two] = [open.system.spawn(player), open.system.spawn(player)];
    one.tell.hit(two, one);

    for (let timer = 0; timer < 5; timer += 1) await delay(1);

    assert.equal(patience.exhausted, false, "timers fired only when they gave up");
    one.kill();
    two.kill();
  });
});

describe("many messages", () => {
  it("leave timers their turn: a 10 ms timer fires beside a million", async () => {
    await using open = openSystem(untraced);
    let handled = 0;
    const counter = defineActor("counter", {
      mailbox: wide,
      handlers: {
        count() {
          handled += 1;
        },
      },
    });
    const ref = open.system.spawn(counter);
    for (let message = 0; message < 1_000_000; message += 1) ref.tell.count();
    const handledAt: number[] = [];
    const timer = setInterval(() => handledAt.push(handled), 10);

    await until(() => handled === 1_000_000);

    clearInterval(timer);
    assert.ok(handledAt.filter((count) => count < 1_000_000).length >= 3, `only ${handledAt}`);
  });

  it("with slow handlers leave timers their turn as well", async () => {
    await using open = openSystem(untraced);
    let handled = 0;
    const slow = defineActor("slow", {
      handlers: {
        work() {
          const untilMs = performance.now() + 1;
          while (performance.now() < untilMs);
          handled += 1;
        },
      },
    });
    const ref = open.system.spawn(slow);
    for (let message = 0; message < 300; message += 1) ref.tell.work();
    let fired = 0;
    const timer = setInterval(() => (fired += 1), 10);

    await until(() => handled === 300);

    clearInterval(timer);
    assert.ok(fired >= 5, `fired ${fired} times`);
  });

  it("to one actor let another's single message through", async () => {
    await using open = openSystem({ ...untraced, metrics: false });
    let handled = 0;
    const counter = defineActor("counter", {
      mailbox: wide,
      handlers: {
        count() {
          handled += 1;
        },
      },
    });
    const busy = open.system.spawn(counter);
    for (let message = 0; message < 10_000; message += 1) busy.tell.count();
    const handledByThen: number[] = [];
    const late = defineActor("late", { handlers: { look: () => handledByThen.push(handled) } });

    await open.system.spawn(late).ask.look();

    assert.ok(Number(handledByThen[0]) <= 64, `only after ${handledByThen}`);
  });
});

describe("the messages of one sender", () => {
  it("arrive in order, tells and asks mixed, with few and many arguments", async () => {
    await using open = openSystem(untraced);
    const seen: number[] = [];
    const listener = defineActor("listener", {
      handlers: {
        note: (_c, number: number, ..._rest: unknown[]) => void seen.push(number),
        noteLater: async (_c, number: number) => {
          await Promise.resolve();
          seen.push(number);
        },
      },
    });
    const ref = open.system.spawn(listener);
    const sends = [
      (number: number) => ref.tell.note(number),
      (number: number) => ref.tell.note(number, "two", "three", "four"),
      (number: number) => void ref.ask.note(number),
      (number: number) => ref.tell.noteLater(number),
      (number: number) => void ref.with({ timeoutMs: 10_000 }).ask.noteLater(number),
    ];

    for (let number = 0; number < 1_000; number += 1) sends[number % sends.length]?.(number);
    await ref.stop();

    assert.deepEqual(
      seen,
      Array.from({ length: 1_000 }, (_, number) => number),
    );
  });

  it("arrive in order when the sender is an actor", async () => {
    await using open = openSystem();
    const seen: number[] = [];
    const listener = defineActor("listener", {
      handlers: { note: (_c, number: number) => void seen.push(number) },
    });
    const target = open.system.spawn(listener);
    const sender = defineActor("sender", {
      handlers: {
        async send(_c, count: number) {
          for (let number = 0; number < count; number += 1) {
            target.tell.note(number);
            if (number % 10 === 0) await Promise.resolve();
          }
        },
      },
    });

    await open.system.spawn(sender).ask.send(200);
    await target.stop();

    assert.deepEqual(
      seen,
      Array.from({ length: 200 }, (_, number) => number),
    );
  });
});
