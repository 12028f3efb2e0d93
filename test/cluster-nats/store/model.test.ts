import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { type Store, WriteKind, type WriteOperation } from "../../../src/store/contract/store.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { freshNamespace, NatsWorld } from "../../_support/nats-world.ts";
import { listAll, listAllKeys, StoreModel } from "../../_support/store-model.ts";

/** Names that sort differently with and without the slash that follows, and that subjects cannot contain. */
const OWNERS = ["a/a", "a/a-b", "a/a.b", "a/*", "a-b/>", "b/я 😀", "b/\0"];
const SECTIONS = ["t", "q", "p", "v", "f"];
const RESTS = ["", "1", "10", "2", "a/b", "\u{10000}", "\uE000"];
const PREFIXES = [
  "",
  "m/",
  "s/",
  "t/",
  "d/",
  "e/",
  "m/a/",
  "t/a/a",
  "t/a/a/",
  "v/a/a-b/1",
  "v/b",
  "x",
];

const owner = fc.constantFrom(...OWNERS);
const value = fc.uint8Array({ maxLength: 6 });

function keysOf(name: string): fc.Arbitrary<string> {
  const many = fc
    .tuple(fc.constantFrom(...SECTIONS), fc.constantFrom(...RESTS))
    .map(([section, rest]) => `${section}/${name}/${rest}`);
  return fc.oneof(fc.constant(`m/${name}`), fc.constant(`s/${name}`), many);
}

function indexOf(name: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom("d", "e"), fc.integer({ min: 0, max: 3 }))
    .map(([section, at]) => `${section}/${String(at).padStart(16, "0")}/${name}/`);
}

function operationsOf(name: string): fc.Arbitrary<WriteOperation> {
  const put = { kind: fc.constant(WriteKind.Put), key: keysOf(name), value };
  const prefix = fc.constantFrom(...SECTIONS).map((section) => `${section}/${name}/`);
  return fc.oneof(
    { weight: 5, arbitrary: fc.record(put) },
    {
      weight: 2,
      arbitrary: fc.record({ ...put, key: indexOf(name), value: fc.constant(new Uint8Array()) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant(WriteKind.Delete), key: keysOf(name) }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant(WriteKind.Delete), key: indexOf(name) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant(WriteKind.DeletePrefix), prefix }) },
  );
}

/** Batches of one actor each, as the runtime writes them. */
const batches = fc.array(
  owner.chain((name) => fc.array(operationsOf(name), { minLength: 1, maxLength: 6 })),
  { minLength: 1, maxLength: 10 },
);

/** Compares what is stored with the model: all of it, in every way of reading. */
async function compare(store: Store, model: StoreModel, limit: number): Promise<void> {
  for (const prefix of PREFIXES) {
    assert.deepEqual(await listAll(store, prefix, limit), model.list(prefix), prefix);
    assert.deepEqual(await listAllKeys(store, prefix, limit), model.keys(prefix), prefix);
  }
  const { entries } = await store.load({ keys: [...model.entries.keys(), "m/a/none"] });
  assert.deepEqual(
    entries.map(({ key, value: bytes }) => [key, Buffer.from(bytes).toString("hex")]),
    model.list(""),
  );
}

describe("batches of one actor each, on NATS", () => {
  let server: NatsServer;
  before(async () => {
    server = await NatsServer.start();
  });
  after(() => server[Symbol.asyncDispose]());

  it("have the effects that they have on a sorted map, seen by two processes that write in turn", async () => {
    const namespace = freshNamespace();
    await using one = await NatsWorld.open(server, { namespace });
    await using other = await NatsWorld.open(server, { namespace });
    const stores = [one.store, other.store];
    const limits = fc.integer({ min: 1, max: 7 });

    await fc.assert(
      fc.asyncProperty(batches, limits, async (history, limit) => {
        await one.store.deletePrefix("");
        const model = new StoreModel();
        for (const [at, batch] of history.entries()) {
          const before = model.entries.size;
          model.apply(batch);
          const { deleted, revision } = await (stores[at % 2] as Store).batch(batch);
          assert.ok(Number.isSafeInteger(revision) && revision > 0);
          assert.ok(deleted <= before + batch.length);
        }
        for (const store of stores) await compare(store, model, limit);
      }),
      { numRuns: 40 },
    );
  });

  it("count what they have removed of a key that they put again", async () => {
    await using world = await NatsWorld.open(server);
    const [key, value] = ["d/0000000000000001/a/a/", new Uint8Array()];
    const put = { kind: WriteKind.Put, key, value };

    const { deleted } = await world.store.batch([
      put,
      { kind: WriteKind.Delete, key },
      put,
      { kind: WriteKind.Put, key: "m/a/a", value },
    ]);

    assert.equal(deleted, 1);
    assert.deepEqual((await world.store.listKeys("d/")).keys, [key]);
  });

  it("report how many entries they have removed", async () => {
    await using world = await NatsWorld.open(server);
    const { store } = world;

    await fc.assert(
      fc.asyncProperty(batches, async (history) => {
        await store.deletePrefix("");
        const model = new StoreModel();
        for (const batch of history) {
          let expected = 0;
          for (const operation of batch) {
            const before = model.entries.size;
            model.apply([operation]);
            if (operation.kind !== WriteKind.Put) expected += before - model.entries.size;
          }
          assert.equal((await store.batch(batch)).deleted, expected);
        }
      }),
      { numRuns: 20 },
    );
  });
});
