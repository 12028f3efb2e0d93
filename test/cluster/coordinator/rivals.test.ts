import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { COORDINATOR_LEASE } from "../../../src/cluster/protocol/subjects.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { CoordinatorWorld, type Node } from "../../_support/coordinator-world.ts";
import type { Fate } from "../../_support/crashing-session.ts";

const keys = (count: number) => Array.from({ length: count }, (_, at) => `cart.k${at}`);

/** Two nodes that both believe to be the coordinator: the lease of the first was taken away without its knowledge. */
async function rivals(world: CoordinatorWorld): Promise<readonly [Node, Node]> {
  const first = await world.leader("node-1");
  first.session.fateOf = ({ what }) => (what === COORDINATOR_LEASE ? "lost" : "works");
  await world.client.leases.remove(COORDINATOR_LEASE);
  const second = await world.leader("node-2");
  assert.notEqual(first.coordinator.term, undefined);
  return [first, second];
}

describe("two nodes that both believe to be the coordinator", () => {
  it("make one decision for each actor: the loser of each race takes that of the winner", async () => {
    await using world = await CoordinatorWorld.open();
    const runners = [
      await world.runner("r-1"),
      await world.runner("r-2"),
      await world.runner("r-3"),
    ];
    const nodes = await rivals(world);

    // Both receive each request.
    const answers = await Promise.all(keys(100).map((address) => world.place(address)));
    await world.until(() => runners.reduce((sum, { size }) => sum + size, 0) === 100);

    assert.ok(nodes.every(({ coordinator }) => coordinator.term !== undefined));
    for (const [at, address] of keys(100).entries()) {
      const answer = answers[at];
      const record = await world.record(address);
      assert.equal(record?.generation, 1);
      assert.equal(answer?.kind === "placed" && answer.runnerId, record.runnerId);
    }
    const starts = runners.flatMap(({ applied }) => applied);
    assert.equal(starts.length, 100, "no command was sent twice, or to two runners");
  });

  it("share what happens: events are applied once, and a lost runner's actors start once", async () => {
    await using world = await CoordinatorWorld.open();
    const lost = await world.runner("r-1");
    const [first, second] = await rivals(world);
    await Promise.all(keys(50).map((address) => world.place(address)));
    await world.until(() => lost.size === 50);
    const next = await world.runner("r-2");
    await lost.kill();
    // The first one goes on for as long as the test needs it to.
    await world.until(() => next.size === 50);

    const generations = new Set([...next.actors.values()].map(({ generation }) => generation));
    assert.deepEqual([...generations], [2]);
    const applied = [first, second]
      .flatMap(({ observer }) => observer.of("eventsArrived"))
      .filter(([arrival]) => arrival === "applied")
      .reduce((sum, [, count]) => sum + count, 0);
    assert.equal(applied, 100);
  });
});

describe("a node that was the coordinator", () => {
  it("writes nothing more, regardless of what was under way when its term ended", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, coordinator } = await world.leader();
    const runner = await world.runner("r-1");
    // A record with an input is not remembered, but read for each decision.
    runner.behaviour.start = () => ({ kind: "start_failed", reason: "ERR_START_FAILED" });
    await world.place("cart.a");
    await world.untilStatus("cart.a", "backoff");
    await world.clock.advance(1_000);
    const held = Promise.withResolvers<Fate>();
    session.fateOf = ({ name }) => {
      if (name === "placements.read") return held.promise;
      return name === "leases.put" ? "lost" : "works";
    };
    const asked = world.place("cart.a", { waitMs: 60_000 });
    await world.until(() => coordinator.term === undefined);
    const before = session.calls.length;

    held.resolve("works"); // the answer comes too late
    await settleTurns(20);

    const answer = await asked;
    assert.equal(answer.kind === "refused" && answer.code, "ERR_ENGINE_NO_LISTENER");
    const writes = session.calls
      .slice(before)
      .filter(({ isWrite, name }) => isWrite && name !== "leases.put");
    assert.deepEqual(writes, []);
    assert.equal((await world.record("cart.a"))?.generation, 1);
  });

  it("leaves no timers and no consumers behind when it is closed", async () => {
    await using world = await CoordinatorWorld.open();
    const before = world.clock.backgroundTimers; // those of the engine
    const node = await world.leader();
    await world.clock.advance(5_000);
    assert.ok(world.clock.backgroundTimers > before);

    await world.settled(node.coordinator.close());

    assert.equal(world.clock.backgroundTimers, before);
    const calls = node.session.calls.length;
    await world.clock.advance(60_000);
    assert.equal(node.session.calls.length, calls);
  });

  it("can be closed at any time, and twice", async () => {
    await using world = await CoordinatorWorld.open();
    await world.runner("r-1");
    for (let at = 0; at < 30; at += 1) {
      const node = await world.node(`node-${at}`);
      node.coordinator.start();
      if (at % 3 === 0) void world.place("cart.a", { waitMs: 50 }).catch(() => {});
      await world.clock.advance(at * 7);
      await world.settled(Promise.all([node.coordinator.close(), node.coordinator.close()]));
      assert.equal(await world.client.leases.read(COORDINATOR_LEASE), undefined);
    }
  });
});
