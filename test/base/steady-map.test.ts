import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SteadyMap } from "../../src/base/steady-map.ts";

describe("a steady map", () => {
  it("has what a map has, whatever is set and removed", () => {
    const step = fc.record({ key: fc.nat(200), isSet: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 600 }), (steps) => {
        const steady = new SteadyMap<number, number | undefined>();
        const plain = new Map<number, number | undefined>();
        for (const [at, { key, isSet }] of steps.entries()) {
          const value = at % 5 === 0 ? undefined : at;
          if (isSet) {
            steady.set(key, value);
            plain.set(key, value);
          } else assert.equal(steady.delete(key), plain.delete(key));
          assert.equal(steady.size, plain.size);
          assert.equal(steady.has(key), plain.has(key));
          assert.equal(steady.get(key), plain.get(key));
        }
        assert.deepEqual(
          steady.values().toSorted(),
          [...plain.values()].toSorted(),
          "the order may differ",
        );
      }),
      { numRuns: 200 },
    );
  });

  it("gives values in the order in which their keys were set, also those of a table that was replaced", () => {
    const map = new SteadyMap<number, string>();
    for (let at = 0; at < 1_000; at += 1) {
      map.set(at, `${at}`);
      if (at % 100 !== 0) map.delete(at);
    }

    assert.deepEqual(
      map.values(),
      Array.from({ length: 10 }, (_, at) => `${at * 100}`),
    );
  });
});
