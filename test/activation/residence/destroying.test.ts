import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import type {
  BatchResult,
  Loaded,
  LoadRequest,
  WriteOperation,
} from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";
import { allKeys, storeActor, storeSections } from "../../_support/stored-actors.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  handlers: {
    add(c) {
      c.state.items += 1;
      return c.state.items;
    },
    generation: (c) => c.generation,
  },
});

/** A store whose loads and batches can be made to wait. */
class SlowStore extends MemoryStore {
  gate: Promise<void> | undefined;

  override async load(request: LoadRequest): Promise<Loaded> {
    await this.gate;
    return super.load(request);
  }

  override async batch(operations: readonly WriteOperation[]): Promise<BatchResult> {
    await this.gate;
    return super.batch(operations);
  }
}

describe("system.destroy", () => {
  it("removes a sleeping actor without waking it, also one whose type is not defined", async () => {
    const store = new MemoryStore();
    for (const type of ["cart", "former"]) {
      await storeSections(store, await storeActor(store, type, ["alice", "1"]));
    }
    await using open = openManualSystem({ store, actors: [cart] });

    const found = [
      await open.system.destroy(cart, ["alice", "1"]),
      await open.system.destroy("former", ["alice", "1"]),
      await open.system.destroy("former", ["alice", "1"]),
      await open.system.destroy("never", "bob"),
    ];

    assert.deepEqual(found, [true, true, false, false]);
    assert.deepEqual(
      (await allKeys(store)).filter((key) => !key.startsWith("g/")),
      [],
    );
    assert.equal(open.system.books().started, 0);
  });

  it("and a wake at the same time: the later one waits, and a new actor answers", async () => {
    const store = new SlowStore();
    await storeActor(store, "cart", "alice", { generation: 7 });
    await using open = openManualSystem({ store, actors: [cart] });
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;

    const destroyed = open.system.destroy(cart, "alice");
    const asked = open.system.get(cart, "alice").ask.generation();
    await settleTurns();
    resolve();

    assert.deepEqual(await Promise.all([destroyed, asked]), [true, 1]);
  });

  it("a wake that was first: the actor is destroyed after its start", async () => {
    const store = new SlowStore();
    await storeActor(store, "cart", "alice", { generation: 7 });
    await using open = openManualSystem({ store, actors: [cart] });
    const { promise, resolve } = Promise.withResolvers<void>();
    store.gate = promise;

    const asked = codeOf(open.system.get(cart, "alice").ask.generation());
    const destroyed = open.system.destroy(cart, "alice");
    await settleTurns();
    resolve();

    assert.equal(await destroyed, true);
    assert.equal(await asked, "ERR_ACTOR_DESTROYED");
    await settleTurns();
    assert.deepEqual(await allKeys(store), []);
  });

  it("twice at the same time removes once", async () => {
    const store = new SlowStore();
    await storeActor(store, "cart", "alice");
    await using open = openManualSystem({ store, actors: [cart] });

    const found = await Promise.all([
      open.system.destroy(cart, "alice"),
      open.system.destroy(cart, "alice"),
    ]);

    assert.deepEqual(found, [true, false]);
    assert.deepEqual(await allKeys(store), []);
  });

  it("leaves the entry of the key empty: the key is asleep again", async () => {
    await using open = openManualSystem({ actors: [cart] });
    const alice = open.system.get(cart, "alice");
    await alice.ask.add();

    await alice.destroy();
    await until(() => open.system.books().active === 0);

    assert.deepEqual((await open.system.keys(cart)).keys, []);
    assert.equal(await alice.ask.add(), 1);
  });
});
