import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, type DelegatedReply, defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";
import { codeOf, forever, settleTurns } from "../_support/actor-waiting.ts";

const given: DelegatedReply<string>[] = [];

interface DeskMessages {
  fromOutside(): unknown;
  byTimer(): unknown;
  byTicks(): unknown;
  byMessage(): unknown;
  byTask(): unknown;
}

const desk = defineActor("desk", {
  handlers: {
    fromOutside(c) {
      const reply = c.delegateReply<string>();
      given.push(reply);
      return reply;
    },
    byTimer(c) {
      const reply = c.delegateReply<string>();
      c.after("reply", 300, () => reply.resolve("by timer"));
      return reply;
    },
    byTicks(c) {
      const reply = c.delegateReply<string>();
      let ticks = 0;
      c.every("reply", 100, () => {
        ticks += 1;
        if (ticks === 3) reply.resolve("by ticks");
      });
      return reply;
    },
    byMessage(c) {
      const reply = c.delegateReply<string>();
      given.push(reply);
      c.after("later", 100, () => c.self.tell["give"]?.());
      return reply;
    },
    byTask(c) {
      const reply = c.delegateReply<string>();
      c.spawnTask("reply", async () => {
        await settleTurns();
        reply.resolve("by task");
      });
      return reply;
    },
    give: () => given.pop()?.resolve("by message"),
    stray: (c) => c.delegateReply<string>(),
    tick(c, ticks: { count: number }) {
      c.every("tick", 100, () => {
        ticks.count += 1;
      });
    },
  },
});

const desks = defineActor("front", {
  handlers: {
    pass: (c, ref: ActorRef<DeskMessages>, message: keyof DeskMessages) =>
      c.forward(ref)[message](),
  },
});

for (const message of ["byTimer", "byTicks", "byMessage", "byTask"] as const) {
  describe(`a reply that was delegated before a shutdown and is given ${message}`, () => {
    for (const way of ["asked", "forwarded"] as const) {
      it(`reaches the asker (${way})`, async () => {
        await using open = openManualSystem();
        const { system, clock } = open;
        const ref = system.spawn(desk);
        const reply =
          way === "asked" ? ref.ask[message]() : system.spawn(desks).ask.pass(ref, message);
        await settleTurns();

        const shut = system.shutdown();
        for (let step = 0; step < 3; step += 1) await clock.advance(100);

        assert.match(String(await reply), /^by/);
        assert.partialDeepStrictEqual(await shut, { deadLetters: 0, killed: 0 });
      });
    }
  });
}

describe("a shutdown with a delegated reply", () => {
  it("waits for code outside of actors that gives it", async () => {
    await using open = openManualSystem();
    const reply = open.system.spawn(desk).ask.fromOutside();
    await settleTurns();

    const shut = open.system.shutdown();
    await settleTurns(40);
    given.pop()?.resolve("from outside");

    assert.equal(await reply, "from outside");
    assert.equal((await shut).durationMs, 0);
  });

  it("rejects it after half of its deadline", async () => {
    await using open = openManualSystem({ shutdownDeadlineMs: 1_000 });
    const { system, clock } = open;
    const code = codeOf(system.spawn(desk).ask.stray());
    await settleTurns();

    const shut = system.shutdown();
    await clock.advance(500);

    assert.equal(await code, "ERR_ACTOR_STOPPED");
    assert.partialDeepStrictEqual(await shut, { killed: 0, durationMs: 500 });
  });

  it("does not wait for a reply that is no longer awaited", async () => {
    await using open = openManualSystem();
    const { system, clock } = open;
    const code = codeOf(system.spawn(desk).with({ timeoutMs: 50 }).ask.stray());
    await settleTurns();
    await clock.advance(50);
    assert.equal(await code, "ERR_ASK_TIMEOUT");

    assert.equal((await system.shutdown()).durationMs, 0);
  });

  it("does not wait for the replies of an actor that was killed", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(desk);
    const code = codeOf(ref.ask.stray());
    await settleTurns();
    ref.kill();
    assert.equal(await code, "ERR_ACTOR_KILLED");

    assert.equal((await open.system.shutdown()).durationMs, 0);
  });

  it("cancels the timers of all other actors", async () => {
    await using open = openManualSystem({ shutdownDeadlineMs: 1_000 });
    const { system, clock } = open;
    const code = codeOf(system.spawn(desk).ask.stray());
    const ticks = { count: 0 };
    system.spawn(desk).tell.tick(ticks);
    await settleTurns();

    const shut = system.shutdown();
    await clock.advance(500);

    await shut;
    assert.equal(ticks.count, 0);
    assert.equal(await code, "ERR_ACTOR_STOPPED");
  });

  it("kills at the deadline what hangs besides", async () => {
    await using open = openManualSystem({ shutdownDeadlineMs: 1_000 });
    const { system, clock } = open;
    const code = codeOf(system.spawn(desk).ask.stray());
    system.spawn(defineActor("stuck", { handlers: { go: forever } })).tell.go();
    await settleTurns();

    const shut = system.shutdown();
    await clock.advance(500);
    await clock.advance(500);

    assert.partialDeepStrictEqual(await shut, { killed: 1, durationMs: 1_000 });
    assert.equal(await code, "ERR_ACTOR_STOPPED");
  });
});
