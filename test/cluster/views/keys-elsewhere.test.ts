import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ClusterViewsWorld, type ViewedNode } from "../../_support/cluster-views-world.ts";
import { connectionRow } from "../../_support/console-keys.ts";

describe("keys of a cluster, for viewers of another node", () => {
  let world: ClusterViewsWorld;
  let here: ViewedNode;
  let there: ViewedNode;
  beforeEach(async () => {
    world = new ClusterViewsWorld();
    here = await world.node("r-1");
    there = await world.node("r-2", { types: [{ type: "room", actors: 1 }] });
    for (const { local } of [here, there]) {
      local.add("cart", ["alice"], { awake: local === here.local });
      local.add("room", ["lobby"], { awake: local === there.local });
      local.add("room", ["attic"]);
    }
    await world.place({ address: "cart.alice", runnerId: "r-1" });
    await world.place({ address: "room.lobby", runnerId: "r-2", reason: "runner_lost" });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  it("are awake wherever they run, and say where", async () => {
    const query = { type: "room", prefix: "", cursor: undefined, limit: 10 };
    const rows = async (state: "awake" | "asleep" | undefined) =>
      (await here.keys.list({ ...query, state })).keys.map((row) => [
        row.id,
        row.awake,
        row.runnerId,
      ]);

    assert.deepEqual(await rows(undefined), [
      ["room/attic", false, undefined],
      ["room/lobby", true, "r-2"],
    ]);
    assert.deepEqual(await rows("awake"), [["room/lobby", true, "r-2"]]);
    assert.deepEqual(await rows("asleep"), [["room/attic", false, undefined]]);
  });

  it("are counted over all nodes", async () => {
    const types = await world.settled(here.keys.types());

    assert.deepEqual(
      types.map(({ type, awake, asleep }) => [type, awake, asleep]),
      [
        ["cart", 1, 0],
        ["room", 1, 1],
      ],
    );
  });

  it("show what their runner knows, and why they are there", async () => {
    const lobby = await here.keys.read("room", "lobby");

    assert.equal(lobby?.actor?.awake[0]?.reason, "timer");
    assert.equal(lobby?.key.runnerId, "r-2");
    assert.deepEqual(lobby?.placement, {
      runnerId: "r-2",
      status: "running",
      reason: "runner_lost",
      sinceAtMs: 1_767_225_600_000,
      reachable: true,
    });
    assert.equal((await here.keys.read("room", "attic"))?.placement, undefined);
  });

  it("show what is stored when their runner does not answer", async () => {
    there.stop();

    const lobby = await world.settled(here.keys.read("room", "lobby"));

    assert.equal(lobby?.placement?.reachable, false);
    assert.equal(lobby?.actor, null);
    assert.equal(lobby?.key.stateBytes, 120);
    await assert.rejects(world.settled(here.keys.connections("room", "lobby", 5)), {
      code: "ERR_ENGINE_NO_LISTENER",
    });
  });

  it("have the connections that their runner holds", async () => {
    there.local.connected = [connectionRow("c1"), connectionRow("c2")];

    const list = await here.keys.connections("room", "lobby", 1);

    assert.equal(list?.total, 2);
    assert.deepEqual(
      list?.connections.map(({ id }) => id),
      ["c1"],
    );
  });

  it("are operated on at the runner that has them", async () => {
    assert.equal(await here.keys.perform({ action: "sleep", type: "room", key: "lobby" }), false);
    assert.equal(await here.keys.perform({ action: "wake", type: "cart", key: "alice" }), true);

    assert.deepEqual(there.local.performed, [{ action: "sleep", type: "room", key: "lobby" }]);
    assert.deepEqual(here.local.performed, [{ action: "wake", type: "cart", key: "alice" }]);
  });

  it("are placed first if an operation needs them and they sleep", async () => {
    const awake = await here.keys.perform({ action: "wake", type: "room", key: "attic" });

    assert.equal(awake, true);
    assert.deepEqual(
      here.asked.map((request) => [request.kind, request.address]),
      [["place", "room.attic"]],
    );
    assert.deepEqual(there.local.performed, [{ action: "wake", type: "room", key: "attic" }]);
  });

  it("are destroyed through the coordinator while they sleep, and only if they are stored", async () => {
    assert.equal(await here.keys.perform({ action: "destroy", type: "room", key: "attic" }), false);
    const none = await here.keys.perform({ action: "destroy", type: "room", key: "nowhere" });

    assert.equal(none, undefined);
    assert.deepEqual(
      here.asked.map((request) => request.kind === "signal" && [request.signal, request.address]),
      [["destroy", "room.attic"]],
    );
  });

  it("are found at a process whose id as a runner has changed", async () => {
    there.facts = { ...there.facts, id: "r-2-again" };
    there.runnerIs("r-2-again");
    await world.place({ address: "room.lobby", runnerId: "r-2-again" });
    const before = (await here.keys.read("room", "lobby"))?.placement;
    there.runnerIs(undefined);
    const after = (await world.settled(here.keys.read("room", "lobby")))?.placement;

    assert.deepEqual([before?.runnerId, before?.reachable], ["r-2-again", true]);
    assert.equal(after?.reachable, false);
  });

  it("report the error of the runner with its code", async () => {
    there.local.failing = true;

    await assert.rejects(here.keys.perform({ action: "wake", type: "room", key: "lobby" }), {
      name: "ClusterError",
      code: "ERR_STORE_CLOSED",
    });
  });
});
