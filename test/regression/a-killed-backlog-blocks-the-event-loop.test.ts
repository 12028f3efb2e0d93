import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type ActorSystem, defineActor } from "../../src/index.ts";
import { expectBooks } from "../../src/testing.ts";
import { openManualSystem } from "../_support/actor-system.ts";
import { codeOf, forever, settleTurns } from "../_support/actor-waiting.ts";

const BACKLOG = 20_000;

const busy = defineActor("busy", {
  mailbox: { limit: 1_000_000 },
  handlers: { block: forever, go: (_c, _number: number) => {} },
});

/** Passes turns of the event loop until no message waits; checks the books in each. */
async function turnsUntilDismissed(system: ActorSystem): Promise<number> {
  let turns = 0;
  for (; system.books().waiting > 0; turns += 1) {
    const { sent, handled, processing, waiting, deadLetters, rejected } = system.books();
    assert.equal(sent, handled + processing + waiting + deadLetters + rejected);
    await nextTurn();
  }
  return turns;
}

for (const end of ["kill", "shutdown"] as const) {
  describe(`a backlog of an actor that ends by ${end}`, () => {
    it("becomes dead letters over several turns of the event loop, in order, and none is lost", async () => {
      await using open = openManualSystem({ tracing: false, shutdownDeadlineMs: 100 });
      const { system, clock } = open;
      const ref = system.spawn(busy);
      ref.tell.block();
      await settleTurns();
      const letters: unknown[] = [];
      system.deadLetters.subscribe(({ args }) => letters.push(args?.[0]));
      for (let number = 0; number < BACKLOG; number += 1) ref.tell.go(number);

      let shut: Promise<{ deadLetters: number }> | undefined;
      if (end === "kill") {
        ref.kill();
        assert.ok(system.books().waiting > 0);
        assert.equal(await ref.whenStopped(), "killed");
      } else {
        shut = system.shutdown();
        await clock.advance(50);
        await clock.advance(50);
      }
      const turns = await turnsUntilDismissed(system);

      assert.ok(turns > 1, `${turns} turns`);
      assert.deepEqual(
        letters,
        Array.from({ length: BACKLOG }, (_, number) => number),
      );
      if (shut !== undefined) assert.equal((await shut).deadLetters, BACKLOG);
      expectBooks(system);
    });
  });
}

describe("asks that wait in a backlog", () => {
  it("are all rejected", async () => {
    await using open = openManualSystem({ tracing: false });
    const ref = open.system.spawn(busy);
    ref.tell.block();
    await settleTurns();
    const codes = Array.from({ length: 3_000 }, (_, number) => codeOf(ref.ask.go(number)));

    ref.kill();

    assert.deepEqual(new Set(await Promise.all(codes)), new Set(["ERR_ACTOR_KILLED"]));
    assert.equal(open.system.books().deadLetters, 3_000);
  });
});

describe("senders that wait for room of an actor that ends", () => {
  it("are all released, in order", async () => {
    await using open = openManualSystem({ tracing: false });
    const { system } = open;
    const full = defineActor("full", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: { block: forever, go: (_c, _number: number) => {} },
    });
    const ref = system.spawn(full);
    void ref.tell.block();
    await settleTurns();
    const released: number[] = [];
    const letters: unknown[] = [];
    system.deadLetters.subscribe(({ args }) => letters.push(args?.[0]));
    const sends = Array.from({ length: 3_000 }, (_, number) =>
      Promise.resolve(ref.tell.go(number)).then(() => released.push(number)),
    );

    ref.kill();
    await Promise.all(sends);

    const numbers = Array.from({ length: 3_000 }, (_, number) => number);
    assert.deepEqual(released, numbers);
    assert.deepEqual(letters, numbers);
  });
});

describe("a listener of dead letters that ends another actor with a backlog", () => {
  it("loses none of the messages of either", async () => {
    await using open = openManualSystem({ tracing: false });
    const { system } = open;
    const refs = [system.spawn(busy), system.spawn(busy)];
    for (const ref of refs) ref.tell.block();
    await settleTurns();
    for (const ref of refs) {
      for (let number = 0; number < 1_000; number += 1) ref.tell.go(number);
    }
    system.deadLetters.subscribe(() => refs[1]?.kill());

    refs[0]?.kill();
    await turnsUntilDismissed(system);

    assert.equal(system.books().deadLetters, 2_000);
    assert.equal(system.books().active, 0);
  });
});
