import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  handlers: { add: (c) => (c.state.items += 1) },
});

describe("a placement that is damaged", () => {
  it("is named to whoever calls its actor, and leaves out no actor of a list", async () => {
    await using world = await ClusterWorld.open();
    const { system } = await world.add("runner", { actors: [cart] });
    const client = world.begin("client", { actors: [cart] }, { client: true });
    for (const key of ["a", "b"]) await system.get(cart, key).ask.add();
    const { placements } = world.session;
    await placements.put("cart.a", Buffer.from("{"));

    const asked = client.system.get(cart, "a").ask.add();
    await assert.rejects(asked, { code: "ERR_PROTOCOL_INVALID", message: /placement cart\.a / });
    const listing = await client.system.keys(cart);
    assert.deepEqual(
      listing.keys.map(({ key }) => key),
      [["a"], ["b"]],
    );
    assert.equal(await client.system.get(cart, "b").ask.add(), 2);

    await placements.remove("cart.a");
    assert.equal(await client.system.get(cart, "a").ask.add(), 2, "it can be deleted");
  });
});
