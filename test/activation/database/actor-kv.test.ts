import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PendingWrites } from "../../../src/activation/commit/pending-writes.ts";
import { LifeKv } from "../../../src/activation/database/actor-kv.ts";
import { ownerOf } from "../../../src/activation/records/record-keys.ts";
import type { Store } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";

/** The values of an actor, and a commit by hand. */
class Values {
  readonly store = new MemoryStore();
  readonly writes = new PendingWrites();
  changes = 0;
  isEmpty = false;
  readonly kv: LifeKv;

  constructor(key = "alice", store?: Store) {
    this.kv = new LifeKv({
      owner: ownerOf("notes", key),
      store: store ?? this.store,
      writes: this.writes,
      isEmpty: () => this.isEmpty,
      changed: () => {
        this.changes += 1;
      },
    });
  }

  async commit(): Promise<void> {
    await this.store.batch(this.writes.take());
    this.writes.settle();
  }
}

describe("c.kv", () => {
  it("reads what it has written before, while and after it is stored", async () => {
    const values = new Values();
    const { kv } = values;
    const value = { text: "тест", list: [1, null] };
    kv.put("a", value);
    value.list.push(2);

    assert.deepEqual(await kv.get("a"), { text: "тест", list: [1, null] });
    const operations = values.writes.take();
    assert.deepEqual(await kv.get("a"), { text: "тест", list: [1, null] });
    kv.put("a", "newer");
    await values.store.batch(operations);
    values.writes.settle();
    assert.equal(await kv.get("a"), "newer");
    await values.commit();
    assert.equal(await kv.get("a"), "newer");
    kv.delete("a");
    assert.equal(await kv.get("a"), undefined);
    await values.commit();
    assert.equal(await kv.get("a"), undefined);
    assert.equal(values.changes, 3);
  });

  it("lists in pages, in the order of the keys' bytes, with what is not stored yet", async () => {
    const values = new Values();
    const { kv } = values;
    for (const at of [1, 3, 5, 7, 9]) kv.put(`k/${at}`, at);
    kv.put("other", 0);
    kv.put("k/🙂", "emoji");
    await values.commit();
    kv.put("k/4", 4);
    kv.put("k/ä", "umlaut");
    kv.put("k/3", "three");
    kv.delete("k/7");
    kv.delete("k/none");

    const all = await kv.list("k/");
    const paged: (readonly [string, unknown])[] = [];
    let cursor: string | undefined;
    do {
      const page = await kv.list("k/", cursor === undefined ? { limit: 2 } : { limit: 2, cursor });
      assert.ok(page.entries.length <= 2);
      paged.push(...page.entries);
      ({ cursor } = page);
    } while (cursor !== undefined);

    assert.deepEqual(all.entries, [
      ["k/1", 1],
      ["k/3", "three"],
      ["k/4", 4],
      ["k/5", 5],
      ["k/9", 9],
      ["k/ä", "umlaut"],
      ["k/🙂", "emoji"],
    ]);
    assert.equal(all.cursor, undefined);
    assert.deepEqual(paged, all.entries);
    assert.equal((await kv.list()).entries.length, 8);
  });

  it("lists a write that is stored between the request of a page and its reply", async () => {
    const values = new Values();
    const { kv } = values;
    kv.put("gone", 1);
    await values.commit();
    kv.put("new", 2);
    kv.delete("gone");
    const operations = values.writes.take();

    const listing = kv.list(); // reads before the batch has taken effect
    await values.store.batch(operations);
    values.writes.settle();

    assert.deepEqual((await listing).entries, [["new", 2]]);
  });

  it("keeps the values of other actors apart, regardless of what their keys are", async () => {
    const store = new MemoryStore();
    const one = new Values("a", store);
    const two = new Values("a/b", store);
    one.kv.put("b/x", 1);
    two.kv.put("x", 2);
    await store.batch([...one.writes.take(), ...two.writes.take()]);
    one.writes.settle();
    two.writes.settle();

    assert.deepEqual((await one.kv.list()).entries, [["b/x", 1]]);
    assert.deepEqual((await two.kv.list()).entries, [["x", 2]]);
  });

  it("asks no store while it is known to be empty, until something is written", async () => {
    const values = new Values();
    await values.store.close();
    values.isEmpty = true;

    assert.equal(await values.kv.get("a"), undefined);
    assert.deepEqual(await values.kv.list(), { entries: [], cursor: undefined });
    values.kv.put("a", 1);
    assert.equal(await values.kv.get("a"), 1);
    await assert.rejects(values.kv.get("b"), { code: "ERR_STORE_CLOSED" });
  });

  it("refuses keys and values that cannot be stored", async () => {
    const { kv } = new Values();
    for (const key of ["", "x".repeat(1_025), "ä".repeat(513), "\ud800", 7, undefined]) {
      assert.throws(() => kv.put(key as string, 1), {
        name: "UsageError",
        code: "ERR_INVALID_KEY",
      });
      assert.throws(() => kv.delete(key as string), { code: "ERR_INVALID_KEY" });
      await assert.rejects(kv.get(key as string), { code: "ERR_INVALID_KEY" });
    }
    await assert.rejects(kv.list("\ud800"), { code: "ERR_INVALID_KEY" });
    await assert.rejects(kv.list("", { limit: 0 }), { code: "ERR_INVALID_OPTION" });
    await assert.rejects(kv.list("", { count: 1 } as never), { code: "ERR_INVALID_OPTION" });
    for (const value of [undefined, 1n, new Date(), new Map(), () => {}, Number.NaN]) {
      assert.throws(() => kv.put("a", value), { code: "ERR_STATE_INVALID" });
    }
    assert.throws(() => kv.put("a", "x".repeat(2 ** 20)), { code: "ERR_STATE_TOO_LARGE" });
    kv.put("x".repeat(1_024), null);
    assert.equal(await kv.get("x".repeat(1_024)), null);
  });

  it("ends with the life of its actor", async () => {
    const { kv } = new Values();
    kv.close();

    assert.throws(() => kv.put("a", 1), { code: "ERR_LIFE_OVER" });
    await assert.rejects(kv.get("a"), { code: "ERR_LIFE_OVER" });
    await assert.rejects(kv.list(), { code: "ERR_LIFE_OVER" });
  });
});
