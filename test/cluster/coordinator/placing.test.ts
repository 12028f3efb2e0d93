import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";

describe("placing an actor", () => {
  it("writes the decision with its command, sends it, and learns that the actor runs", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await world.runner("r-1");

    const answer = await world.place("cart.alice", { input: { currency: "EUR" } });

    assert.deepEqual(answer, {
      kind: "placed",
      runnerId: "r-1",
      generation: 1,
      status: "starting",
    });
    const record = await world.untilStatus("cart.alice", "running");
    assert.deepEqual([record.generation, record.eventIndex, record.outbox], [1, 1, []]);
    assert.equal(record.input, undefined);
    assert.deepEqual(
      runner.applied.map(({ kind, data }) => [kind, data]),
      [["start", { currency: "EUR" }]],
    );
    assert.deepEqual(observer.of("failed"), []);
    assert.equal(observer.of("placed").length, 1);
    assert.equal(observer.of("started").length, 1);
  });
});
