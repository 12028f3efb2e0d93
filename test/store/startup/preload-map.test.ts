import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Loaded, LoadRequest } from "../../../src/store/contract/store.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { type LookupCounts, PreloadMap } from "../../../src/store/startup/preload-map.ts";
import { byBytes, keys, prefixes } from "../../_support/store-model.ts";

const NO_COUNTS: LookupCounts = { lookup() {} };

/** A map of what `request` loads from a store with `stored` keys, whose values are the keys. */
async function preload(
  stored: readonly string[],
  request: LoadRequest,
  counts: LookupCounts = NO_COUNTS,
): Promise<PreloadMap> {
  const store = new MemoryStore();
  for (const key of stored) await store.put(key, Buffer.from(key));
  return new PreloadMap(request, await store.load(request), counts);
}

function resultsOf(map: PreloadMap, asked: readonly string[]): string[] {
  return asked.map((key) => map.get(key).result);
}

function listed(map: PreloadMap, prefix: string): string[] | undefined {
  return map.list(prefix)?.map(({ key }) => key);
}

describe("a preload map", () => {
  it("tells what was found, what is known to be absent, and what was not loaded", async () => {
    const map = await preload(["a", "p/1"], { keys: ["a", "b"], prefixes: ["p/"] });

    const results = resultsOf(map, ["a", "b", "c", "p/1", "p/2", "p/", "p", ""]);

    assert.deepEqual(results, [
      "found",
      "absent",
      "not_preloaded",
      "found",
      "absent",
      "absent",
      "not_preloaded",
      "not_preloaded",
    ]);
    const answer = map.get("a");
    assert.ok(answer.result === "found");
    assert.equal(Buffer.from(answer.entry.value).toString(), "a");
  });

  it("lists a prefix that was loaded, and every longer one", async () => {
    const map = await preload(["p/a/1", "p/a/2", "p/b/1", "q/1"], { prefixes: ["p/"] });

    assert.deepEqual(listed(map, "p/"), ["p/a/1", "p/a/2", "p/b/1"]);
    assert.deepEqual(listed(map, "p/a/"), ["p/a/1", "p/a/2"]);
    assert.deepEqual(listed(map, "p/c"), []);
    assert.deepEqual(listed(map, "p/a/1"), ["p/a/1"]);
  });

  it("does not list a prefix that was loaded in part only: shorter, other or cut", async () => {
    const map = await preload(["p/a/1", "q/1"], { keys: ["q/1"], prefixes: ["p/a/"] });

    assert.equal(map.list("p/"), undefined);
    assert.equal(map.list(""), undefined);
    assert.equal(map.list("q/"), undefined);
    assert.equal(map.list("p/b/"), undefined);
  });

  it("answers for a cut prefix with what was found, and knows nothing absent in it", () => {
    const entry = { key: "p/1", value: new Uint8Array(), revision: 1 };
    const loaded: Loaded = { entries: [entry], partialPrefixes: ["p/"] };
    const map = new PreloadMap({ prefixes: ["p/", "p/a/"], keys: ["p/9"] }, loaded, NO_COUNTS);

    assert.deepEqual(resultsOf(map, ["p/1", "p/2", "p/9", "p/a/1"]), [
      "found",
      "not_preloaded",
      "absent",
      "absent",
    ]);
    assert.equal(map.list("p/"), undefined);
    assert.deepEqual(map.list("p/a/"), []);
  });

  it("knows everything to be absent for a new actor", async () => {
    const map = await preload([], { prefixes: ["actor/alice/"] });

    assert.deepEqual(resultsOf(map, ["actor/alice/state", "actor/alice/queue/1"]), [
      "absent",
      "absent",
    ]);
    assert.deepEqual(listed(map, "actor/alice/schedule/"), []);
    assert.equal(map.get("actor/bob/state").result, "not_preloaded");
  });

  it("answers nothing after its release", async () => {
    const map = await preload(["a", "p/1"], { keys: ["a", "b"], prefixes: ["p/"] });

    map.release();

    assert.deepEqual(new Set(resultsOf(map, ["a", "b", "p/1", "p/2"])), new Set(["not_preloaded"]));
    assert.equal(map.list("p/"), undefined);
    assert.equal(map.size, 0);
  });

  it("counts its answers, of keys and of prefixes", async () => {
    const results: string[] = [];
    const counts: LookupCounts = { lookup: (result) => results.push(result) };
    const map = await preload(["a", "p/1"], { keys: ["a", "b"], prefixes: ["p/"] }, counts);

    for (const key of ["a", "b", "c"]) map.get(key);
    for (const prefix of ["p/", "p/2", "q/"]) map.list(prefix);

    const each = ["found", "absent", "not_preloaded"];
    assert.deepEqual(results, [...each, ...each]);
  });

  it("never says what the store would not: keys, prefixes and cuts of any kind", async () => {
    const lists = fc.array(keys, { maxLength: 12 });
    const requests = fc.record({
      keys: fc.array(keys, { maxLength: 4 }),
      prefixes: fc.array(prefixes, { maxLength: 4 }),
      maxBytes: fc.integer({ min: 0, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(lists, requests, lists, prefixes, async (stored, request, asked, prefix) => {
        const map = await preload(stored, request);
        for (const key of [...asked, ...stored, ...request.keys]) {
          const { result } = map.get(key);
          if (result !== "not_preloaded") assert.equal(result === "found", stored.includes(key));
          else assert.ok(!request.keys.includes(key));
        }
        for (const each of [prefix, ...request.prefixes]) {
          const expected = [...new Set(stored)].filter((key) => key.startsWith(each));
          const found = listed(map, each);
          if (found !== undefined) assert.deepEqual(found, expected.toSorted(byBytes));
        }
      }),
      { numRuns: 500 },
    );
  });
});
