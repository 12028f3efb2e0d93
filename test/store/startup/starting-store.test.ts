import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Store, WriteOperation } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { StartingStore } from "../../../src/store/startup/starting-store.ts";
import { WriteCollector } from "../../../src/store/startup/write-collector.ts";
import type { PreloadResult } from "../../../src/telemetry/attributes.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (entry: { readonly value: Uint8Array } | undefined): string | undefined =>
  entry === undefined ? undefined : Buffer.from(entry.value).toString();

/** A store that writes down its round trips. */
class RecordedStore extends MemoryStore {
  readonly calls: string[] = [];

  override get(key: string): ReturnType<Store["get"]> {
    this.calls.push(`get ${key}`);
    return super.get(key);
  }

  override batch(operations: readonly WriteOperation[]): ReturnType<Store["batch"]> {
    this.calls.push(`batch of ${operations.length}`);
    return super.batch(operations);
  }
}

async function start(
  stored: Readonly<Record<string, string>>,
): Promise<{ store: RecordedStore; starting: StartingStore; lookups: PreloadResult[] }> {
  const store = new RecordedStore();
  for (const [key, value] of Object.entries(stored)) await store.put(key, bytes(value));
  store.calls.length = 0;
  const lookups: PreloadResult[] = [];
  const counts = { lookup: (result: PreloadResult) => void lookups.push(result) };
  const starting = await StartingStore.load(store, { prefixes: ["a/"] }, counts);
  return { store, starting, lookups };
}

describe("the store of a starting actor", () => {
  it("answers from what was loaded, and asks the store for the rest only", async () => {
    const { store, starting, lookups } = await start({ "a/state": "one", "b/state": "two" });

    assert.equal(text(await starting.get("a/state")), "one");
    assert.equal(await starting.get("a/queue"), undefined);
    assert.equal(text(await starting.get("b/state")), "two");
    assert.deepEqual(starting.list("a/schedule/"), []);
    assert.equal(starting.list("b/"), undefined);

    assert.deepEqual(store.calls, ["get b/state"]);
    assert.deepEqual(lookups, ["found", "absent", "not_preloaded", "absent", "not_preloaded"]);
  });

  it("reads what it has written itself, before it is stored", async () => {
    const { store, starting, lookups } = await start({ "a/1": "one", "a/2": "two" });

    starting.put("a/0", bytes("zero"));
    starting.put("a/1", bytes("ONE"));
    starting.delete("a/2");
    starting.put("b", bytes("other"));

    assert.equal(text(await starting.get("a/1")), "ONE");
    assert.equal(await starting.get("a/2"), undefined);
    assert.deepEqual(
      starting.list("a/")?.map((entry) => [entry.key, text(entry)]),
      [
        ["a/0", "zero"],
        ["a/1", "ONE"],
      ],
    );
    assert.deepEqual(store.calls, []);
    assert.deepEqual(lookups, ["found"]);
  });

  it("writes in one batch, and never answers from what was loaded afterwards", async () => {
    const { store, starting } = await start({ "a/1": "one" });
    starting.put("a/1", bytes("two"));
    starting.put("a/2", bytes("new"));

    const flushed = starting.flush();
    const during = starting.get("a/1");
    const revision = await flushed;

    assert.equal(text(await during), "two");
    assert.equal((await starting.get("a/1"))?.revision, revision);
    await store.put("a/1", bytes("three"));
    assert.equal(text(await starting.get("a/1")), "three");
    assert.equal(starting.list("a/"), undefined);
    assert.deepEqual(store.calls.slice(0, 2), ["batch of 2", "get a/1"]);
  });

  it("makes no round trip when there is nothing to write", async () => {
    const { store, starting } = await start({});

    assert.equal(await starting.flush(), undefined);

    assert.deepEqual(store.calls, []);
  });
});

describe("a write collector", () => {
  it("keeps the last write of each key, in the order of these writes", () => {
    const collector = new WriteCollector();

    collector.put("a", bytes("1"));
    collector.put("b", bytes("2"));
    collector.put("a", bytes("3"));
    collector.delete("b");
    collector.put("__proto__", bytes("4"));

    assert.equal(collector.size, 3);
    assert.deepEqual(
      collector.take().map((each) => [each.kind, "key" in each ? each.key : ""]),
      [
        ["put", "a"],
        ["delete", "b"],
        ["put", "__proto__"],
      ],
    );
    assert.deepEqual([collector.size, collector.take()], [0, []]);
  });

  it("keeps the first condition of a key: it is about what was stored", () => {
    const collector = new WriteCollector();

    collector.put("a", bytes("1"), { expectedRevision: 0 });
    collector.put("a", bytes("2"));
    collector.put("b", bytes("1"));
    collector.delete("b", { expectedRevision: 3 });

    assert.deepEqual(
      collector.take().map((each) => ("expectedRevision" in each ? each.expectedRevision : "any")),
      [0, 3],
    );
  });

  it("copies values, and refuses what no store accepts", () => {
    const collector = new WriteCollector();
    const value = Buffer.from("one");

    collector.put("a", value);
    value.fill(0);

    const [put] = collector.take();
    assert.equal(put?.kind === "put" && text(put), "one");
    assert.throws(() => collector.put("", bytes("x")), { code: "ERR_STORE_INVALID_KEY" });
    assert.equal(collector.size, 0);
  });
});
