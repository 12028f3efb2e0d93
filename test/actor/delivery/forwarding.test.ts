import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ActorContext,
  type ActorRef,
  defineActor,
  type SystemOptions,
} from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

const back = defineActor("back", {
  mailbox: { limit: 1 },
  handlers: {
    upper: (_c, text: string) => text.toUpperCase(),
    count: (_c, ...args: unknown[]) => args.length,
    async hold(_c, gate: Gate) {
      await gate.opened;
      return "held";
    },
    fail() {
      throw new Error("no");
    },
  },
});

type Back = typeof back.options.handlers;
type BackRef = ActorRef<Back>;

const front = defineActor("front", {
  state: (to: BackRef) => ({ to }),
  handlers: {
    upper: (c, text: string) => c.forward(c.state.to).upper(text),
    async upperLater(c, text: string) {
      await settleTurns(1);
      return c.forward(c.state.to).upper(text);
    },
    upperAside(c, text: string) {
      c.forward(c.state.to).upper(text);
      return "ignored";
    },
    count: (c, ...args: unknown[]) => c.forward(c.state.to).count(...args),
    hold: (c, gate: Gate) => c.forward(c.state.to).hold(gate),
    async holdAndWait(c, gate: Gate, own: Gate) {
      c.forward(c.state.to).hold(gate);
      await own.opened;
    },
    fail: (c) => c.forward(c.state.to).fail(),
    failAfter(c) {
      c.forward(c.state.to).upper("a");
      throw new Error("after");
    },
    async failLaterAfter(c) {
      c.forward(c.state.to).upper("a");
      await settleTurns(1);
      throw new Error("after");
    },
    twice(c) {
      c.forward(c.state.to).upper("a");
      return c.forward(c.state.to).upper("b");
    },
    unknown: (c) => (c.forward(c.state.to) as unknown as Record<string, () => unknown>)["nope"]?.(),
    nowhere: (c) => c.forward({} as BackRef).upper("a"),
    async fromTask(c) {
      const { settled } = c.spawnTask("task", async () => {
        await settleTurns(1);
        c.forward(c.state.to).upper("a");
      });
      await settled;
      return "own";
    },
    ping: () => "pong",
    to: (c, to: BackRef) => {
      c.state.to = to;
    },
  },
});

// With a recording SDK each ask has an envelope, without tracing none has.
for (const [how, options] of Object.entries({
  "with spans": {},
  "without spans": { tracing: false },
}) satisfies [string, SystemOptions][]) {
  describe(`a forwarded ask, ${how}`, () => {
    for (const message of ["upper", "upperLater", "upperAside"] as const) {
      it(`gets the reply of the other actor (${message})`, async () => {
        await using open = openSystem(options);
        const to = open.system.spawn(back);
        const ref = open.system.spawn(front, { input: to });

        assert.equal(await ref.ask[message]("abc"), "ABC");
        assert.equal(await ref.ask.ping(), "pong");
        const { handled, sent } = open.system.books();
        assert.deepEqual([sent, handled], [3, 3]);
      });
    }

    it("has as many arguments as it was given", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });

      const lists = [[], [undefined], [1, undefined], [1, 2, 3]];
      const counts = await Promise.all(lists.map((args) => ref.ask.count(...args)));

      assert.deepEqual(counts, [0, 1, 2, 3]);
    });

    it("leaves its first actor free", async () => {
      await using open = openSystem(options);
      const gate = new Gate();
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });

      const held = ref.ask.hold(gate);
      assert.equal(await ref.ask.ping(), "pong");

      gate.open();
      assert.equal(await held, "held");
    });

    it("is rejected with what the other actor throws", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });

      await assert.rejects(ref.ask.fail(), { message: "no" });

      assert.equal(await open.telemetry.value("actor.failures"), 0);
    });

    for (const message of ["failAfter", "failLaterAfter"] as const) {
      it(`is answered although its first handler fails, which is a failure (${message})`, async () => {
        await using open = openSystem(options);
        const ref = open.system.spawn(front, { input: open.system.spawn(back) });

        assert.equal(await ref.ask[message](), "A");
        await ref.ask.ping();

        assert.equal(await open.telemetry.value("actor.failures"), 1);
        assert.equal(await open.telemetry.value("actor.restarts"), 1);
      });
    }

    it("is answered although its first actor is killed meanwhile", async () => {
      await using open = openSystem(options);
      const [gate, own] = [new Gate(), new Gate()];
      const to = open.system.spawn(back);
      const ref = open.system.spawn(front, { input: to });
      const held = ref.ask.holdAndWait(gate, own);
      await settleTurns();

      ref.kill();
      gate.open();

      assert.equal(await held, "held" as unknown);
      own.open();
    });

    it("is rejected when the other actor is killed, or ends before it", async () => {
      await using open = openSystem(options);
      const to = open.system.spawn(back);
      const ref = open.system.spawn(front, { input: to });
      const asks = [ref.ask.hold(new Gate()), ref.ask.upper("queued")];
      await settleTurns();

      to.kill();

      assert.deepEqual(await Promise.all(asks.map(codeOf)), [
        "ERR_ACTOR_KILLED",
        "ERR_ACTOR_KILLED",
      ]);
      assert.equal(await codeOf(ref.ask.upper("late")), "ERR_ACTOR_KILLED");
      assert.deepEqual(
        open.system.deadLetters.recent().map(({ reason }) => reason),
        ["undelivered", "stopped"],
      );
    });

    it("is refused by a full mailbox", async () => {
      await using open = openSystem(options);
      const gate = new Gate();
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });
      const held = ref.ask.hold(gate);
      await settleTurns();
      const queued = ref.ask.upper("a");
      await settleTurns();

      assert.equal(await codeOf(ref.ask.upper("b")), "ERR_MAILBOX_FULL");

      gate.open();
      assert.deepEqual(await Promise.all([held, queued]), ["held", "A"]);
    });

    it("times out when the asker says so; in the queue it becomes a dead letter", async () => {
      await using open = openManualSystem(options);
      const gate = new Gate();
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });
      const asks = [
        ref.with({ timeoutMs: 100 }).ask.hold(gate),
        ref.with({ timeoutMs: 100 }).ask.upper("a"),
      ];
      const codes = Promise.all(asks.map(codeOf));

      await open.clock.advance(200);

      assert.deepEqual(await codes, ["ERR_ASK_TIMEOUT", "ERR_ASK_TIMEOUT"]);
      gate.open();
      await open.clock.advance(0);
      assert.deepEqual(
        open.system.deadLetters.recent().map(({ reason }) => reason),
        ["abandoned"],
      );
    });

    it("may come back to its first actor", async () => {
      await using open = openSystem(options);
      const around = defineActor("around", {
        handlers: {
          go: (c, left: number): unknown =>
            left === 0 ? "home" : c.forward(c.self)["go"]?.(left - 1),
        },
      });

      assert.equal(await open.system.spawn(around).ask.go(5), "home");
    });

    it("cannot be forwarded twice: the second is an error of the handler", async () => {
      await using open = openSystem(options);
      const to = open.system.spawn(back);
      const ref = open.system.spawn(front, { input: to });

      assert.equal(await ref.ask.twice(), "A");
      await ref.ask.ping();

      const failures = { "actor.failure.phase": "handler", "error.type": "ERR_NO_REPLY" };
      assert.equal(await open.telemetry.value("actor.failures", failures), 1);
    });

    it("to an unknown message or to no actor is an error that the asker gets", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });

      assert.equal(await codeOf(ref.ask.unknown()), "ERR_UNKNOWN_MESSAGE");
      assert.equal(await codeOf(ref.ask.nowhere()), "ERR_INVALID_OPTION");
    });

    it("is counted once as an ask's duration, with the first actor's type", async () => {
      await using open = openSystem(options);
      const ref = open.system.spawn(front, { input: open.system.spawn(back) });

      await ref.ask.upper("a");

      const of = (type: string): Promise<number> =>
        open.telemetry.value("actor.ask.duration", { "actor.type": type });
      assert.deepEqual([await of("front"), await of("back")], [1, 0]);
    });
  });
}

describe("forwarding", () => {
  it("keeps the message in the asker's trace, under the handler that forwarded it", async () => {
    await using open = openSystem();
    const { telemetry } = open;
    const ref = open.system.spawn(front, { input: open.system.spawn(back) });

    await ref.ask.upper("a");
    await until(() => telemetry.spansNamed("back.upper").length === 1);

    const [asked] = telemetry.spansNamed("ask front.upper");
    const [first] = telemetry.spansNamed("front.upper");
    const [second] = telemetry.spansNamed("back.upper");
    assert.equal(first?.parentSpanContext?.spanId, asked?.spanContext().spanId);
    assert.equal(second?.parentSpanContext?.spanId, first?.spanContext().spanId);
    assert.equal(second?.attributes["actor.sender.id"], ref.id);
    assert.equal(telemetry.spansNamed("ask back.upper").length, 0);
  });

  it("lets the asker's time-out say whom it waited for", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const to = open.system.spawn(back);
    const ref = open.system.spawn(front, { input: to });
    const asked = ref.with({ timeoutMs: 100 }).ask.hold(gate);
    const message = asked.catch((error: Error) => error.message);

    await open.clock.advance(200);

    const text = `no reply to hold of ${ref.id} within 100 ms; the reply is up to ${to.id}; the actor is in its handler hold`;
    assert.equal(await message, text);
    gate.open();
  });

  it("tells on what was told", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(front, { input: open.system.spawn(back) });

    ref.tell.upper("a");
    await until(() => open.system.books().handled === 2);

    const told = { "actor.type": "back", "actor.message.kind": "tell" };
    assert.equal(await open.telemetry.value("actor.message.handled", told), 1);
  });

  it("waits for room where the other actor's definition says so", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const patient = defineActor("patient", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: { hold: () => gate.opened.then(() => "held") },
    });
    const to = open.system.spawn(patient);
    const door = defineActor("door", { handlers: { hold: (c) => c.forward(to).hold() } });
    const ref = open.system.spawn(door);

    const asks = [ref.ask.hold(), ref.ask.hold(), ref.ask.hold()];
    await settleTurns();
    gate.open();

    assert.deepEqual(await Promise.all(asks), ["held", "held", "held"]);
  });

  it("goes to a pool's worker", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(back, { size: 2 });
    const door = defineActor("door", {
      handlers: { hold: (c, gate: Gate) => c.forward(pool.pick()).hold(gate) },
    });
    const ref = open.system.spawn(door);
    const gate = new Gate();

    const asks = [ref.ask.hold(gate), ref.ask.hold(gate)];
    await until(() => open.system.books().processing === 2);
    gate.open();

    assert.deepEqual(await Promise.all(asks), ["held", "held"]);
  });

  it("has no place outside of a handler", async () => {
    await using open = openSystem();
    const to = open.system.spawn(back);
    const codes: unknown[] = [];
    const contexts: ActorContext<undefined>[] = [];
    const attempt = (c: ActorContext<undefined>): void => {
      try {
        c.forward(to).upper("a");
      } catch (error) {
        codes.push((error as { readonly code: unknown }).code);
      }
    };
    const eager = defineActor("eager", {
      onStart: (c) => {
        contexts.push(c);
        attempt(c);
      },
      onStop: attempt,
      handlers: { ping: () => "pong", task: (c) => c.spawnTask("task", () => attempt(c)) },
    });
    const ref = open.system.spawn(eager);
    await ref.ask.ping();
    for (const c of contexts) attempt(c);
    await (await ref.ask.task()).settled;
    await ref.stop();

    assert.deepEqual(codes, Array(4).fill("ERR_NO_REPLY"));
    assert.equal(open.system.books().sent, 2);
  });

  it("from a task leaves the handler its reply", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(front, { input: open.system.spawn(back) });

    assert.equal(await ref.ask.fromTask(), "own");
    const failures = { "actor.failure.phase": "task", "error.type": "ERR_NO_REPLY" };
    await until(() => open.system.books().active === 2);
    assert.equal(await open.telemetry.value("actor.failures", failures), 1);
  });
});
