import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { until } from "../../_support/actor-waiting.ts";
import { storeActor } from "../../_support/stored-actors.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  idleMs: 1_000,
  handlers: {
    touch(c) {
      c.state.items = 1;
    },
  },
});

describe("a look at the keys of a system", () => {
  it("wakes no actor and keeps none awake", async () => {
    const store = new MemoryStore();
    for (let at = 0; at < 50; at += 1) await storeActor(store, "cart", `asleep ${at}`);
    await using open = openManualSystem({ store, actors: [cart] });
    await open.system.get(cart, "awake").ask.touch();

    const seen: boolean[] = [];
    for (let at = 0; at < 10; at += 1) {
      await open.clock.advance(100);
      const { keys } = await open.system.keys(cart, { prefix: "a" });
      assert.equal(keys.length, 51);
      seen.push(keys.some(({ awake }) => awake));
    }
    await until(() => open.system.books().active === 0);
    const { keys } = await open.system.keys("cart", { state: "awake" });

    assert.deepEqual(keys, []);
    assert.ok(seen.slice(0, 9).every((awake) => awake));
    assert.equal(open.system.books().started, 1);
  });

  it("finds the few that are awake among many that sleep", async () => {
    const store = new MemoryStore();
    for (let at = 0; at < 500; at += 1) await storeActor(store, "cart", `key ${at}`);
    await using open = openManualSystem({ store, actors: [cart] });
    for (const key of ["key 300", "key 7"]) await open.system.get(cart, key).ask.touch();

    const { keys, cursor } = await open.system.keys(cart, { state: "awake", limit: 10 });

    assert.equal(cursor, undefined);
    assert.deepEqual(
      keys.map(({ key, generation }) => [key, generation]),
      [
        [["key 300"], 2],
        [["key 7"], 2],
      ],
    );
  });
});
