import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LatencyHistogram } from "../../../src/telemetry/metrics/latency-histogram.ts";

interface Entry {
  readonly seconds: number;
  readonly weight: number;
}

const boundaries = fc
  .uniqueArray(fc.double({ min: 0.000_001, max: 100, noNaN: true }), {
    minLength: 1,
    maxLength: 15,
  })
  .map((bounds) => bounds.toSorted((a, b) => a - b));
const durations = fc.oneof(
  fc.double({ min: 0, max: 200, noNaN: true }),
  fc.constantFrom(0, 0.00001, 0.001, 1, 10),
);
const entries = fc.array(
  fc.record({ seconds: durations, weight: fc.integer({ min: 1, max: 200 }) }),
  { maxLength: 60 },
);

/** The same by definition: for each bucket, how many entries lie in `(lower, upper]`. */
function bruteForce(bounds: readonly number[], all: readonly Entry[]): number[] {
  const upper = [...bounds, Number.POSITIVE_INFINITY];
  return upper.map((bound, bucket) => {
    const lower = bounds[bucket - 1] ?? Number.NEGATIVE_INFINITY;
    return all
      .filter(({ seconds }) => seconds > lower && seconds <= bound)
      .reduce((sum, { weight }) => sum + weight, 0);
  });
}

function fill(bounds: readonly number[], all: readonly Entry[]): LatencyHistogram {
  const histogram = new LatencyHistogram(bounds);
  for (const { seconds, weight } of all) histogram.record(seconds, weight);
  return histogram;
}

function assertClose(actual: number, expected: number): void {
  assert.ok(
    Math.abs(actual - expected) <= 1e-9 * Math.max(1, expected),
    `${actual} is ${expected}`,
  );
}

describe("LatencyHistogram", () => {
  it("agrees with counting by definition", () => {
    fc.assert(
      fc.property(boundaries, entries, (bounds, all) => {
        const { counts, count, sum, min, max } = fill(bounds, all).read();
        const seconds = all.map((entry) => entry.seconds);
        const weight = all.reduce((total, entry) => total + entry.weight, 0);

        assert.deepEqual(counts, bruteForce(bounds, all));
        assert.equal(count, weight);
        assertClose(
          sum,
          all.reduce((total, entry) => total + entry.seconds * entry.weight, 0),
        );
        assert.equal(min, all.length === 0 ? 0 : Math.min(...seconds));
        assert.equal(max, all.length === 0 ? 0 : Math.max(...seconds));
      }),
    );
  });

  it("absorbs another as if it had seen what that one saw", () => {
    fc.assert(
      fc.property(boundaries, entries, entries, (bounds, first, second) => {
        const merged = fill(bounds, first);
        merged.absorb(fill(bounds, second).read());
        const both = fill(bounds, [...first, ...second]).read();
        const { sum, ...rest } = merged.read();

        assert.deepEqual({ ...rest, sum: both.sum }, both);
        assertClose(sum, both.sum);
      }),
    );
  });

  it("puts a value that equals a boundary into the bucket below, as OpenTelemetry does", () => {
    const { counts } = fill(
      [1, 2],
      [
        { seconds: 1, weight: 1 },
        { seconds: 2, weight: 1 },
      ],
    ).read();

    assert.deepEqual(counts, [1, 1, 0]);
  });

  it("gives readings that do not change afterwards", () => {
    const histogram = fill([1], [{ seconds: 0.5, weight: 1 }]);

    const before = histogram.read();
    histogram.record(2);

    assert.deepEqual(before.counts, [1, 0]);
    assert.equal(before.count, 1);
  });
});
