import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metaKey, ownerOf } from "../../../src/activation/records/record-keys.ts";
import { type KeyPagesParts, listKeys } from "../../../src/activation/residence/key-pages.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { actorOperations, storeActor } from "../../_support/stored-actors.ts";

/** A listing over `store` with these keys in memory. */
function startParts(
  store: MemoryStore,
  awake: readonly string[] = [],
): KeyPagesParts & { readonly errors: unknown[] } {
  const errors: unknown[] = [];
  return {
    store,
    isAwake: (_type, text) => awake.includes(text),
    awakeKeys: () => awake,
    damaged: (_type, error) => errors.push(error),
    errors,
  };
}

async function keysOf(...args: Parameters<typeof listKeys>): Promise<string[]> {
  const { keys } = await listKeys(...args);
  return keys.map(({ key }) => key.join("+"));
}

describe("a listing of keys", () => {
  it("has the records of one type, in order, and says which actors are awake", async () => {
    const store = new MemoryStore();
    await storeActor(store, "cart", "bob", { generation: 7, stateBytes: 40, schedules: 1 });
    await storeActor(store, "cart", ["alice", "2"], { usedAtMs: 5_000, queued: 3 });
    await storeActor(store, "carts", "zoe");

    const { keys, cursor } = await listKeys(startParts(store, ["bob"]), "cart");

    assert.equal(cursor, undefined);
    assert.deepEqual(keys, [
      {
        key: ["alice", "2"],
        awake: false,
        generation: 1,
        usedAtMs: 5_000,
        stateBytes: 2,
        schedules: 0,
        queued: 3,
      },
      {
        key: ["bob"],
        awake: true,
        generation: 7,
        usedAtMs: 1_000,
        stateBytes: 40,
        schedules: 1,
        queued: 0,
      },
    ]);
  });

  it("finds keys by prefix: a text begins the first part, parts are whole", async () => {
    const store = new MemoryStore();
    const keys = [
      ["plant-1"],
      ["plant-1", "pump-7"],
      ["plant-10", "pump"],
      ["заказ", "1"],
      ["🚚 1"],
    ];
    for (const key of keys) await storeActor(store, "twin", key);
    const parts = startParts(store);

    assert.deepEqual(await keysOf(parts, "twin", { prefix: "plant-1" }), [
      "plant-1",
      "plant-1+pump-7",
      "plant-10+pump",
    ]);
    assert.deepEqual(await keysOf(parts, "twin", { prefix: ["plant-1"] }), ["plant-1+pump-7"]);
    assert.deepEqual(await keysOf(parts, "twin", { prefix: "зак" }), ["заказ+1"]);
    assert.deepEqual(await keysOf(parts, "twin", { prefix: "🚚" }), ["🚚 1"]);
  });

  for (const state of ["awake", "asleep"] as const) {
    it(`reads those that are ${state} page by page`, async () => {
      const store = new MemoryStore();
      const names = Array.from({ length: 25 }, (_, at) => `key ${String(at).padStart(2, "0")}`);
      for (const name of names) await storeActor(store, "cart", name);
      const awake = names.filter((_, at) => at % 2 === 0).toReversed();
      const parts = startParts(store, [...awake, "not stored yet"]);

      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const options = cursor === undefined ? { state, limit: 4 } : { state, limit: 4, cursor };
        const page = await listKeys(parts, "cart", options);
        assert.ok(page.keys.length <= 4);
        found.push(...page.keys.map(({ key }) => key.join()));
        cursor = page.cursor;
      } while (cursor !== undefined);

      const expected = names.filter((name) => awake.includes(name) === (state === "awake"));
      assert.deepEqual(found, expected);
    });
  }

  it("returns a key that was created between two pages at most once, and all others", async () => {
    const store = new MemoryStore();
    for (const name of ["a", "c", "e"]) await storeActor(store, "cart", name);
    const parts = startParts(store);

    const all: string[] = [];
    let page = await listKeys(parts, "cart", { limit: 2 });
    await storeActor(store, "cart", "b");
    await storeActor(store, "cart", "d");
    for (; ; page = await listKeys(parts, "cart", { limit: 2, cursor: page.cursor })) {
      all.push(...page.keys.map(({ key }) => key.join()));
      if (page.cursor === undefined) break;
    }

    assert.deepEqual(all, ["a", "c", "d", "e"]);
  });

  it("leaves out what is damaged, and says so", async () => {
    const store = new MemoryStore();
    await storeActor(store, "cart", "a");
    await store.put(metaKey(ownerOf("cart", "b")), Buffer.from("{}"));
    const parts = startParts(store);

    assert.deepEqual(await keysOf(parts, "cart"), ["a"]);
    assert.equal(parts.errors.length, 1);
  });

  it("reads 100,000 sleeping keys by pages of a thousand, and nothing but their records", async () => {
    const store = new MemoryStore();
    for (let from = 0; from < 100_000; from += 5_000) {
      const owners = Array.from({ length: 5_000 }, (_, at) => ownerOf("cart", `k${from + at}`));
      await store.batch(owners.flatMap((owner) => actorOperations(owner).slice(0, 1)));
    }
    let reads = 0;
    const counted = new Proxy(store, {
      get(target, name: keyof MemoryStore) {
        reads += 1;
        assert.equal(name, "list");
        return (target[name] as () => unknown).bind(target);
      },
    });

    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const options = cursor === undefined ? { limit: 1_000 } : { limit: 1_000, cursor };
      const page = await listKeys(startParts(counted), "cart", options);
      for (const { key } of page.keys) seen.add(key.join());
      cursor = page.cursor;
    } while (cursor !== undefined);

    assert.equal(seen.size, 100_000);
    assert.equal(reads, 100);
  });

  it("refuses what is no option", async () => {
    const parts = startParts(new MemoryStore());

    for (const options of [
      { limit: 0 },
      { limit: 1_001 },
      { limit: 1.5 },
      { state: "dreaming" },
      { after: "a" },
    ]) {
      await assert.rejects(listKeys(parts, "cart", options as never), {
        code: "ERR_INVALID_OPTION",
      });
    }
    await assert.rejects(listKeys(parts, "cart", { prefix: "x".repeat(2_000) }), {
      code: "ERR_INVALID_KEY",
    });
  });
});
