import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeBirth } from "../../../src/activation/records/birth-record.ts";
import { birthKey, type Owner } from "../../../src/activation/records/record-keys.ts";
import { BirthSweep } from "../../../src/activation/residence/birth-sweep.ts";
import { ManualClock } from "../../../src/testing.ts";
import { until } from "../../_support/actor-waiting.ts";
import { WatchedStore } from "../../_support/keyed.ts";
import { PlacedWorld } from "../../_support/placed-world.ts";

const MINUTE_MS = 60_000;
const OWNERS = Array.from({ length: 600 }, (_, at): Owner => {
  return { type: "cart", keyText: `k${String(at).padStart(3, "0")}` };
});

async function leaveBirths(store: WatchedStore, owners: readonly Owner[]): Promise<void> {
  for (const owner of owners) await store.put(birthKey(owner), encodeBirth({ generation: 3 }));
}

/** A sweep of a store, some of whose actors are awake. */
class Births {
  readonly store: WatchedStore = new WatchedStore();
  readonly clock: ManualClock = new ManualClock();
  readonly awake = new Set<string>();
  readonly removed: string[] = [];
  readonly errors: string[] = [];
  /** Called before what needs that an actor is nowhere. */
  before: (owner: Owner) => Promise<void> = async () => {};
  readonly sweep: BirthSweep = new BirthSweep({
    store: this.store,
    clock: this.clock,
    placement: {
      exclusively: async (owner, work) => {
        await this.before(owner);
        return this.awake.has(owner.keyText) ? undefined : await work();
      },
    },
    removed: ({ keyText }) => this.removed.push(keyText),
    failed: ({ message }) => this.errors.push(message),
  });

  async keys(): Promise<readonly string[]> {
    return (await this.store.allKeys()).map((key) => key.replace("n/cart/", ""));
  }
}

describe("birth records that processes have left", () => {
  it("are removed, however many there are, but those of actors that are awake", async () => {
    const births = new Births();
    await leaveBirths(births.store, OWNERS);
    for (const keyText of ["k001", "k500"]) births.awake.add(keyText);
    births.sweep.start();

    await births.clock.advance(MINUTE_MS);
    await until(() => births.removed.length === OWNERS.length - 2);

    assert.deepEqual(await births.keys(), ["k001", "k500"]);
    births.awake.clear();
    await births.clock.advance(10 * MINUTE_MS);
    await until(() => births.removed.length === OWNERS.length);
    assert.deepEqual(await births.keys(), []);
    await births.sweep.close();
  });

  it("stay when a later claim has taken their place meanwhile", async () => {
    const births = new Births();
    await leaveBirths(births.store, OWNERS.slice(0, 2));
    births.before = async (owner) => {
      if (owner.keyText !== "k000") return;
      await births.store.put(birthKey(owner), encodeBirth({ generation: 4 }));
    };
    births.sweep.start();

    await births.clock.advance(MINUTE_MS);
    await until(() => births.removed.length === 1);
    await births.sweep.close();

    assert.deepEqual([await births.keys(), births.errors], [["k000"], []]);
  });

  it("are looked at again after an error, and by no process that was told that another one does", async () => {
    const births = new Births();
    await leaveBirths(births.store, OWNERS.slice(0, 1));
    births.before = async () => {
      throw new Error("no answer");
    };
    births.sweep.start();
    await births.clock.advance(MINUTE_MS);
    await until(() => births.errors.length === 1);
    births.before = async () => {};
    births.sweep.pause();
    await births.clock.advance(60 * MINUTE_MS);
    assert.deepEqual(await births.keys(), ["k000"]);

    births.sweep.start();
    await births.clock.advance(MINUTE_MS);
    await until(() => births.removed.length === 1);

    assert.deepEqual(births.errors, ["no answer"]);
    await births.sweep.close();
  });
});

describe("a process that scans the store of a cluster", () => {
  it("removes the birth records that others have left", async () => {
    await using world = new PlacedWorld();
    const [one] = world.open(["one"]);
    await leaveBirths(world.store, OWNERS.slice(0, 1));

    one?.host.scan();
    await world.clock.advance(MINUTE_MS);

    await until(() => world.store.batches.length > 1);
    assert.deepEqual(await world.store.allKeys(), []);
  });
});
