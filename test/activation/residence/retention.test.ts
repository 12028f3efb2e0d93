import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Removal } from "../../../src/activation/activation/stored-removal.ts";
import { expiryKey, type Owner, ownerOf } from "../../../src/activation/records/record-keys.ts";
import { Retention, type RetentionParts } from "../../../src/activation/residence/retention.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { ManualClock } from "../../../src/testing.ts";
import { allKeys, storeActor, storeSections } from "../../_support/stored-actors.ts";
import { until } from "../../_support/telemetry-until.ts";

/** A retention, with what it did. */
class World {
  readonly store: MemoryStore;
  readonly clock: ManualClock = new ManualClock();
  readonly removed: [string, Removal][] = [];
  readonly failed: string[] = [];
  readonly awake = new Set<string>();
  readonly taken = new Set<string>();
  readonly retention: Retention;
  mostTaken = 0;

  constructor(store: MemoryStore = new MemoryStore(), exclusively?: RetentionParts["exclusively"]) {
    this.store = store;
    this.retention = new Retention({
      store,
      clock: this.clock,
      take: ({ keyText }) => this.#take(keyText),
      isWakeable: () => true,
      exclusively,
      removed: ({ keyText }, removal) => this.removed.push([keyText, removal]),
      failed: (error, owner) => this.failed.push(`${owner?.keyText}: ${error.message}`),
    });
  }

  /** Stores an actor that expires `inMs` from now. */
  add(key: string, inMs: number): Promise<Owner> {
    return storeActor(this.store, "cart", key, {
      expiresAtMs: Math.ceil(this.clock.epochMs() + inMs),
    });
  }

  /** Moves the clock, and waits until the sweep that this begins has ended. */
  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await until(() => this.taken.size === 0, "the removals");
    for (let hop = 0; hop < 50; hop += 1) await Promise.resolve();
  }

  #take(keyText: string): (() => void) | undefined {
    if (this.awake.has(keyText)) return undefined;
    this.taken.add(keyText);
    this.mostTaken = Math.max(this.mostTaken, this.taken.size);
    return () => this.taken.delete(keyText);
  }
}

describe("retention", () => {
  it("removes actors when they expire, all of them, with one timer", async () => {
    const world = new World();
    const owner = await world.add("a", 10_000);
    await storeSections(world.store, owner);
    await world.add("b", 10_000);
    await world.add("c", 20_000);
    world.retention.start();
    await world.pass(0);

    const timers = world.clock.backgroundTimers;
    await world.pass(9_999);
    const before = world.removed.length;
    await world.pass(1);
    const first = world.removed.map(([key]) => key);
    await world.pass(10_000);

    assert.deepEqual([timers, before, first], [1, 0, ["a", "b"]]);
    assert.deepEqual(world.removed[0], ["a", { files: ["cart/first.sqlite"] }]);
    assert.deepEqual(await allKeys(world.store), ["g/cart/first.sqlite"]);
    assert.equal(world.clock.backgroundTimers, 0);
  });

  it("removes 10,000 actors in pages, at most 8 at a time", async () => {
    const world = new World();
    for (let at = 0; at < 10_000; at += 1) await world.add(`key ${at}`, 1_000);
    world.retention.start();
    await world.pass(0);

    await world.clock.advance(1_000);
    await until(() => world.removed.length === 10_000, "all removals");

    assert.equal(world.mostTaken, 8);
    assert.deepEqual(await allKeys(world.store), []);
  });

  it("leaves awake actors alone, and looks at them again when it is told that they have ended", async () => {
    const world = new World();
    await world.add("a", 1_000);
    world.awake.add("a");
    world.retention.start();

    await world.pass(5_000);
    const during = world.removed.length;
    world.awake.clear();
    world.retention.notice(0);
    await world.pass(0);

    assert.equal(during, 0);
    assert.deepEqual(
      world.removed.map(([key]) => key),
      ["a"],
    );
  });

  it("does not remove an actor that was used since: its entry was replaced", async () => {
    const world = new World();
    const owner = await world.add("a", 50_000);
    const stale = expiryKey(Math.ceil(world.clock.epochMs()), owner);
    await world.store.put(stale, new Uint8Array());
    await world.store.put(expiryKey(1, ownerOf("cart", "gone")), new Uint8Array());

    world.retention.start();
    await world.pass(1);

    assert.deepEqual(world.removed, []);
    const left = await allKeys(world.store);
    assert.ok(!left.includes(stale) && left.length === 3, left.join());
  });

  it("learns of an earlier expiry, also during a sweep", async () => {
    const world = new World();
    await world.add("late", 50_000);
    world.retention.start();
    await world.pass(0);

    await world.add("early", 2_000);
    world.retention.notice(world.clock.epochMs() + 2_000);
    await world.pass(2_000);

    assert.deepEqual(
      world.removed.map(([key]) => key),
      ["early"],
    );
  });

  it("notices within a minute that the wall clock was set", async () => {
    const world = new World();
    await world.add("a", 3_600_000);
    world.retention.start();
    await world.pass(0);

    // As if the clock had been set forward by an hour: the entry is due before the timer says so.
    await world.store.put(expiryKey(0, ownerOf("cart", "a")), new Uint8Array());
    const timers = world.clock.backgroundTimers;
    await world.pass(60_000);

    assert.equal(timers, 1);
    assert.ok(!(await allKeys(world.store)).includes(expiryKey(0, ownerOf("cart", "a"))));
  });

  it("tries again after an error, and removes the others meanwhile", async () => {
    const store = new MemoryStore();
    let fails = true;
    const faulty = new Proxy(store, {
      get(target, name: keyof MemoryStore) {
        if (name !== "batch") return (target[name] as () => unknown).bind(target);
        return (...args: Parameters<MemoryStore["batch"]>) => {
          const isFirst = "key" in args[0][0]! && args[0][0].key.endsWith("/a");
          if (fails && isFirst) return Promise.reject(new Error("no disk"));
          return target.batch(...args);
        };
      },
    });
    const world = new World(faulty);
    for (const key of ["b", "c"]) await world.add(key, 1_000);
    fails = false;
    await world.add("a", 1_000);
    fails = true;
    world.retention.start();

    await world.pass(1_000);
    const first = world.removed.map(([key]) => key);
    fails = false;
    await world.pass(1_000);

    assert.deepEqual(first, ["b", "c"]);
    assert.deepEqual(world.failed, ["a: no disk"]);
    assert.deepEqual(await allKeys(store), []);
  });

  it("ends with the removals that are under way", async () => {
    const world = new World();
    await world.add("a", 1_000);
    await world.add("b", 2_000);
    world.retention.start();
    await world.pass(0);

    await world.clock.advance(1_000);
    await world.retention.close();
    world.retention.notice(0);
    await world.pass(60_000);

    assert.equal(world.removed.length, 1);
    assert.equal(world.clock.backgroundTimers, 0);
  });
});

describe("retention of a store that other processes use", () => {
  it("reads nothing before it is told to, and nothing after it was paused", async () => {
    const world = new World(undefined, (_owner, work) => work());
    const owner = await world.add("a", 10_000);
    world.retention.notice(0);
    await world.pass(10_000);
    assert.equal(world.removed.length, 0);

    world.retention.start();
    await world.pass(0);
    assert.deepEqual(
      world.removed.map(([key]) => key),
      ["a"],
    );

    await world.add(owner.keyText, 10_000);
    world.retention.pause();
    await world.pass(100_000);
    assert.equal(world.removed.length, 1);
    assert.equal(world.clock.backgroundTimers, 0);
    await world.retention.close();
  });

  it("finds what others have stored, and leaves actors that are awake elsewhere", async () => {
    const elsewhere = new Set(["b"]);
    const world = new World(undefined, async ({ keyText }, work) =>
      elsewhere.has(keyText) ? undefined : await work(),
    );
    world.retention.start();
    await world.pass(0);
    await world.add("a", 1_000);
    await world.add("b", 1_000);
    await world.pass(60_000);
    assert.deepEqual(
      world.removed.map(([key]) => key),
      ["a"],
    );

    elsewhere.clear();
    await world.pass(60_000);

    assert.deepEqual(
      world.removed.map(([key]) => key),
      ["a", "b"],
    );
    await world.retention.close();
  });

  it("tries again when it is not known whether an actor is awake elsewhere", async () => {
    let fails = true;
    const world = new World(undefined, async (_owner, work) => {
      if (fails) throw new Error("no answer");
      return await work();
    });
    await world.add("a", 0);
    world.retention.start();
    await world.pass(0);
    assert.deepEqual(world.failed, ["a: no answer"]);

    fails = false;
    await world.pass(1_000);

    assert.equal(world.removed.length, 1);
    await world.retention.close();
  });
});
