import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ClusterViewsWorld } from "../../_support/cluster-views-world.ts";

describe("what any node sees of its cluster", () => {
  let world: ClusterViewsWorld;
  beforeEach(() => {
    world = new ClusterViewsWorld();
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("is the same at every node: runners with their facts, the coordinator, and clients", async () => {
    const one = await world.node("r-1", {
      coordinator: { term: 7, placements: { running: 3, pending: 1 } },
    });
    await world.node("r-2", { healthScore: 2 });
    const client = await world.node("c-1", { role: "client", status: undefined, types: [] });

    for (const [id, node] of [
      ["r-1", one],
      ["c-1", client],
    ] as const) {
      const seen = await world.settled(node.views.overview());

      assert.equal(seen.self, id);
      assert.deepEqual(seen.problems, []);
      assert.deepEqual(
        seen.nodes.map(({ id: of, status, reachable, self }) => [of, status, reachable, self]),
        [
          ["r-1", "ready", true, id === "r-1"],
          ["r-2", "ready", true, false],
          ["c-1", null, true, id === "c-1"],
        ],
      );
      assert.deepEqual(seen.coordinator, {
        nodeId: "r-1",
        term: 7,
        placements: { running: 3, pending: 1 },
      });
      assert.equal(seen.nodes[1]?.healthScore, 2);
      assert.deepEqual(
        seen.logs.map(({ log }) => log),
        ["commands", "events", "dead_letters"],
      );
    }
  });

  it("has which runners are given no actors, why and since when, as the coordinator says", async () => {
    const evictions = [{ runnerId: "r-3", reason: "failed_starts", sinceMs: 4_000 }] as const;
    await world.node("r-1", { coordinator: { term: 7, placements: {}, evictions } });
    await world.node("r-2");
    await world.node("r-3");
    const client = await world.node("c-1", { role: "client", status: undefined, types: [] });

    const { nodes } = await world.settled(client.views.overview());

    assert.deepEqual(
      nodes.map(({ id, evicted }) => [id, evicted]),
      [
        ["r-3", { reason: "failed_starts", sinceAtMs: 4_000 }], // it needs attention
        ["r-1", null],
        ["r-2", null],
        ["c-1", null],
      ],
    );
  });

  it("lists a runner that does not answer as unreachable, first, with when it was last seen", async () => {
    const one = await world.node("r-1");
    await world.runner("r-9");
    const beatAtMs = world.clock.epochMs();
    await world.clock.advance(5_000);

    const { nodes } = await world.settled(one.views.overview());

    const [first] = nodes;
    assert.equal(first?.id, "r-9");
    assert.equal(first?.reachable, false);
    assert.equal(first?.status, "ready");
    assert.equal(first?.lastSeenAtMs, beatAtMs);
    assert.equal(first?.actors, 12);
    assert.equal(first?.leaseRemainingMs, null);
    assert.deepEqual(first?.types, [
      { type: "cart", actors: null },
      { type: "render", actors: null },
    ]);
  });

  it("waits for a node that does not answer no longer than its time-out, and for none if all have answered", async () => {
    const one = await world.node("r-1");
    await world.node("r-2");
    const from = world.clock.monotonicMs();
    await world.settled(one.views.overview());
    const whenAllAnswer = world.clock.monotonicMs() - from;

    await world.runner("r-9");
    const before = world.clock.monotonicMs();
    await world.settled(one.views.overview());
    const whenOneDoesNot = world.clock.monotonicMs() - before;

    assert.ok(whenAllAnswer <= 200, `${whenAllAnswer} ms`);
    assert.ok(whenOneDoesNot >= 1_000 && whenOneDoesNot <= 1_200, `${whenOneDoesNot} ms`);
  });

  it("does not wait for runners that were lost or have left, and lists them last", async () => {
    const one = await world.node("r-1");
    await world.runner("r-8", "left");
    await world.runner("r-9", "lost");
    const from = world.clock.monotonicMs();

    const { nodes } = await world.settled(one.views.overview());

    assert.deepEqual(
      nodes.map(({ id, status }) => [id, status]),
      [
        ["r-1", "ready"],
        ["r-9", "lost"],
        ["r-8", "left"],
      ],
    );
    assert.ok(world.clock.monotonicMs() - from <= 200);
  });

  it("remembers a client that has answered before", async () => {
    const one = await world.node("r-1");
    const client = await world.node("c-1", { role: "client", status: undefined });
    const seenAtMs = (await world.settled(one.views.overview())).nodes[1]?.lastSeenAtMs;
    client.stop();

    const { nodes } = await world.settled(one.views.overview());

    const gone = nodes.find(({ id }) => id === "c-1");
    assert.equal(gone?.reachable, false);
    assert.equal(gone?.role, "client");
    assert.ok(Math.abs((gone?.lastSeenAtMs ?? 0) - (seenAtMs ?? 0)) < 200);
  });

  it("remembers when a runner that was lost has answered last", async () => {
    const one = await world.node("r-1");
    const two = await world.node("r-2");
    await world.clock.advance(2_000);
    await world.settled(one.views.overview());
    const answeredMs = world.clock.epochMs();
    two.stop();
    await world.clock.advance(70_000);
    await world.runner("r-2", "lost");

    const { nodes } = await world.settled(one.views.overview());

    const lost = nodes.find(({ id }) => id === "r-2");
    assert.equal(lost?.status, "lost");
    const seenMs = lost?.lastSeenAtMs ?? 0;
    assert.ok(Math.abs(seenMs - answeredMs) < 200, `${seenMs}`);
  });

  it("says what could not be read, and shows the rest", async () => {
    const one = await world.node("r-1");
    await (await world.any()).runners.put("r-7", new TextEncoder().encode("no record"));

    const { problems, nodes } = await world.settled(one.views.overview());

    assert.deepEqual(problems, ["ERR_PROTOCOL_INVALID"]);
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ["r-1"],
    );
  });

  it("tells the last moves of all coordinators, newest first: who, when and why", async () => {
    const one = await world.node("r-1");
    const two = await world.node("r-2");
    const move = { address: "cart.alice", from: "r-3", to: "r-1", generation: 4 } as const;
    one.moves.add({ ...move, reason: "runner_lost", atMs: 10 });
    two.moves.add({
      ...move,
      from: "r-1",
      to: "r-2",
      generation: 5,
      reason: "rebalanced",
      atMs: 20,
    });
    two.moves.add({ ...move, address: "cart.bob", reason: "wanted", atMs: 5 });

    const { moves } = await world.settled(two.views.overview());

    assert.deepEqual(
      moves.map(({ id, from, to, reason, by }) => [id, from, to, reason, by]),
      [
        ["cart/alice", "r-1", "r-2", "rebalanced", "r-2"],
        ["cart/alice", "r-3", "r-1", "runner_lost", "r-1"],
        ["cart/bob", "r-3", "r-1", "wanted", "r-2"],
      ],
    );
  });

  it("tells of the moves of a coordinator that is gone, at nodes that were there and at those that joined since", async () => {
    const one = await world.node("r-1");
    const two = await world.node("r-2");
    const move = { address: "cart.alice", from: "r-3", to: "r-1", generation: 4 } as const;
    for (let at = 0; at < 120; at += 1) {
      one.moves.add({ ...move, address: `cart.k${at}`, reason: "runner_lost", atMs: 10 });
    }
    one.moves.add({ ...move, reason: "runner_lost", atMs: 20 });
    await world.clock.advance(100);
    one.stop();
    two.facts = { ...two.facts, coordinator: { term: 8, placements: {} } };
    const three = await world.node("r-3");

    const [there, since] = [
      await world.settled(two.views.overview()),
      await world.settled(three.views.overview()),
    ];

    assert.equal(there.moves.length, 50);
    assert.deepEqual(
      [there.moves[0]?.id, there.moves[0]?.by, there.moves[1]?.atMs],
      ["cart/alice", "r-1", 10],
    );
    assert.deepEqual(since.moves, there.moves);
    await world.place({ address: "cart.k0" });
    const placement = await world.settled(three.views.placement("cart", "k0"));
    assert.deepEqual(
      placement?.moves.map(({ id, by }) => [id, by]),
      [["cart/k0", "r-1"]],
    );
  });

  it("says of a lost runner when it was heard of at the latest", async () => {
    const one = await world.node("r-1");
    await world.clock.advance(200_000);
    const lostAtMs = world.clock.epochMs();
    await world.runner("r-9", "lost", lostAtMs);

    const { nodes } = await world.settled(one.views.overview());

    const lost = nodes.find(({ id }) => id === "r-9");
    assert.equal(lost?.lastSeenAtMs, lostAtMs - 60_000);
  });

  it("ignores an answer that is not one of the protocol", async () => {
    const one = await world.node("r-1");
    const session = await world.session("liar");
    const subscription = session.bus.subscribe("view-all", ({ replyTo }) => {
      const body = new TextEncoder().encode('{"kind":"node","node":{"id":"x"},"moves":[]}');
      if (replyTo !== undefined) session.bus.publish(replyTo, { headers: {}, body });
    });

    const { nodes } = await world.settled(one.views.overview());
    subscription.stop();

    assert.deepEqual(
      nodes.map(({ id }) => id),
      ["r-1"],
    );
  });
});
