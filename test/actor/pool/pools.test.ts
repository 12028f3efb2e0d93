import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, createSystem, defineActor } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

/** Says who it is, at once or when a gate opens. */
const worker = defineActor("worker", {
  mailbox: { limit: 2 },
  handlers: {
    who: (c) => c.id,
    async hold(c, gate: Gate) {
      await gate.opened;
      return c.id;
    },
    fail() {
      throw new Error("no");
    },
  },
});

function ids(refs: readonly ActorRef<unknown>[]): string[] {
  return refs.map(({ id }) => id);
}

describe("a pool", () => {
  it("has as many workers as it was asked for, each with the input", async () => {
    await using open = openSystem();
    const given = defineActor("given", {
      state: (word: string) => ({ word }),
      handlers: { say: (c) => c.state.word },
    });

    const pool = open.system.spawnPool(given, { size: 3, input: "hello" });

    assert.equal(pool.size, 3);
    assert.equal(new Set(ids(pool.refs)).size, 3);
    assert.deepEqual(await Promise.all(pool.refs.map((ref) => ref.ask.say())), [
      "hello",
      "hello",
      "hello",
    ]);
    assert.equal(open.system.books().active, 3);
  });

  it("gives a message to the worker with the fewest, and goes round between equals", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const pool = open.system.spawnPool(worker, { size: 3 });
    const [a, b, c] = ids(pool.refs);
    const held = [pool.ask.hold(gate), pool.ask.hold(gate)];
    await settleTurns();

    assert.equal(await pool.ask.who(), c);
    assert.equal(await pool.ask.who(), c);
    gate.open();
    assert.deepEqual(await Promise.all(held), [a, b]);
    const next = [await pool.ask.who(), await pool.ask.who(), await pool.ask.who()];
    assert.deepEqual(next.toSorted(), [a, b, c].toSorted());
  });

  it("goes round regardless of their work when told so", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const pool = open.system.spawnPool(worker, { size: 2, route: "round_robin" });
    const [a, b] = ids(pool.refs);
    const first = pool.ask.hold(gate);

    const second = await pool.ask.who();
    const third = pool.ask.who();
    gate.open();

    assert.deepEqual([await first, second, await third], [a, b, a]);
  });

  for (const route of ["least_loaded", "round_robin"] as const) {
    it(`passes over a full mailbox; with all full the definition's policy holds (${route})`, async () => {
      await using open = openSystem();
      const gate = new Gate();
      const pool = open.system.spawnPool(worker, { size: 2, route });
      const [first, second] = pool.refs as [ActorRef<Handlers>, ActorRef<Handlers>];
      const held = pool.refs.map((ref) => ref.ask.hold(gate));
      await settleTurns();
      held.push(first.ask.hold(gate), first.ask.hold(gate));

      held.push(pool.ask.hold(gate), pool.ask.hold(gate));

      assert.throws(() => pool.tell.hold(gate), { code: "ERR_MAILBOX_FULL" });
      assert.equal(await codeOf(pool.ask.who()), "ERR_MAILBOX_FULL");
      gate.open();
      const handledBy = await Promise.all(held);
      assert.equal(handledBy.filter((id) => id === second.id).length, 3);
    });
  }

  it("makes senders wait where its definition says so and all mailboxes are full", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const slow = defineActor("slow", {
      mailbox: { limit: 1, whenFull: "wait" },
      handlers: { hold: () => gate.opened },
    });
    const pool = open.system.spawnPool(slow, { size: 2 });
    await pool.tell.hold();
    await pool.tell.hold();
    await settleTurns();
    await pool.tell.hold();
    await pool.tell.hold();

    let told = false;
    const last = pool.tell.hold().then(() => {
      told = true;
    });
    await settleTurns();

    assert.equal(told, false);
    gate.open();
    await last;
    await pool.stop();
    assert.equal(open.system.books().handled, 5);
  });

  it("hands time-outs and signals on", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const pool = open.system.spawnPool(worker, { size: 1 });

    const late = pool.with({ signal: AbortSignal.abort() }).ask.hold(gate);

    assert.equal(await codeOf(late), "ERR_ABORTED");
    assert.throws(() => pool.with({ timeoutMs: -1 }), { code: "ERR_INVALID_OPTION" });
    gate.open();
  });

  it("names its workers after itself", async () => {
    await using open = openSystem();

    const pool = open.system.spawnPool(worker, { size: 2, name: "crew" });

    const found = ["crew.1", "crew.2"].map((name) => open.system.find(worker, name)?.id);
    assert.deepEqual(found, ids(pool.refs));
  });

  it("refuses an unknown message as a ref does", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(worker, { size: 1 });
    const loose = pool as unknown as {
      ask: Record<string, () => Promise<unknown>>;
      tell: Record<string, () => void>;
    };

    assert.equal(await codeOf(loose.ask["nope"]?.() as Promise<unknown>), "ERR_UNKNOWN_MESSAGE");
    assert.throws(() => loose.tell["nope"]?.(), { code: "ERR_UNKNOWN_MESSAGE" });
    assert.equal(loose.ask["then"], undefined);
  });
});

interface Handlers {
  who(c: never): string;
  hold(c: never, gate: Gate): Promise<string>;
  fail(c: never): never;
}

describe("a broadcast", () => {
  it("asks all and gives each outcome, in the workers' order", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(worker, { size: 3 });

    const who = await pool.broadcast.ask.who();
    const failed = await pool.broadcast.ask.fail();

    assert.deepEqual(
      who.map((outcome) => outcome.status === "fulfilled" && outcome.value),
      ids(pool.refs),
    );
    assert.deepEqual(
      failed.map(({ status }) => status),
      ["rejected", "rejected", "rejected"],
    );
  });

  it("tells all that have room and says how many", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const pool = open.system.spawnPool(worker, { size: 2 });
    const [first] = pool.refs;
    void first?.ask.hold(gate);
    await settleTurns();
    first?.tell.who();
    first?.tell.who();

    assert.equal(pool.broadcast.tell.who(), 1);

    assert.equal(open.system.books().rejected, 1);
    gate.open();
    await pool.stop();
  });

  it("waits for room where the definition says so", async () => {
    await using open = openSystem();
    const waiting = defineActor("waiting", {
      mailbox: { whenFull: "wait" },
      handlers: { noop() {} },
    });
    const pool = open.system.spawnPool(waiting, { size: 2 });

    assert.equal(await pool.broadcast.tell.noop(), 2);
  });

  it("throws what is wrong with the message", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(worker, { size: 2 });
    const loose = pool.broadcast.tell as unknown as Record<string, () => void>;

    assert.throws(() => loose["nope"]?.(), { code: "ERR_UNKNOWN_MESSAGE" });
  });
});

describe("the end of a pool", () => {
  it("by `stop()` comes after what is queued, and replaces no worker", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(worker, { size: 2 });
    const asked = [pool.ask.who(), pool.ask.who(), pool.ask.who()];

    await pool.stop();

    assert.equal((await Promise.all(asked)).length, 3);
    await settleTurns();
    assert.deepEqual(pool.refs, []);
    assert.equal(open.system.books().started, 2);
  });

  it("by `kill()` is at once, and replaces no worker", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const pool = open.system.spawnPool(worker, { size: 2 });
    const held = pool.ask.hold(gate);
    await settleTurns();

    pool.kill();

    assert.equal(await codeOf(held), "ERR_ACTOR_KILLED");
    await settleTurns();
    assert.deepEqual([open.system.books().active, open.system.books().started], [0, 2]);
  });

  it("leaves what is sent afterwards to the dead letters", async () => {
    await using open = openSystem();
    const pool = open.system.spawnPool(worker, { size: 2 });
    await pool.stop();

    pool.tell.who();

    assert.equal(await codeOf(pool.ask.who()), "ERR_ACTOR_STOPPED");
    assert.deepEqual(await pool.broadcast.ask.who(), []);
    assert.equal(pool.broadcast.tell.who(), 0);
    assert.equal(open.system.deadLetters.total, 2);
  });

  it("comes with that of its parent, and with a restart of it", async () => {
    await using open = openSystem();
    const parent = defineActor("parent", {
      onStart: (c) => c.spawnPool(worker, { size: 2 }),
      handlers: {
        fail() {
          throw new Error("again");
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(parent);
    await ref.whenReady();

    ref.tell.fail();
    await ref.ask.ping();

    assert.equal(open.system.books().active, 3);
    await ref.stop();
    await settleTurns();
    assert.deepEqual([open.system.books().active, open.system.books().started], [0, 5]);
  });

  it("comes with a restart that follows at once on the loss of a worker", async () => {
    await using open = openSystem();
    const parent = defineActor("parent", {
      state: () => ({ kill: () => {} }),
      onStart(c) {
        const [first] = c.spawnPool(worker, { size: 2 }).refs;
        c.state.kill = () => first?.kill();
      },
      handlers: {
        fail(c) {
          c.state.kill();
          throw new Error("again");
        },
        ping: () => "pong",
      },
    });
    const ref = open.system.spawn(parent);
    await ref.whenReady();

    ref.tell.fail();
    await ref.ask.ping();
    await settleTurns();

    assert.deepEqual([open.system.books().active, open.system.books().started], [3, 5]);
  });

  it("comes with a shutdown that finds it at work", async () => {
    const system = createSystem({ logger: createLogger({ level: "silent" }) });
    const gate = new Gate();
    const pool = system.spawnPool(worker, { size: 4 });
    const held = Array.from({ length: 6 }, () => pool.ask.hold(gate));
    await settleTurns();

    const down = system.shutdown();
    gate.open();
    await down;

    assert.equal((await Promise.all(held)).length, 6);
    assert.deepEqual([system.books().active, system.books().started], [0, 4]);
    await until(() => system.books().waiting === 0);
  });
});

describe("a pool that cannot be", () => {
  for (const size of [
    0,
    -1,
    1.5,
    Number.NaN,
    1_001,
    Number.POSITIVE_INFINITY,
    "3",
    null,
    undefined,
  ]) {
    it(`has a size of ${String(size)} (${typeof size})`, async () => {
      await using open = openSystem();

      assert.throws(() => open.system.spawnPool(worker, { size: size as number }), {
        code: "ERR_INVALID_OPTION",
        message: /`size` must be an integer from 1 to 1000/,
      });
      assert.equal(open.system.books().started, 0);
    });
  }

  it("has no options, no definition or something else in its place", async () => {
    await using open = openSystem();
    const spawnPool = open.system.spawnPool.bind(open.system) as (...args: unknown[]) => unknown;

    for (const args of [[], [undefined, { size: 1 }], [{ type: "x" }, { size: 1 }], [worker]]) {
      assert.throws(() => spawnPool(...args), { code: "ERR_INVALID_OPTION" });
    }
  });

  it("has an unknown route or a bad name", async () => {
    await using open = openSystem();
    const { system } = open;

    assert.throws(() => system.spawnPool(worker, { size: 1, route: "random" as "round_robin" }), {
      code: "ERR_INVALID_OPTION",
    });
    assert.throws(() => system.spawnPool(worker, { size: 1, name: "no good" }), {
      code: "ERR_INVALID_NAME",
    });
  });

  it("finds a name taken, and leaves no worker behind", async () => {
    await using open = openSystem();
    open.system.spawn(worker, { name: "crew.3" });

    assert.throws(() => open.system.spawnPool(worker, { size: 4, name: "crew" }), {
      code: "ERR_NAME_TAKEN",
    });

    assert.equal(open.system.books().active, 1);
  });

  it("is asked for after the shutdown", async () => {
    await using open = openSystem();
    await open.system.shutdown();

    assert.throws(() => open.system.spawnPool(worker, { size: 2 }), { code: "ERR_SYSTEM_STOPPED" });
  });
});
