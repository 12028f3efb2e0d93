import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";

const handlers = { where: (c: { system: { name: string } }) => c.system.name };
const older = defineKeyedActor("cart", { state: () => ({ items: 0 }), handlers });
const newer = defineKeyedActor("cart", {
  version: 2,
  state: () => ({ items: 0, coupons: 0 }),
  migrate: (old) => ({ ...(old as { items: number }), coupons: 0 }),
  handlers,
});

describe("a cluster with two versions of a definition", () => {
  it("starts an actor on a runner that has the later one, after its state was found to be newer", async () => {
    await using world = await ClusterWorld.open();
    const { system } = await world.add("newer", { actors: [newer] });
    const keys = Array.from({ length: 24 }, (_, at) => `k${at}`);
    for (const key of keys) {
      await system.get(newer, key).ask.where();
      await system.get(newer, key).sleep();
    }
    await world.add("older", { actors: [older] });

    const first = await Promise.allSettled(keys.map((key) => system.get(newer, key).ask.where()));
    const second = await Promise.all(keys.map((key) => system.get(newer, key).ask.where()));

    const refused = first.filter(({ status }) => status === "rejected");
    assert.ok(refused.length > 0, "none was tried on the older runner");
    for (const { reason } of refused as PromiseRejectedResult[]) {
      assert.equal(reason.code, "ERR_START_FAILED");
    }
    assert.deepEqual(new Set(second), new Set(["newer"]));
  });
});
