import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, type ActorRef, defineActor } from "../../../src/index.ts";
import { withSpan } from "../../../src/telemetry.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

/** Does what it is told, in its handler. */
const obedient = defineActor("obedient", { handlers: { act: (c, act: Act) => act(c) } });

describe("a handler that awaits the stop", () => {
  it("of its own actor is refused at once; the actor stops all the same", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(obedient);

    const code = await ref.ask.act((c) => codeOf(c.self.stop()));

    assert.equal(code, "ERR_SELF_STOP");
    assert.equal(await ref.whenStopped(), "normal");
  });

  it("is told what to do instead", async () => {
    await using open = openSystem();

    const asked = open.system.spawn(obedient).ask.act((c) => c.self.stop());

    await assert.rejects(asked, /awaited in act of its own handler.*use c\.stop\(\)/);
  });

  it("is refused after an await as well, thanks to the context", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(obedient);
    const asked = ref.ask.act((c) => gate.opened.then(() => codeOf(c.self.stop())));

    gate.open();

    assert.equal(await asked, "ERR_SELF_STOP");
    await ref.whenStopped();
  });

  it("of an actor above its own is refused as well", async () => {
    await using open = openSystem();
    const top = open.system.spawn(obedient);
    const middle = (await top.ask.act((c) => [c.spawnChild(obedient)])) as [ActorRef<Obedient>];
    const low = (await middle[0].ask.act((c) => [c.spawnChild(obedient)])) as [ActorRef<Obedient>];

    const code = await low[0].ask.act(() => codeOf(top.stop()));

    assert.equal(code, "ERR_SELF_STOP");
    assert.equal(await top.whenStopped(), "normal");
    assert.equal(await low[0].whenStopped(), "parent_stopped");
  });

  it("of its child or of a stranger gets what it waits for", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(obedient);
    const stranger = open.system.spawn(obedient);

    await ref.ask.act(async (c) => {
      await c.spawnChild(obedient).stop();
      await stranger.stop();
    });

    assert.equal(open.system.books().stopped, 2);
  });

  it("that ended long ago gets what it waits for", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const stops: Promise<unknown>[] = [];
    const ref = open.system.spawn(obedient);
    await ref.ask.act((c) => void stops.push(gate.opened.then(() => codeOf(c.self.stop()))));

    gate.open();

    assert.equal(await stops[0], undefined);
  });

  it("in a hook is refused as well", async () => {
    await using open = openSystem();
    const codes: unknown[] = [];
    const definition = defineActor("hooked", {
      onStart: async (c) => void codes.push(await codeOf(c.self.stop())),
      onStop: async (c) => void codes.push(await codeOf(c.self.stop())),
      handlers: { noop() {} },
    });

    await open.system.spawn(definition).whenStopped();

    assert.deepEqual(codes, ["ERR_SELF_STOP", "ERR_SELF_STOP"]);
  });

  it("but does not await it is left in peace", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(obedient);

    await ref.ask.act((c) => void c.self.stop());
    await settleTurns(); // an unhandled rejection would fail the test

    assert.equal(await ref.whenStopped(), "normal");
  });
});

type Obedient = typeof obedient.options.handlers;

describe("a task that awaits the stop", () => {
  it("of its own actor goes on when all else has ended", async () => {
    await using open = openManualSystem();
    const log: string[] = [];
    const definition = defineActor("tasked", {
      onStop: () => log.push("onStop"),
      handlers: {
        begin(c) {
          c.spawnTask("end", async () => {
            await c.self.stop();
            log.push("after the stop");
          });
        },
      },
    });
    const ref = open.system.spawn(definition);
    ref.tell.begin();

    const reason = await ref.whenStopped(); // no time passes: no deadline helps

    await until(() => log.length === 2);
    assert.equal(reason, "normal");
    assert.deepEqual(log, ["onStop", "after the stop"]);
  });

  it("of an actor above its own goes on, also from below a span of its own", async () => {
    await using open = openManualSystem();
    const top = open.system.spawn(obedient);
    const ended = Promise.withResolvers<void>();
    await top.ask.act((c) => {
      c.spawnChild(obedient).tell.act((child) => {
        child.spawnTask("end", () => withSpan("inner", () => top.stop().then(ended.resolve)));
      });
    });

    await ended.promise;

    assert.equal(open.system.books().active, 0);
  });

  it("but does not await it is waited for", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const log: string[] = [];
    const ref = open.system.spawn(obedient);
    ref.tell.act((c) => {
      c.spawnTask("work", async () => {
        void c.self.stop();
        await gate.opened;
        log.push("worked");
      });
    });
    await settleTurns();

    assert.equal(open.system.books().active, 1);
    gate.open();
    await ref.whenStopped();

    assert.deepEqual(log, ["worked"]);
  });
});

describe("hooks that ask their own actor", () => {
  interface Own {
    value(c: never): number;
  }
  const askSelf = (c: ActorContext<undefined>): Promise<number> =>
    (c.self as unknown as ActorRef<Own>).ask.value();

  for (const tracing of [true, false]) {
    it(`are refused at once (tracing ${tracing ? "on" : "off"})`, async () => {
      await using open = openManualSystem(tracing ? {} : { tracing: false });
      const codes: unknown[] = [];
      const note = async (c: ActorContext<undefined>): Promise<void> => {
        codes.push(await codeOf(askSelf(c)));
      };
      const definition = defineActor("hooked", {
        onStart: note,
        onStop: note,
        handlers: { value: () => 42, fail: () => assert.fail("oops") },
      });
      const ref = open.system.spawn(definition);
      ref.tell.fail();
      assert.equal(await ref.ask.value(), 42);

      await ref.stop();

      // Start, end of the first life, start of the second, end: no time had to pass.
      assert.deepEqual(codes, Array(4).fill("ERR_SELF_ASK"));
    });
  }

  it("may do so from a task they spawn", async () => {
    await using open = openSystem();
    const answers: number[] = [];
    const definition = defineActor("hooked", {
      onStart: (c) => void c.spawnTask("ask", async () => answers.push(await askSelf(c))),
      handlers: { value: () => 42 },
    });

    open.system.spawn(definition);

    await until(() => answers.length === 1);
    assert.deepEqual(answers, [42]);
  });
});
