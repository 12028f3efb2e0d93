import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PendingWrites } from "../../../src/activation/commit/pending-writes.ts";
import { StateWatch } from "../../../src/activation/commit/state-watch.ts";
import { WriteKind, type WriteOperation } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { byBytes, operations, prefixes, StoreModel } from "../../_support/store-model.ts";

const value = (text: string): Uint8Array => Buffer.from(text);

function textOf(writes: PendingWrites, key: string): string | undefined {
  const write = writes.get(key);
  return write?.kind === "put" ? Buffer.from(write.value).toString() : write?.kind;
}

/** Makes the writes of a batch. */
function write(writes: PendingWrites, batch: readonly WriteOperation[]): void {
  for (const operation of batch) {
    if (operation.kind === WriteKind.Put) writes.put(operation.key, operation.value);
    if (operation.kind === WriteKind.Delete) writes.delete(operation.key);
  }
}

/** Applies what an activation may write to the model, and returns it. */
function applied(model: StoreModel, batch: readonly WriteOperation[]): readonly WriteOperation[] {
  const own = batch.filter(({ kind }) => kind !== WriteKind.DeletePrefix);
  model.apply(own);
  return own;
}

/** Lists a prefix page by page, with the writes of the activation, as keys and values in hex. */
async function listAll(
  store: MemoryStore,
  writes: PendingWrites,
  prefix: string,
): Promise<[string, string][]> {
  const seen: [string, string][] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list(prefix, {
      limit: 2,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const entry of writes.overlay(page.entries, {
      prefix,
      after: cursor,
      upTo: page.cursor,
    })) {
      seen.push([entry.key, Buffer.from(entry.value).toString("hex")]);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return seen;
}

describe("the writes of an activation", () => {
  it("are visible at once, and while their commit is under way", () => {
    const writes = new PendingWrites();
    writes.put("a", value("1"));
    const buffered = textOf(writes, "a");

    const batch = writes.take();
    const underWay = textOf(writes, "a");
    writes.put("a", value("2"));
    const newer = textOf(writes, "a");
    writes.settle();

    assert.equal(batch.length, 1);
    assert.deepEqual([buffered, underWay, newer], ["1", "1", "2"]);
    assert.equal(textOf(writes, "a"), "2");
    assert.equal(writes.size, 1);
  });

  it("are those of the store once their commit has settled", () => {
    const writes = new PendingWrites();
    writes.put("a", value("1"));
    writes.take();

    writes.settle();

    assert.equal(writes.get("a"), undefined);
  });

  it("are copied, and the last one of a key wins", () => {
    const writes = new PendingWrites();
    const bytes = value("1");
    writes.put("a", bytes);
    bytes[0] = 0x32;
    const first = textOf(writes, "a");

    writes.delete("a");
    writes.put("b", value("3"));

    assert.equal(first, "1");
    assert.equal(textOf(writes, "a"), "delete");
    assert.deepEqual(
      writes.take().map(({ kind }) => kind),
      ["delete", "put"],
    );
  });

  it("are part of the next commit if theirs is not stored, unless there are newer ones", () => {
    const writes = new PendingWrites();
    writes.put("a", value("old"));
    writes.put("b", value("kept"));
    writes.take();
    writes.put("a", value("new"));

    writes.restore();

    assert.deepEqual([textOf(writes, "a"), textOf(writes, "b")], ["new", "kept"]);
    assert.equal(writes.size, 2);
    assert.deepEqual(
      writes.take().map((write) => "key" in write && write.key),
      ["b", "a"],
    );
  });

  it("are dropped with those under way, and counted", () => {
    const writes = new PendingWrites();
    writes.put("a", value("1"));
    writes.take();
    writes.put("b", value("2"));

    const dropped = writes.drop();

    assert.equal(dropped, 2);
    assert.equal(writes.get("a"), undefined);
    assert.equal(writes.size, 0);
  });

  it("are refused before a store would refuse the commit", () => {
    const writes = new PendingWrites();
    const tooLarge = { code: "ERR_STORE_TOO_LARGE" };
    const megabytes = (count: number): Uint8Array => new Uint8Array(count * 1_024 * 1_024);

    writes.put("a", megabytes(8));
    writes.put("a", megabytes(8)); // replaces it
    writes.put("b", megabytes(6));
    assert.throws(() => writes.put("c", megabytes(2)), tooLarge);
    writes.delete("b");
    writes.put("c", megabytes(2));
    writes.drop();

    for (let count = 0; count < 9_984; count += 1) writes.delete(`key ${count}`);
    assert.throws(() => writes.delete("one more"), tooLarge);
    writes.put("key 1", value("1"));
    writes.take();
    writes.put("one more", value("1"));
  });

  it("lie over a listing as if they were stored", async () => {
    const lists = fc.array(operations, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(lists, lists, lists, prefixes, async (stored, sent, buffered, prefix) => {
        const store = new MemoryStore();
        const model = new StoreModel();
        const writes = new PendingWrites();
        await store.batch(applied(model, stored));
        write(writes, applied(model, sent));
        writes.take();
        write(writes, applied(model, buffered));

        const seen = await listAll(store, writes, prefix);

        assert.deepEqual(seen, model.list(prefix));
        assert.deepEqual(
          seen.map(([key]) => key),
          seen.map(([key]) => key).toSorted(byBytes),
        );
      }),
    );
  });
});

describe("the watch of a state", () => {
  const rules = { root: "state", maxBytes: 100 };

  it("notices assigned properties and assigned states, at any depth", () => {
    const watch = new StateWatch(rules);
    const context: { state: { list: { n: number }[] } } = { state: { list: [{ n: 1 }] } };
    watch.loaded('{"list":[{"n":1}]}');

    const unchanged = watch.change(context.state);
    context.state.list[0]!.n = 2;
    const property = watch.change(context.state);
    const again = watch.change(context.state);
    context.state = { list: [] };
    const assigned = watch.change(context.state);

    assert.equal(unchanged, undefined);
    assert.deepEqual(property, { text: '{"list":[{"n":2}]}', sizeBytes: 18 });
    assert.equal(again, undefined);
    assert.equal(assigned?.text, '{"list":[]}');
    assert.equal(watch.sizeBytes, 11);
  });

  it("stores a new state, and none for an actor without one", () => {
    const watch = new StateWatch(rules);

    assert.equal(watch.change(undefined), undefined);
    assert.deepEqual(watch.change(null), { text: "null", sizeBytes: 4 });
    assert.deepEqual(watch.change(undefined), { text: undefined, sizeBytes: 0 });
    assert.equal(watch.change(undefined), undefined);
  });

  it("refuses what cannot be stored, and compares with the last text afterwards", () => {
    const watch = new StateWatch(rules);
    watch.loaded("1");

    assert.throws(() => watch.change({ at: new Date(0) }), { code: "ERR_STATE_INVALID" });
    assert.throws(() => watch.change(() => 1), { code: "ERR_STATE_INVALID" });
    assert.throws(() => watch.change("x".repeat(99)), { code: "ERR_STATE_TOO_LARGE" });
    assert.equal(watch.change(1), undefined);
  });

  it("measures what was loaded in bytes of UTF-8", () => {
    const watch = new StateWatch(rules);

    watch.loaded('"ключ"');

    assert.equal(watch.sizeBytes, 10);
  });
});
