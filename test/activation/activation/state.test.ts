import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor, type KeyedContext } from "../../../src/index.ts";
import { codeOf, Gate, settleTurns } from "../../_support/actor-waiting.ts";
import { allAsleep, failureOf, openKeyed, viewOf, WatchedStore } from "../../_support/keyed.ts";

interface Total {
  total: number;
}
type Act = (c: KeyedContext<Total>) => unknown;

const counter = defineKeyedActor("counter", {
  state: (): Total => ({ total: 0 }),
  handlers: {
    add: (c, by: number) => (c.state.total += by),
    act: (c, act: Act) => act(c),
    get: (c) => c.state.total,
  },
});

describe("the state of a keyed actor", () => {
  it("is stored before the reply to an ask that has changed it", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    const release = open.store.hold();
    let replied = false;

    const asked = ref.ask.add(2).then(() => {
      replied = true;
    });
    await settleTurns();
    assert.equal(replied, false);
    release();
    await asked;

    assert.deepEqual(await open.store.state("counter/a"), { total: 2 });
  });

  it("is stored once for all messages of a turn, and not at all if it has not changed", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    const before = open.store.batches.length;

    await Promise.all(Array.from({ length: 20 }, () => ref.ask.add(1)));
    const changed = open.store.batches.length - before;
    await ref.ask.get();
    await ref.ask.act((c) => {
      c.state = { total: c.state.total };
    });

    assert.ok(changed <= 3, `${changed} commits`);
    assert.equal(open.store.batches.length - before, changed);
    assert.deepEqual(await open.store.state("counter/a"), { total: 21 });
  });

  it("is stored within the interval after a tell, and not while a handler awaits", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    await ref.ask.add(1);
    const gate = new Gate();

    ref.tell.add(1);
    await open.clock.advance(999);
    assert.deepEqual(await open.store.state("counter/a"), { total: 1 });
    await open.clock.advance(1);
    assert.deepEqual(await open.store.state("counter/a"), { total: 2 });
    ref.tell.act(async (c) => {
      c.state.total += 10;
      await gate.opened;
      c.state.total += 10;
    });
    await open.clock.advance(2_000);
    assert.deepEqual(await open.store.state("counter/a"), { total: 2 });
    gate.open();
    await open.clock.advance(1_000);

    assert.deepEqual(await open.store.state("counter/a"), { total: 22 });
  });

  it("that a task changes is stored within the interval", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    const gate = new Gate();
    await ref.ask.act((c) => {
      c.spawnTask("count", async () => {
        await gate.opened;
        c.state.total = 7;
        await new Promise(() => {});
      });
    });
    gate.open();

    await open.clock.advance(2_000);

    assert.deepEqual(await open.store.state("counter/a"), { total: 7 });
    const asleep = ref.sleep();
    await open.clock.advance(7_000);
    await asleep;
  });

  it("is stored at once by saveState", async () => {
    await using open = openKeyed();
    const ref = open.system.get(counter, "a");
    const stored: unknown[] = [];

    await ref.ask.act(async (c) => {
      c.state.total = 5;
      await c.saveState();
      stored.push(await open.store.state("counter/a"));
      c.state.total = 6;
    });

    assert.deepEqual(stored, [{ total: 5 }]);
    assert.deepEqual(await open.store.state("counter/a"), { total: 6 });
  });

  it("of a type that saves by interval is stored behind the replies", async () => {
    const limiter = defineKeyedActor("limiter", {
      save: "interval",
      saveIntervalMs: 5_000,
      state: (): Total => ({ total: 0 }),
      handlers: { add: (c, by: number) => (c.state.total += by) },
    });
    await using open = openKeyed();
    const ref = open.system.get(limiter, "a");

    assert.deepEqual([await ref.ask.add(1), await ref.ask.add(1)], [1, 2]);
    await open.clock.advance(4_999);
    const early = open.store.batches.length;
    await open.clock.advance(1);

    assert.ok(early <= 1, `${early} commits`);
    assert.deepEqual(await open.store.state("limiter/a"), { total: 2 });
  });

  it("is stored when the actor goes to sleep, even if its hook throws", async () => {
    const forgetful = defineKeyedActor("forgetful", {
      state: (): Total => ({ total: 0 }),
      handlers: {
        add(c, by: number) {
          c.state.total += by;
        },
      },
      onSleep(c) {
        c.state.total += 100;
        throw new Error("no");
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(forgetful, "a");
    ref.tell.add(1);

    await ref.sleep();

    assert.deepEqual(await open.store.state("forgetful/a"), { total: 101 });
    assert.equal(await open.telemetry.value("actor.failures"), 1);
  });

  it("that cannot be stored is refused with its path, and the actor goes on with what is stored", async () => {
    const loose = defineKeyedActor("loose", {
      state: () => ({ total: 0, extra: undefined as unknown }),
      handlers: {
        set(c, extra: unknown) {
          c.state.total += 1;
          c.state.extra = extra;
        },
        get: (c) => c.state,
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(loose, "a");
    await ref.ask.set("text");
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    const values: readonly [unknown, RegExp][] = [
      [new Date(0), /state\.extra is a Date/],
      [new Map(), /state\.extra is a Map/],
      [1n, /state\.extra is a bigint/],
      [{ at: [Number.NaN] }, /state\.extra\.at\[0\] is NaN/],
      [cycle, /state\.extra\.self/],
    ];

    for (const [value, text] of values) {
      const error = await ref.ask.set(value).catch((thrown: Error) => thrown);
      assert.equal((error as { readonly code?: string }).code, "ERR_STATE_INVALID");
      assert.match((error as Error).message, text);
      assert.deepEqual(await ref.ask.get(), { total: 1, extra: "text" });
    }

    const phases = open.telemetry
      .logs()
      .filter(({ event }) => event === "actor.failed")
      .map(({ phase }) => phase);
    assert.deepEqual([...new Set(phases)], ["save"]);
  });

  it("that is too large is refused", async () => {
    const small = defineKeyedActor("small", {
      maxStateBytes: 100,
      state: () => ({ text: "" }),
      handlers: {
        set(c, text: string) {
          c.state.text = text;
        },
        get: (c) => c.state.text,
      },
    });
    await using open = openKeyed();
    const ref = open.system.get(small, "a");
    await ref.ask.set("ok");

    assert.equal(await codeOf(ref.ask.set("x".repeat(100))), "ERR_STATE_TOO_LARGE");

    assert.equal(await ref.ask.get(), "ok");
  });

  it("is kept by an onFailure that resumes, and stored with the next change", async () => {
    const store = new WatchedStore();
    const stubborn = defineKeyedActor("stubborn", {
      state: (): Total => ({ total: 0 }),
      handlers: { add: (c, by: number) => (c.state.total += by) },
      onFailure: () => "resume",
    });
    await using open = openKeyed({}, store);
    const ref = open.system.get(stubborn, "a");
    await ref.ask.add(1);
    store.refuse("ERR_STORE_FULL");

    assert.deepEqual(await failureOf(ref.ask.add(1)), {
      code: "ERR_SAVE_FAILED",
      causeCode: "ERR_STORE_FULL",
      cause: "refused with ERR_STORE_FULL",
    });

    assert.equal(await ref.ask.add(1), 3);
    assert.deepEqual(await store.state("stubborn/a"), { total: 3 });
  });
});

describe("a state whose version has changed", () => {
  const person = (version: number, migrate: (old: unknown, from: number) => object) =>
    defineKeyedActor("person", {
      version,
      state: () => ({ name: "Ada Lovelace" }) as object,
      migrate,
      handlers: {
        get: (c) => c.state,
        set(c, state: object) {
          c.state = state;
        },
      },
    });
  const v1 = person(1, (old) => old as object);

  async function storeV1(): Promise<WatchedStore> {
    const store = new WatchedStore();
    await using open = openKeyed({}, viewOf(store));
    await open.system.get(v1, "a").ask.get();
    return store;
  }

  it("is migrated from the stored version and stored without a message", async () => {
    const store = await storeV1();
    const froms: number[] = [];
    const v3 = person(3, (old, from) => {
      froms.push(from);
      const [first, last] = (old as { readonly name: string }).name.split(" ");
      return { first, last };
    });
    await using open = openKeyed({}, viewOf(store));

    await open.system.get(v3, "a").whenReady();
    await settleTurns();

    assert.deepEqual(froms, [1]);
    assert.deepEqual(await store.state("person/a"), { first: "Ada", last: "Lovelace" });
    assert.partialDeepStrictEqual(await store.meta("person/a"), { version: 3, generation: 2 });
  });

  it("is refused by an older program, and not a byte of it changes", async () => {
    const store = await storeV1();
    {
      await using open = openKeyed({}, viewOf(store));
      await open.system
        .get(
          person(3, () => ({ v: 3 })),
          "a",
        )
        .whenReady();
    }
    const before = [await store.text("m/person/a"), await store.text("s/person/a")];
    await using open = openKeyed({}, viewOf(store));

    const failure = await failureOf(open.system.get(v1, "a").ask.get());
    await allAsleep(open);

    assert.deepEqual([failure.code, failure.causeCode], ["ERR_START_FAILED", "ERR_STATE_NEWER"]);
    assert.deepEqual([await store.text("m/person/a"), await store.text("s/person/a")], before);
  });

  it("stays as it was when migrate throws", async () => {
    const store = await storeV1();
    const before = await store.text("s/person/a");
    const broken = person(2, () => {
      throw new Error("unreadable");
    });
    await using open = openKeyed({}, viewOf(store));

    const failure = await failureOf(open.system.get(broken, "a").ask.get());

    assert.deepEqual(
      [failure.code, failure.causeCode],
      ["ERR_START_FAILED", "ERR_STATE_MIGRATION"],
    );
    assert.equal(await store.text("s/person/a"), before);
  });

  it("keeps properties of the same version that an older program does not know", async () => {
    const store = await storeV1();
    {
      await using open = openKeyed({}, viewOf(store));
      await open.system.get(v1, "a").ask.set({ name: "Ada", added: "later" });
    }
    await using open = openKeyed({}, viewOf(store));
    const ref = open.system.get(v1, "a");

    const state = (await ref.ask.get()) as { name: string };
    await ref.ask.set({ ...state, name: "Grace" });

    assert.deepEqual(await store.state("person/a"), { name: "Grace", added: "later" });
  });
});
