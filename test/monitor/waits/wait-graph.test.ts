import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  findBehind,
  findDeadlocked,
  findKnots,
  type Waits,
} from "../../../src/monitor/waits/wait-graph.ts";
import {
  deadlockedByRounds,
  knotsByReachability,
  type NumberedWaits,
} from "../../_support/monitor-waits.ts";

const PARTIES = 9;

/** Sparse graphs have chains and single cycles, dense ones knots within knots. */
const waits: fc.Arbitrary<NumberedWaits> = fc
  .array(
    fc.record({
      party: fc.nat({ max: PARTIES - 1 }),
      mode: fc.constantFrom("any" as const, "all" as const),
      targets: fc.array(fc.nat({ max: PARTIES - 1 }), { maxLength: 3 }),
    }),
    { maxLength: PARTIES },
  )
  .map((list) => new Map(list.map(({ party, ...rest }) => [party, rest])));

function sorted(groups: readonly (readonly number[])[]): number[][] {
  return groups.map((group) => group.toSorted((a, b) => a - b)).toSorted((a, b) => a[0]! - b[0]!);
}

function any(...targets: number[]): Waits<number> {
  return { mode: "any", targets };
}

function all(...targets: number[]): Waits<number> {
  return { mode: "all", targets };
}

describe("a wait graph", () => {
  it("agrees with a brute-force model on 1,000 random graphs: no false cycle, none missed", () => {
    let knotted = 0;
    fc.assert(
      fc.property(waits, (graph) => {
        const held = findDeadlocked(graph);
        const knots = findKnots(graph, held);

        assert.deepEqual(held, deadlockedByRounds(graph));
        assert.deepEqual(sorted(knots), sorted(knotsByReachability(graph, held)));
        if (knots.length > 0) knotted += 1;
      }),
      { numRuns: 1_000 },
    );
    assert.ok(knotted > 100, `only ${knotted} graphs had a knot`);
  });

  it("has every deadlocked party in a knot or behind one", () => {
    fc.assert(
      fc.property(waits, (graph) => {
        const held = findDeadlocked(graph);
        const covered = new Set<number>();
        for (const knot of findKnots(graph, held)) {
          for (const party of [...knot, ...findBehind(graph, held, knot)]) covered.add(party);
        }

        assert.deepEqual(covered, held);
      }),
    );
  });

  it("takes a race for lost only when all of its branches are", () => {
    const open = new Map([
      [1, any(2, 9)],
      [2, any(1)],
    ]);
    const closed = new Map([
      [1, any(2, 3)],
      [2, any(1)],
      [3, any(2)],
    ]);

    assert.deepEqual(findDeadlocked(open), new Set());
    assert.deepEqual(findDeadlocked(closed), new Set([1, 2, 3]));
  });

  it("takes who needs all for lost with the first", () => {
    const graph = new Map([
      [1, all(2, 9)],
      [2, any(1)],
    ]);

    assert.deepEqual(findDeadlocked(graph), new Set([1, 2]));
    assert.deepEqual(sorted(findKnots(graph, findDeadlocked(graph))), [[1, 2]]);
  });

  it("tells a knot from those who wait behind it", () => {
    const graph = new Map([
      [1, any(2)],
      [2, any(1)],
      [3, any(1)],
      [4, any(3)],
    ]);
    const held = findDeadlocked(graph);

    const knots = findKnots(graph, held);

    assert.deepEqual(sorted(knots), [[1, 2]]);
    assert.deepEqual(findBehind(graph, held, knots[0]!), new Set([3, 4]));
  });

  it("sees a party that waits for itself", () => {
    const graph = new Map([[1, any(1)]]);

    assert.deepEqual(findKnots(graph, findDeadlocked(graph)), [[1]]);
  });

  it("follows a chain of 100,000 without running out of stack", () => {
    const graph = new Map<number, Waits<number>>();
    for (let party = 0; party < 100_000; party += 1) graph.set(party, any(party + 1));
    assert.equal(findDeadlocked(graph).size, 0);
    graph.set(100_000, any(0));

    const knots = findKnots(graph, findDeadlocked(graph));

    assert.deepEqual([knots.length, knots[0]?.length], [1, 100_001]);
  });
});
