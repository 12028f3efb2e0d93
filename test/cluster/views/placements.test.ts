import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { PlacementQuery } from "../../../src/monitor/cluster/cluster-views.ts";
import { ClusterViewsWorld, type ViewedNode } from "../../_support/cluster-views-world.ts";

const ALL: PlacementQuery = {
  type: undefined,
  prefix: "",
  status: undefined,
  runnerId: undefined,
  cursor: undefined,
  limit: 100,
};

describe("the placements of a cluster, for viewers", () => {
  let world: ClusterViewsWorld;
  let node: ViewedNode;
  beforeEach(async () => {
    world = new ClusterViewsWorld();
    node = await world.node("r-1");
    await world.place({ address: "cart.alice" });
    await world.place({ address: "cart.anna", runnerId: "r-2", reason: "rebalanced" });
    await world.place({ address: "cart.bob", status: "pending", runnerId: undefined });
    await world.place({ address: "room.lobby" });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const ids = async (query: Partial<PlacementQuery>): Promise<[string[], string | undefined]> => {
    const page = await node.views.placements({ ...ALL, ...query });
    return [page.placements.map(({ id }) => id), page.cursor];
  };

  it("are listed by type, prefix, status and runner", async () => {
    assert.deepEqual(await ids({}), [
      ["cart/alice", "cart/anna", "cart/bob", "room/lobby"],
      undefined,
    ]);
    assert.deepEqual(await ids({ type: "cart", prefix: "a" }), [
      ["cart/alice", "cart/anna"],
      undefined,
    ]);
    assert.deepEqual(await ids({ status: "pending" }), [["cart/bob"], undefined]);
    assert.deepEqual(await ids({ runnerId: "r-2" }), [["cart/anna"], undefined]);
  });

  it("come page by page, none twice and none left out", async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await ids({ limit: 1, cursor });
      seen.push(...page[0]);
      cursor = page[1];
    } while (cursor !== undefined);

    assert.deepEqual(seen, ["cart/alice", "cart/anna", "cart/bob", "room/lobby"]);
  });

  it("are read no further than the page goes", async () => {
    const { placements } = await world.any();
    const limits: (number | undefined)[] = [];
    const list = placements.list.bind(placements);
    placements.list = async (prefix, page) => {
      limits.push(page?.limit);
      return await list(prefix, page);
    };

    await ids({ limit: 2, cursor: "cart.alice" });
    await ids({ limit: 2, status: "pending" });

    assert.deepEqual(limits, [3, 1_000]);
  });

  it("include a record that cannot be read, as damaged", async () => {
    await (await world.any()).placements.put("cart.eve", new TextEncoder().encode("{}"));

    const { placements } = await node.views.placements({ ...ALL, status: "damaged" });

    assert.deepEqual(
      placements.map(({ id, runnerId }) => [id, runnerId]),
      [["cart/eve", null]],
    );
  });

  it("tell of one actor where it is, since when and why, and its moves alone", async () => {
    const move = { from: "r-1", to: "r-2", generation: 3, reason: "rebalanced" } as const;
    node.moves.add({ ...move, address: "cart.anna", atMs: 3 });
    node.moves.add({ ...move, address: "cart.alice", atMs: 4 });

    const found = await world.settled(node.views.placement("cart", "anna"));

    assert.equal(found?.placement.runnerId, "r-2");
    assert.equal(found?.placement.reason, "rebalanced");
    assert.deepEqual(
      found?.moves.map(({ id }) => id),
      ["cart/anna"],
    );
    assert.equal(await world.settled(node.views.placement("cart", "nobody")), undefined);
  });
});
