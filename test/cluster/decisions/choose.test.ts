import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Candidate, choose, fits, LOAD_BOUND } from "../../../src/cluster/decisions/choose.ts";
import { RunnerStatus, type ServedType } from "../../../src/cluster/protocol/runner-record.ts";

function candidate(runnerId: string, changes: Partial<Candidate> = {}): Candidate {
  return {
    runnerId,
    status: RunnerStatus.Ready,
    protocol: { min: 1, max: 1 },
    types: served({ name: "cart" }),
    labels: {},
    capacity: undefined,
    load: 0,
    ...changes,
  };
}

function served(...types: readonly ServedType[]): ReadonlyMap<string, ServedType> {
  return new Map(types.map((type) => [type.name, type]));
}

const addresses = (count: number) => Array.from({ length: count }, (_, at) => `cart.key-${at}`);

/** Places actors one after the other, each counted. */
function placeAll(count: number, runnerIds: readonly string[]): Map<string, string> {
  const loads = new Map(runnerIds.map((runnerId) => [runnerId, 0]));
  const placed = new Map<string, string>();
  for (const address of addresses(count)) {
    const candidates = runnerIds.map((id) => candidate(id, { load: loads.get(id) ?? 0 }));
    const { runnerId } = choose({ address, type: "cart" }, candidates)!;
    placed.set(address, runnerId);
    loads.set(runnerId, (loads.get(runnerId) ?? 0) + 1);
  }
  return placed;
}

describe("a runner fits an actor", () => {
  it("if it is ready, speaks a version of ours, serves the type and has room", () => {
    assert.ok(fits(candidate("a"), "cart"));
    assert.ok(fits(candidate("a", { protocol: { min: 1, max: 9 } }), "cart"));
    assert.ok(fits(candidate("a", { capacity: 3, load: 2 }), "cart"));
  });

  for (const status of Object.values(RunnerStatus)) {
    if (status === RunnerStatus.Ready) continue;
    it(`but not if it is ${status}`, () => assert.ok(!fits(candidate("a", { status }), "cart")));
  }

  it("but not if it speaks later versions only, is full, or does not serve the type", () => {
    assert.ok(!fits(candidate("a", { protocol: { min: 2, max: 3 } }), "cart"));
    assert.ok(!fits(candidate("a", { capacity: 3, load: 3 }), "cart"));
    assert.ok(!fits(candidate("a", { capacity: 0 }), "cart"));
    assert.ok(!fits(candidate("a"), "order"));
    assert.ok(!fits(candidate("a"), "constructor"));
  });

  it("and has all labels that the type requires", () => {
    const types = served({ name: "cart", requires: { gpu: "yes", zone: "a" } });

    assert.ok(
      fits(candidate("a", { types, labels: { gpu: "yes", zone: "a", more: "x" } }), "cart"),
    );
    assert.ok(!fits(candidate("a", { types, labels: { gpu: "yes" } }), "cart"));
    assert.ok(!fits(candidate("a", { types, labels: { gpu: "yes", zone: "b" } }), "cart"));
    const odd = served({ name: "cart", requires: { toString: "x" } });
    assert.ok(!fits(candidate("a", { types: odd }), "cart"));
  });
});

describe("the choice of a runner", () => {
  it("is none if none fits", () => {
    assert.equal(choose({ address: "cart.a", type: "cart" }, []), undefined);
    const full = candidate("a", { capacity: 1, load: 1 });
    assert.equal(choose({ address: "cart.a", type: "cart" }, [full]), undefined);
  });

  it("is the same in any order of the runners", () => {
    const runners = ["a", "b", "c", "d"].map((id) => candidate(id));
    for (const address of addresses(200)) {
      const one = choose({ address, type: "cart" }, runners);
      const other = choose({ address, type: "cart" }, runners.toReversed());
      assert.equal(one?.runnerId, other?.runnerId);
    }
  });

  it("takes runners that are evicted only if no other fits, and rather the one to be avoided", () => {
    const evicted = candidate("a", { isEvicted: true });
    for (const address of addresses(50)) {
      assert.equal(choose({ address, type: "cart" }, [evicted, candidate("b")])?.runnerId, "b");
    }
    const avoided = choose({ address: "cart.a", type: "cart", avoid: "b" }, [
      evicted,
      candidate("b"),
    ]);
    assert.equal(avoided?.runnerId, "b");
    assert.equal(choose({ address: "cart.a", type: "cart" }, [evicted])?.runnerId, "a");
  });

  it("takes the runner to be avoided only if no other fits", () => {
    const runners = ["a", "b"].map((id) => candidate(id));
    for (const address of addresses(50)) {
      assert.equal(choose({ address, type: "cart", avoid: "a" }, runners)?.runnerId, "b");
    }
    const [only] = runners;
    const chosen = choose({ address: "cart.a", type: "cart", avoid: "a" }, [only!]);
    assert.equal(chosen?.runnerId, "a");
  });

  it("keeps every load within the bound, regardless of what is placed", () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 300 }));
    fc.assert(
      fc.property(sizes, ([runners, actors]) => {
        const ids = Array.from({ length: runners }, (_, at) => `r-${at}`);
        const loads = new Map<string, number>();
        for (const runnerId of placeAll(actors, ids).values()) {
          loads.set(runnerId, (loads.get(runnerId) ?? 0) + 1);
        }
        const bound = Math.ceil((LOAD_BOUND * actors) / runners);
        for (const load of loads.values()) assert.ok(load <= bound, `${load} > ${bound}`);
      }),
      { numRuns: 50 },
    );
  });

  it("changes for few actors when a runner joins or leaves", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 0, max: 1_000 }),
        (size, tag) => {
          // Loads are equal, so that only the hash decides.
          const runners = Array.from({ length: size }, (_, at) => candidate(`n${tag}-${at}`));
          const joined = candidate(`n${tag}-new`);
          let moved = 0;
          for (const address of addresses(500)) {
            const before = choose({ address, type: "cart" }, runners)?.runnerId;
            const after = choose({ address, type: "cart" }, [...runners, joined])?.runnerId;
            if (before === after) continue;
            assert.equal(
              after,
              joined.runnerId,
              "an actor has moved between runners that were there",
            );
            moved += 1;
          }
          const share = 500 / (size + 1);
          assert.ok(
            moved < share + 5 * Math.sqrt(share),
            `${moved} of 500 have moved, ${share} expected`,
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it("spreads actors evenly enough without looking at loads", () => {
    const runners = Array.from({ length: 8 }, (_, at) => candidate(`runner-${at}`));
    const counts = new Map<string, number>();
    for (const address of addresses(8_000)) {
      const { runnerId } = choose({ address, type: "cart" }, runners)!;
      counts.set(runnerId, (counts.get(runnerId) ?? 0) + 1);
    }
    for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, String(count));
  });
});
