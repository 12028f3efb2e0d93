import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SortedKeys } from "../../../src/store/memory/sorted-keys.ts";
import { byBytes, keys } from "../../_support/store-model.ts";

function keysFrom(sorted: SortedKeys, from: string): string[] {
  const visited: string[] = [];
  sorted.visit(from, (key) => visited.push(key) > 0);
  return visited;
}

describe("sorted keys", () => {
  it("are a sorted set, from any key on", () => {
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 60 }), keys, (changes, from) => {
        const [sorted, model] = [new SortedKeys(), new Set<string>()];
        for (const key of changes) {
          if (model.delete(key)) sorted.remove(key);
          else {
            model.add(key);
            sorted.add(key);
          }
        }
        const expected = [...model].toSorted(byBytes).filter((key) => byBytes(key, from) >= 0);
        assert.deepEqual(keysFrom(sorted, from), expected);
      }),
    );
  });

  it("are visited until one is enough", () => {
    const sorted = new SortedKeys();
    for (const key of ["a", "b", "c"]) sorted.add(key);
    const visited: string[] = [];

    sorted.visit("", (key) => visited.push(key) < 2);

    assert.deepEqual(visited, ["a", "b"]);
  });

  it("stay sorted over many chunks, and when these become empty", () => {
    const sorted = new SortedKeys();
    const all = Array.from({ length: 5_000 }, (_, at) => `k/${(at * 2_371) % 5_000}`);
    for (const key of all) sorted.add(key);

    assert.deepEqual(keysFrom(sorted, ""), all.toSorted(byBytes));
    const [removed, kept] = [all.slice(0, 4_900), all.slice(4_900)];
    for (const key of removed) sorted.remove(key);
    assert.deepEqual(keysFrom(sorted, ""), kept.toSorted(byBytes));
    for (const key of kept) sorted.remove(key);
    assert.deepEqual(keysFrom(sorted, ""), []);
  });
});
