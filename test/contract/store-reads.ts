import assert from "node:assert/strict";
import { it } from "node:test";
import { ABSENT, type Store, WriteKind } from "../../src/store/contract/store.ts";
import { byBytes, listAll, listAllKeys } from "../_support/store-model.ts";
import type { StoreTraits } from "./store-traits.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const shown = (entry: { readonly value: Uint8Array } | undefined): string | undefined =>
  entry === undefined ? undefined : Buffer.from(entry.value).toString();

export function describeListings(store: () => Store, { isAtomic }: StoreTraits): void {
  const put = async (keys: readonly string[]): Promise<void> => {
    const puts = keys.map((key) => ({ kind: WriteKind.Put, key, value: text(key) }));
    if (isAtomic) await store().batch(puts);
    else for (const each of puts) await store().batch([each]);
  };

  it("lists a prefix in the order of bytes, not of UTF-16", async () => {
    const keys = ["k\u{10FFFF}", "k\uE000", "k", "k\0", "k\uFFFF", "kz", "kя", "k😀", "l", "j"];
    await put(keys);

    const { entries, cursor } = await store().list("k");

    const expected = keys.filter((key) => key.startsWith("k")).toSorted(byBytes);
    assert.deepEqual(
      entries.map(({ key }) => key),
      expected,
    );
    assert.deepEqual((await store().listKeys("k")).keys, expected);
    assert.equal(cursor, undefined);
    assert.ok(expected.indexOf("k\uE000") < expected.indexOf("k😀"));
  });

  it("lists page by page, and ends with a page without a cursor", async () => {
    const keys = Array.from({ length: 25 }, (_, at) => `p/${String(at).padStart(2, "0")}`);
    await put([...keys, "o", "q"]);

    for (const limit of [1, 5, 24, 25, 26, 1_000]) {
      assert.deepEqual(
        (await listAll(store(), "p/", limit)).map(([key]) => key),
        keys,
      );
      assert.deepEqual(await listAllKeys(store(), "p/", limit), keys);
    }
    assert.equal((await store().list("p/", { limit: 25 })).cursor, undefined);
    assert.equal((await store().listKeys("p/", { limit: 25 })).cursor, undefined);
  });

  it("lists nothing under a prefix without keys", async () => {
    await put(["a", "c"]);

    assert.deepEqual(await store().list("b"), { entries: [], cursor: undefined });
    assert.deepEqual(await store().listKeys("b"), { keys: [], cursor: undefined });
  });

  it("keeps pages of large values small", async () => {
    const value = new Uint8Array(600 * 1024);
    for (const key of ["a", "b", "c", "d"]) await store().put(key, value);

    const page = await store().list("");

    assert.equal(page.entries.length, 2);
    assert.equal((await listAll(store(), "")).length, 4);
  });

  it("returns what is there throughout, once each, while entries are written and removed", async () => {
    const staying = Array.from({ length: 60 }, (_, at) => `k/${at}/stays`);
    await put(staying);
    let listing = true;
    const churn = async (): Promise<void> => {
      for (let at = 0; listing; at = (at + 7) % 60) {
        await store().put(`k/${at}/comes`, text("x"));
        await store().delete(`k/${(at + 30) % 60}/comes`);
        await new Promise((resolve) => setImmediate(resolve)); // stores in memory would let nothing else run
      }
    };
    const list = async (): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        const keys = (await listAll(store(), "k/", 7)).map(([key]) => key);
        assert.equal(new Set(keys).size, keys.length);
        assert.deepEqual(keys, keys.toSorted(byBytes));
        assert.deepEqual(
          keys.filter((key) => key.endsWith("stays")),
          staying.toSorted(byBytes),
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
      listing = false;
    };

    await Promise.all([churn(), list()]);
  });

  it("removes all keys of a prefix and no others, and they can be created again", async () => {
    await put(["a/1", "a/2", "a/", "a", "a0", "b/1"]);

    assert.equal(await store().deletePrefix("a/"), 3);

    assert.deepEqual((await store().listKeys("")).keys, ["a", "a0", "b/1"]);
    assert.equal(await store().deletePrefix("a/"), 0);
    await store().put("a/1", text("again"), { expectedRevision: ABSENT });
    assert.equal(shown(await store().get("a/1")), "again");
  });
}

export function describeLoads(store: () => Store, { extraKeyBytes }: StoreTraits): void {
  it("reads keys and prefixes in one call: sorted, without duplicates, without what is absent", async () => {
    for (const key of ["a/1", "a/2", "b", "c/1"]) await store().put(key, text(key));

    const { entries, partialPrefixes } = await store().load({
      keys: ["b", "missing", "a/2"],
      prefixes: ["a/", "a/1", "empty/"],
    });

    assert.deepEqual(
      entries.map((entry) => [entry.key, shown(entry)]),
      ["a/1", "a/2", "b"].map((key) => [key, key]),
    );
    assert.deepEqual(partialPrefixes, []);
  });

  it("says which prefixes it has read in part, and reads keys in any case", async () => {
    for (const key of ["a/1", "a/2", "b/1", "z"]) await store().put(key, new Uint8Array(100));

    const { entries, partialPrefixes } = await store().load({
      keys: ["z"],
      prefixes: ["a/", "b/", "c/"],
      maxBytes: 220 + 2 * extraKeyBytes,
    });

    assert.deepEqual(
      entries.map(({ key }) => key),
      ["a/1", "a/2", "z"],
    );
    assert.deepEqual(partialPrefixes, ["b/"]);
  });

  it("reads nothing when nothing is asked for", async () => {
    assert.deepEqual(await store().load({}), { entries: [], partialPrefixes: [] });
  });
}

export function describeConcurrency(store: () => Store, { isAtomic }: StoreTraits): void {
  it("completes many parallel writes, in the order of the calls for each key", async () => {
    const writes = Array.from({ length: 1_000 }, (_, at) =>
      store().put(`k/${at % 100}`, text(String(at))),
    );

    const revisions = await Promise.all(writes);

    // Revisions of different keys have an order only where one batch may write them.
    const series = isAtomic
      ? [revisions]
      : Array.from({ length: 100 }, (_, key) => revisions.filter((_, at) => at % 100 === key));
    for (const each of series) {
      assert.deepEqual(
        each,
        each.toSorted((one, other) => one - other),
      );
      assert.equal(new Set(each).size, each.length);
    }
    const { entries } = await store().list("k/", { limit: 1_000 });
    assert.equal(entries.length, 100);
    for (const entry of entries) {
      assert.equal(shown(entry), String(900 + Number(entry.key.slice(2))));
    }
  });

  it("shows a write to every read that begins after its promise has resolved", async () => {
    for (let round = 0; round < 50; round += 1) {
      const revision = await store().put("a", text(String(round)));
      const [entry, page] = await Promise.all([store().get("a"), store().list("a")]);
      assert.equal(entry?.revision, revision);
      assert.equal(page.entries[0]?.revision, revision);
    }
  });

  it("can be cleared while it is written", async () => {
    const rounds = Array.from({ length: 20 }, async (_, at) => {
      await store().put(`a/${at}`, text("x"));
      await store().deletePrefix("a/");
      await store().put(`b/${at}`, text("x"));
    });

    await Promise.all(rounds);

    assert.deepEqual((await store().listKeys("a/")).keys, []);
    assert.equal((await store().listKeys("b/")).keys.length, 20);
  });
}
