import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";

const account = defineKeyedActor("account", {
  state: () => ({ cents: 0 }),
  handlers: {
    add(c, cents: number) {
      c.state.cents += cents;
      return c.state.cents;
    },
    read(c) {
      return c.state.cents;
    },
  },
});

describe("two nodes of a cluster", () => {
  it("reach an actor wherever it is", async () => {
    await using world = await ClusterWorld.open();
    const a = await world.add("a", { actors: [account] });
    const b = await world.add("b", { actors: [account] });
    const runner = await world.runnerOf("b");
    world.coordinator.choose = () => runner;

    assert.equal(await a.system.get(account, "x").ask.add(5), 5);
    assert.equal(await b.system.get(account, "x").ask.add(2), 7);
    a.system.get(account, "x").tell.add(3);
    assert.equal(await a.system.get(account, "x").ask.read(), 10);
  });
});
