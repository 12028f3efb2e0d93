import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, RemoteError } from "../../../src/cluster.ts";
import { defineKeyedActor, LimelightError, PublicError, queue } from "../../../src/index.ts";
import { expectBooks } from "../../../src/testing.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";
import { ClusterWorld, type WorldNode } from "../../_support/cluster-world.ts";

let gate = new Gate();

const account = defineKeyedActor("account", {
  state: () => ({ cents: 0 }),
  queues: { deposits: queue<number, number>() },
  handlers: {
    add(c, cents: number) {
      c.state.cents += cents;
      return c.state.cents;
    },
    read: (c) => c.state.cents,
    where: (c) => c.system.name,
    generation: (c) => c.generation,
    echo: (_c, value?: unknown) => value,
    reply: () => new Map(),
    refuse() {
      throw new PublicError("too little", { code: "TOO_LITTLE", status: 409, data: { left: 3 } });
    },
    boom() {
      throw new RangeError("boom");
    },
    disown() {
      throw new ClusterError("not mine", { code: "ERR_NOT_OWNER" });
    },
    async hang() {
      await gate.opened;
      return "opened";
    },
    addLater(c, cents: number) {
      c.schedule.after(300)["add"]?.(cents);
    },
  },
  async run(c) {
    for await (const message of c.queue.deposits) {
      c.state.cents += message.body;
      await message.complete(c.state.cents);
    }
  },
});

const funded = defineKeyedActor("funded", {
  state: (input: { readonly cents: number }) => ({ cents: input.cents }),
  handlers: { read: (c) => c.state.cents },
});

/** Two runners, and a key for each that is on it. */
interface Two extends AsyncDisposable {
  readonly world: ClusterWorld;
  readonly a: WorldNode;
  readonly b: WorldNode;
  /** Key of an actor on `b`. */
  readonly far: string;
}

async function two(): Promise<Two> {
  const world = await ClusterWorld.open();
  const a = await world.add("a", { actors: [account, funded] });
  const b = await world.add("b", { actors: [account, funded] });
  for (let at = 0; ; at += 1) {
    const far = `key-${at}`;
    if ((await a.system.get(account, far).ask.where()) !== "b") continue;
    return { world, a, b, far, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
  }
}

describe("two nodes of a cluster", () => {
  it("reach an actor wherever it is, and spread actors", async () => {
    await using all = await two();
    const { a, b } = all;
    const places = new Set<string>();
    for (let at = 0; at < 20; at += 1) {
      const key = `k${at}`;
      assert.equal(await a.system.get(account, key).ask.add(5), 5);
      assert.equal(await b.system.get(account, key).ask.add(2), 7);
      places.add(await a.system.get(account, key).ask.where());
    }

    assert.deepEqual([...places].sort(), ["a", "b"]);
    for (const { system } of [a, b]) expectBooks(system);
  });

  it("answer messages that were sent before the first of them was open", async () => {
    await using world = await ClusterWorld.open();
    const { system } = world.begin("a", { actors: [account, funded] });

    assert.equal(await system.get(account, "x").ask.add(1), 1);
  });

  it("keep the order of the messages of a sender", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);

    const replies = Array.from({ length: 50 }, (_, at) => {
      ref.tell.add(1);
      return [at, ref.ask.read()] as const;
    });

    for (const [at, reply] of replies) assert.equal(await reply, at + 1);
  });

  it("give a new actor its input", async () => {
    await using all = await two();
    for (const key of ["r1", "r2", "r3", "r4"]) {
      const ref = all.a.system.get(funded, key, { input: { cents: 70 } });
      assert.equal(await ref.ask.read(), 70);
    }
  });

  it("carry queue messages and their replies", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);

    assert.match(await ref.queue.deposits.send(4), /./);
    assert.equal(await ref.queue.deposits.ask(3), 7);
    assert.equal(await all.b.system.get(account, all.far).ask.read(), 7);
  });

  it("say what handlers have thrown, without their causes", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);

    await assert.rejects(ref.ask.refuse(), (error) => {
      assert.ok(PublicError.is(error));
      assert.deepEqual([error.code, error.status, error.data], ["TOO_LITTLE", 409, { left: 3 }]);
      return true;
    });
    await assert.rejects(ref.ask.boom(), (error) => {
      assert.ok(error instanceof RemoteError);
      assert.deepEqual([error.name, error.message], ["RangeError", "boom"]);
      return true;
    });
  });

  it("take an error of a handler for its answer, also one with a code of clusters", async () => {
    await using all = await two();
    const refused = all.a.system.get(account, all.far).ask.disown();

    await assert.rejects(refused, { code: "ERR_NOT_OWNER", message: "not mine" });
  });

  it("refuse arguments and replies that JSON would change", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);

    const invalid = [new Map(), [undefined], 1n, Number.NaN, { at: new Date(0) }];
    for (const value of invalid) {
      await assert.rejects(ref.ask.echo(value), { code: "ERR_STATE_INVALID" });
    }
    await assert.rejects(ref.ask.reply(), { code: "ERR_STATE_INVALID", message: /reply is a Map/ });
    assert.deepEqual(await ref.ask.echo({ a: [1, null] }), { a: [1, null] });
    assert.equal(await ref.ask.echo(), undefined);
  });

  it("refuse messages that are larger than the engine takes", async () => {
    await using all = await two();
    const { maxMessageBytes } = all.world.session.capabilities;
    const ref = all.a.system.get(account, all.far);

    await assert.rejects(ref.ask.echo("x".repeat(maxMessageBytes)), {
      code: "ERR_ENGINE_TOO_LARGE",
    });
  });

  it("end the wait of a caller after its time-out", async () => {
    gate = new Gate();
    await using all = await two();
    const ref = all.a.system.get(account, all.far).with({ timeoutMs: 50 });

    await assert.rejects(ref.ask.hang(), { code: "ERR_ASK_TIMEOUT" });
    gate.open();
    assert.equal(await all.a.system.get(account, all.far).ask.read(), 0);
  });

  it("end the wait of a caller that aborts", async () => {
    gate = new Gate();
    await using all = await two();
    const controller = new AbortController();
    const { signal } = controller;
    const asked = all.a.system.get(account, all.far).with({ signal }).ask.hang();
    controller.abort();

    await assert.rejects(asked, { code: "ERR_ABORTED" });
    gate.open();
  });

  it("let an actor sleep and wake under the next generation", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);
    await ref.ask.add(3);
    await ref.sleep();
    assert.equal(await ref.ask.read(), 3);
    const generation = await ref.ask.generation();

    assert.ok(generation > 1);
  });

  it("destroy actors of each other, awake and asleep", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);
    await ref.ask.add(3);
    assert.equal(await all.a.system.destroy(account, all.far), true);
    assert.equal(await ref.ask.read(), 0);
    await ref.ask.add(4);
    await ref.sleep();
    await ref.destroy();
    assert.equal(await ref.ask.read(), 0);
    assert.equal(await all.b.system.destroy(account, "nobody"), false);
  });

  it("kill actors of each other", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);
    const stopped = ref.whenStopped();
    ref.kill();

    assert.equal(await stopped, "killed");
    assert.equal(await ref.ask.read(), 0);
  });

  it("run a schedule of an actor that sleeps", async () => {
    await using all = await two();
    const ref = all.a.system.get(account, all.far);
    await ref.ask.addLater(9);
    await ref.sleep();
    let cents = 0;
    const look = async (): Promise<void> => {
      cents = await ref.ask.read();
    };
    await until(() => {
      void look();
      return cents === 9;
    });
  });

  it("move the actors of one that is shut down, and lose nothing", async () => {
    await using all = await two();
    const keys = Array.from({ length: 20 }, (_, at) => `k${at}`);
    for (const key of keys) await all.b.system.get(account, key).ask.add(1);
    let isOver = false;
    const counts = new Map(keys.map((key) => [key, 1]));
    const traffic = keys.map(async (key) => {
      while (!isOver) {
        await all.b.system.get(account, key).ask.add(1);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    });
    await all.world.end(all.a);
    isOver = true;
    await Promise.all(traffic);

    for (const [key, count] of counts) {
      assert.equal(await all.b.system.get(account, key).ask.read(), count, key);
      assert.equal(await all.b.system.get(account, key).ask.where(), "b");
    }
    const { health } = { health: all.b.system.health() };
    assert.equal(health.cluster?.isReady, true);
  });
});

describe("an actor that moves", () => {
  it("hands over what an actor has in memory when it moves (C9)", async () => {
    await using world = await ClusterWorld.open();
    const recent = defineKeyedActor("recent", {
      vars: (_c, handed) => ({ seen: [...((handed as readonly number[] | undefined) ?? [])] }),
      handlers: {
        see: (c, value: number) => c.vars.seen.push(value),
        seen: (c) => ({ at: c.system.name, values: c.vars.seen }),
      },
      onHandOver: (c) => c.vars.seen,
    });
    const a = await world.add("a", { actors: [recent] });
    await a.system.get(recent, "k").ask.see(7);
    const b = await world.add("b", { actors: [recent] });

    await world.end(a);

    const { ask } = b.system.get(recent, "k");
    assert.deepEqual(await ask.seen(), { at: "b", values: [7] });
    assert.equal(
      await b.telemetry.value("actor.handovers", { "actor.handover.outcome": "taken" }),
      1,
    );
  });
});

describe("a client of a cluster", () => {
  it("calls actors and runs none", async () => {
    await using world = await ClusterWorld.open();
    await world.add("a", { actors: [account, funded] });
    const client = await world.add("c", { actors: [account, funded] }, { client: true });

    for (const key of ["x", "y", "z"]) {
      assert.equal(await client.system.get(account, key).ask.where(), "a");
    }
    assert.equal((await world.runners()).length, 1);
  });
});

describe("a cluster without a runner", () => {
  it("fails a call before its time-out, and says why", async () => {
    await using world = await ClusterWorld.open();
    const client = await world.add(
      "c",
      { actors: [account, funded] },
      { client: true, coordinator: true },
    );
    const ref = client.system.get(account, "x").with({ timeoutMs: 300 });

    await assert.rejects(ref.ask.read(), (error) => {
      assert.ok(LimelightError.is(error));
      assert.equal(error.code, "ERR_NO_RUNNER");
      return true;
    });
  });
});
