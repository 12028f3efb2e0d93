import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type ActorContext, type DelegatedReply, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Keeps the replies it owes where tests find them. */
class Desk {
  readonly owed: DelegatedReply<string>[] = [];
}

const clerk = defineActor("clerk", {
  state: (desk: Desk) => desk,
  handlers: {
    order(c) {
      const reply = c.delegateReply<string>();
      c.state.owed.push(reply);
      return reply;
    },
    async orderLater(c) {
      await settleTurns(1);
      const reply = c.delegateReply<string>();
      c.state.owed.push(reply);
      await settleTurns(1);
      return "ignored";
    },
    orderAndFail(c) {
      c.state.owed.push(c.delegateReply<string>());
      throw new Error("after");
    },
    orderAtOnce(c) {
      c.delegateReply<string>().resolve("at once");
      return "ignored";
    },
    orderInTask(c) {
      const reply = c.delegateReply<string>();
      c.spawnTask("cook", async () => {
        await settleTurns(1);
        reply.resolve("cooked");
      });
      return reply;
    },
    twice(c) {
      c.delegateReply<string>().resolve("first");
      c.delegateReply<string>().resolve("second");
    },
    serve: (c, what: string) => c.state.owed.shift()?.resolve(what),
    ping: () => "pong",
    fail() {
      throw new Error("no");
    },
  },
});

for (const [how, options] of Object.entries({
  "with spans": {},
  "without spans": { tracing: false },
})) {
  describe(`a delegated reply, ${how}`, () => {
    for (const message of ["order", "orderLater"] as const) {
      it(`is given when somebody gives it, and its actor is free until then (${message})`, async () => {
        await using open = openSystem(options);
        const ref = open.system.spawn(clerk, { input: new Desk() });
        const asked = ref.ask[message]();
        await settleTurns();
        assert.equal(await ref.ask.ping(), "pong");

        assert.equal(await ref.ask.serve("soup"), true);

        assert.equal(await asked, "soup");
        const { sent, handled } = open.system.books();
        assert.deepEqual([sent, handled], [3, 3]);
      });
    }

    it("may be given before its handler returns, and by a task", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(clerk, { input: new Desk() });

      assert.equal(await ref.ask.orderAtOnce(), "at once" as unknown);
      assert.equal(await ref.ask.orderInTask(), "cooked");
    });

    it("is what it is rejected with, an error or not", async () => {
      await using open = openSystem(options);
      const desk = new Desk();
      const ref = open.system.spawn(clerk, { input: desk });
      const asked = [ref.ask.order(), ref.ask.order()];
      await settleTurns();

      desk.owed[0]?.reject(new Error("sold out"));
      desk.owed[1]?.reject("sold out");

      await assert.rejects(asked[0] as Promise<string>, { message: "sold out" });
      await assert.rejects(asked[1] as Promise<string>, (thrown) => thrown === "sold out");
    });

    it("settles once; who comes later is told so", async () => {
      await using open = openSystem(options);
      const desk = new Desk();
      const ref = open.system.spawn(clerk, { input: desk });
      const asked = ref.ask.order();
      await settleTurns();
      const [reply] = desk.owed;
      assert.equal(reply?.awaited, true);

      const settled = [reply?.resolve("a"), reply?.resolve("b"), reply?.reject(new Error("c"))];

      assert.deepEqual([settled, reply?.awaited], [[true, false, false], false]);
      assert.equal(await asked, "a");
    });

    it("that is never given leaves the asker to its time-out", async () => {
      await using open = openManualSystem(options);
      const desk = new Desk();
      const ref = open.system.spawn(clerk, { input: desk });
      const code = codeOf(ref.with({ timeoutMs: 100 }).ask.order());

      await open.clock.advance(200);

      assert.equal(await code, "ERR_ASK_TIMEOUT");
      assert.deepEqual([desk.owed[0]?.awaited, desk.owed[0]?.resolve("late")], [false, false]);
    });

    it("ends with the asker's signal", async () => {
      await using open = openSystem(options);
      const desk = new Desk();
      const ref = open.system.spawn(clerk, { input: desk });
      const controller = new AbortController();
      const asked = ref.with({ signal: controller.signal }).ask.order();
      await settleTurns();

      controller.abort();

      assert.equal(await codeOf(asked), "ERR_ABORTED");
      assert.equal(desk.owed[0]?.awaited, false);
    });

    for (const [end, code] of [
      ["stop", "ERR_ACTOR_STOPPED"],
      ["kill", "ERR_ACTOR_KILLED"],
    ] as const) {
      it(`is rejected by the ${end} of its actor`, async () => {
        await using open = openSystem(options);
        const desk = new Desk();
        const ref = open.system.spawn(clerk, { input: desk });
        const asked = ref.ask.order();
        await settleTurns();

        await ref[end]();

        assert.equal(await codeOf(asked), code);
        assert.equal(desk.owed[0]?.resolve("late"), false);
      });
    }

    it("is rejected by a shutdown", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(clerk, { input: new Desk() });
      const asked = codeOf(ref.ask.order());
      await settleTurns();

      await open.system.shutdown();

      assert.equal(await asked, "ERR_ACTOR_STOPPED");
    });

    it("is rejected by a restart, with the failure as the cause", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(clerk, { input: new Desk() });
      const asked = ref.ask.order();
      await settleTurns();

      ref.tell.fail();

      await assert.rejects(asked, (error: Error & { readonly code?: string }) => {
        assert.equal(error.code, "ERR_REPLY_LOST");
        assert.equal((error.cause as Error).message, "no");
        return true;
      });
    });

    it("is rejected when its own handler fails, which is a failure like a tell's", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(clerk, { input: new Desk() });

      assert.equal(await codeOf(ref.ask.orderAndFail()), "ERR_REPLY_LOST");
      await ref.ask.ping();

      const failure = { "actor.failure.phase": "handler", "error.type": "Error" };
      assert.equal(await open.telemetry.value("actor.failures", failure), 1);
    });

    it("cannot be delegated twice: the second is an error of the handler", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(clerk, { input: new Desk() });

      assert.equal(await ref.ask.twice(), "first" as unknown);
      await ref.ask.ping();

      const failure = { "error.type": "ERR_NO_REPLY" };
      assert.equal(await open.telemetry.value("actor.failures", failure), 1);
    });
  });
}

describe("a reply", () => {
  it("to what was told is not awaited", async () => {
    await using open = openSystem();
    const desk = new Desk();
    const ref = open.system.spawn(clerk, { input: desk });

    ref.tell.order();
    await until(() => desk.owed.length === 1);

    const [reply] = desk.owed;
    assert.deepEqual([reply?.awaited, reply?.resolve("soup")], [false, false]);
    assert.equal(reply?.reject(new Error("no soup")), false);
    assert.equal(await open.telemetry.value("actor.failures"), 0);
  });

  it("cannot be delegated outside of a handler, nor by a life that is over", async () => {
    await using open = openSystem();
    const contexts: ActorContext<undefined>[] = [];
    const codes: unknown[] = [];
    const attempt = (c: ActorContext<undefined> | undefined): void => {
      try {
        c?.delegateReply();
      } catch (error) {
        codes.push((error as { readonly code: unknown }).code);
      }
    };
    const eager = defineActor("eager", {
      onStart(c) {
        contexts.push(c);
        attempt(c);
      },
      handlers: {
        fail() {
          throw new Error("no");
        },
        old: () => attempt(contexts[0]),
        task: (c) => c.spawnTask("task", () => attempt(c)),
        async taskDuringHandler(c) {
          await c.spawnTask("task", () => settleTurns(1).then(() => attempt(c))).settled;
        },
      },
    });
    const ref = open.system.spawn(eager);
    ref.tell.fail();
    await ref.ask.old();
    await (await ref.ask.task()).settled;
    await ref.ask.taskDuringHandler();
    attempt(contexts[1]);

    assert.deepEqual(codes, Array(6).fill("ERR_NO_REPLY"));
  });

  it("that is late keeps the ask's span open, and none of the handler's", async () => {
    await using open = openSystem();
    const { telemetry } = open;
    const ref = open.system.spawn(clerk, { input: new Desk() });
    const asked = ref.ask.order();
    await until(() => telemetry.spansNamed("clerk.order").length === 1);
    assert.equal(telemetry.spansNamed("ask clerk.order").length, 0);

    await ref.ask.serve("soup");
    await asked;

    assert.equal(telemetry.spansNamed("ask clerk.order").length, 1);
  });

  it("that timed out is not kept, however many there are", async () => {
    await using open = openManualSystem();
    const replies: WeakRef<object>[] = [];
    const forgetful = defineActor("forgetful", {
      handlers: {
        order(c) {
          const reply = c.delegateReply<string>();
          replies.push(new WeakRef(reply));
          return reply;
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(forgetful);
    for (let round = 0; round < 20; round += 1) {
      const codes = Array.from({ length: 100 }, () =>
        codeOf(ref.with({ timeoutMs: 10 }).ask.order()),
      );
      await open.clock.advance(50);
      assert.deepEqual(new Set(await Promise.all(codes)), new Set(["ERR_ASK_TIMEOUT"]));
    }

    await until(() => {
      collectGarbage();
      return replies.filter((reply) => reply.deref() !== undefined).length < 500;
    });
    assert.equal(await ref.ask.ping(), "pong");
  });

  it("given by hand after a handler that waits for it is no deadlock", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const desk = new Desk();
    const ref = open.system.spawn(clerk, { input: desk });
    const asked = ref.ask.order();
    await settleTurns();
    const waiter = defineActor("waiter", {
      handlers: {
        async bring() {
          gate.open();
          return asked;
        },
      },
    });

    const brought = open.system.spawn(waiter).ask.bring();
    await gate.opened;
    desk.owed[0]?.resolve("soup");

    assert.equal(await brought, "soup");
  });
});
