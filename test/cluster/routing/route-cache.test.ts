import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { RouteCache } from "../../../src/cluster/routing/route-cache.ts";

const A1 = { runnerId: "a", generation: 1 };
const A2 = { runnerId: "a", generation: 2 };
const B2 = { runnerId: "b", generation: 2 };

describe("RouteCache", () => {
  it("keeps the routes that were used last", () => {
    const cache = new RouteCache(2);
    cache.add("x", A1);
    cache.add("y", A1);
    cache.get("x");
    cache.add("z", A1);

    assert.deepEqual(
      [cache.get("x"), cache.get("y"), cache.get("z"), cache.size],
      [A1, undefined, A1, 2],
    );
  });

  it("keeps the route to the later activation", () => {
    const cache = new RouteCache(2);
    cache.add("x", B2);
    cache.add("x", A1);

    assert.deepEqual(cache.get("x"), B2);
  });

  it("drops a wrong route, and not the one that was found since", () => {
    const cache = new RouteCache(3);
    cache.add("x", A1);
    cache.drop("x", A1);
    cache.add("y", B2);
    cache.drop("y", A1);
    cache.add("z", A2);
    cache.drop("z", A1);

    assert.deepEqual([cache.get("x"), cache.get("y"), cache.get("z")], [undefined, B2, A2]);
  });

  it("drops all routes to a runner", () => {
    const cache = new RouteCache(3);
    cache.add("x", A1);
    cache.add("y", B2);
    cache.dropAll("a");

    assert.deepEqual([cache.get("x"), cache.get("y")], [undefined, B2]);
  });
});
