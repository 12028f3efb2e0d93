import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import { type Store, WriteKind, type WriteOperation } from "../../src/store/contract/store.ts";
import { listAll, listAllKeys, operations, prefixes, StoreModel } from "../_support/store-model.ts";
import { describeConcurrency, describeListings, describeLoads } from "./store-reads.ts";
import { type StoreTraits, WHOLE } from "./store-traits.ts";
import { describeBatches, describeConditions, describeEntries } from "./store-writes.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const INVALID_KEYS: Readonly<Record<string, unknown>> = {
  empty: "",
  "longer than 16 KiB": "k".repeat(16 * 1024 + 1),
  "longer than 16 KiB in UTF-8": "я".repeat(8 * 1024 + 1),
  "half a surrogate pair": "a\uD800",
  "no string": 7,
  null: null,
};

/**
 * What every backend of the store must do.
 *
 * @param open opens an empty store; it is used for all tests, and cleared before each of them
 * @param traits what it cannot do
 */
export function describeStore(
  name: string,
  open: () => Promise<Store>,
  traits: StoreTraits = WHOLE,
): void {
  describe(`the store ${name}`, () => {
    let store: Store;
    before(async () => {
      store = await open();
    });
    beforeEach(async () => {
      await store.deletePrefix("");
    });
    after(async () => {
      await store.close();
    });
    const current = (): Store => store;

    describeEntries(current, traits);
    describeConditions(current);
    if (traits.isAtomic) describeBatches(current);
    describeListings(current, traits);
    describeLoads(current, traits);
    describeArguments(current);
    describeConcurrency(current, traits);
    describeModel(current, traits);
    describeClose(open);
  });
}

function describeArguments(store: () => Store): void {
  for (const [what, key] of Object.entries(INVALID_KEYS)) {
    it(`refuses a key that is ${what}`, async () => {
      const invalid = { name: "UsageError", code: "ERR_STORE_INVALID_KEY" };
      const bad = key as string;

      await assert.rejects(store().get(bad), invalid);
      await assert.rejects(store().put(bad, text("x")), invalid);
      await assert.rejects(store().delete(bad), invalid);
      await assert.rejects(store().load({ keys: [bad] }), invalid);
      if (key !== "") {
        await assert.rejects(store().list(bad), invalid);
        await assert.rejects(store().listKeys(bad), invalid);
        await assert.rejects(store().deletePrefix(bad), invalid);
      }
      assert.deepEqual(await store().listKeys(""), { keys: [], cursor: undefined });
    });
  }

  it("refuses values that are no bytes, and revisions and limits that are no numbers", async () => {
    const invalid = { name: "UsageError", code: "ERR_INVALID_OPTION" };

    await assert.rejects(store().put("a", "text" as unknown as Uint8Array), invalid);
    await assert.rejects(store().put("a", text("x"), { expectedRevision: -1 }), invalid);
    await assert.rejects(store().put("a", text("x"), { expectedRevision: 1.5 }), invalid);
    await assert.rejects(store().list("", { limit: 0 }), invalid);
    await assert.rejects(store().listKeys("", { limit: 1_001 }), invalid);
  });

  it("refuses values and batches beyond the limits, and writes nothing of them", async () => {
    const tooLarge = { name: "StoreError", code: "ERR_STORE_TOO_LARGE" };
    const large = new Uint8Array(8 * 1024 * 1024 + 1);
    const puts = (count: number, value: Uint8Array): WriteOperation[] =>
      Array.from({ length: count }, (_, at) => ({ kind: WriteKind.Put, key: `k/${at}`, value }));

    await assert.rejects(store().put("a", large), tooLarge);
    await assert.rejects(store().batch([...puts(1, text("x")), ...puts(1, large)]), tooLarge);
    await assert.rejects(store().batch(puts(10_001, text("x"))), tooLarge);
    await assert.rejects(store().batch(puts(5, large.subarray(1))), tooLarge);
    assert.deepEqual((await store().listKeys("")).keys, []);
  });
}

function describeModel(store: () => Store, { isAtomic }: StoreTraits): void {
  it("behaves as a sorted map does", async () => {
    const batches = fc.array(fc.array(operations, { minLength: 1, maxLength: isAtomic ? 4 : 1 }), {
      maxLength: 12,
    });
    const limits = fc.integer({ min: 1, max: 5 });
    await fc.assert(
      fc.asyncProperty(batches, prefixes, limits, async (history, prefix, limit) => {
        await store().deletePrefix("");
        const model = new StoreModel();
        for (const batch of history) {
          model.apply(batch);
          await store().batch(batch);
        }
        assert.deepEqual(await listAll(store(), "", limit), model.list(""));
        assert.deepEqual(await listAll(store(), prefix, limit), model.list(prefix));
        assert.deepEqual(await listAllKeys(store(), prefix, limit), model.keys(prefix));
        for (const [key, value] of model.entries) {
          assert.deepEqual(Buffer.from((await store().get(key))?.value ?? []), value);
        }
      }),
      { numRuns: 60 },
    );
  });
}

function describeClose(open: () => Promise<Store>): void {
  it("completes accepted writes when it is closed, and then refuses everything", async () => {
    const closed = { name: "StoreError", code: "ERR_STORE_CLOSED" };
    const store = await open();
    const writes = Array.from({ length: 100 }, (_, at) => store.put(`k/${at}`, text("x")));

    const [first, second] = [store.close(), store.close()];

    await Promise.all([...writes, first, second]);
    await assert.rejects(store.get("a"), closed);
    await assert.rejects(store.load({}), closed);
    await assert.rejects(store.list(""), closed);
    await assert.rejects(store.listKeys(""), closed);
    await assert.rejects(store.put("a", text("x")), closed);
    await assert.rejects(store.delete("a"), closed);
    await assert.rejects(store.deletePrefix(""), closed);
    await assert.rejects(store.batch([]), closed);
  });
}
