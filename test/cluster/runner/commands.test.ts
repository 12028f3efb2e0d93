import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { readEvents } from "../../../src/cluster/codec/event-codec.ts";
import { encodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import { CommandKind, SignalName } from "../../../src/cluster/protocol/commands.ts";
import type { PlacementRecord } from "../../../src/cluster/protocol/placement-record.ts";
import { placementRecord } from "../../_support/cluster-records.ts";
import { HostGate } from "../../_support/model-host.ts";
import { assertAccounted, at, CART, deadLetters, signal } from "../../_support/runner-commands.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

describe("a start", () => {
  it("runs the actor with its input, tells so, and is acknowledged after that", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const gate = new HostGate();
    kit.host.beforeStart = () => gate.opened;

    await world.send(kit, { ...at(3, 1), data: { currency: "EUR" } });
    await world.pass(1_000);
    assert.deepEqual(kit.runner.here(CART), { generation: 3, status: "starting" });
    assert.equal(await world.commandsLeft(), 1);
    assert.deepEqual(kit.host.actors.get(CART)?.input, { currency: "EUR" });
    gate.open();
    await world.pass(1_000);

    assert.deepEqual(kit.runner.here(CART), { generation: 3, status: "running" });
    assert.deepEqual(kit.here, ["cart.a starting", "cart.a running"]);
    assert.deepEqual(await world.events(), ["3:1 running"]);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("is refused if the store has a generation that is not lower", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    world.claims.set(CART, 5);

    await world.start(kit, CART, 5);
    await world.pass(1_000);

    assert.deepEqual(await world.events(), ["5:1 start_refused stale"]);
    assert.equal(kit.runner.here(CART), undefined);
    const [stored] = await world.value(world.boss.events.read({ filter: "", limit: 1 }));
    assert.match(String(Buffer.from(stored?.body ?? [])), /"storedGeneration":5/);
  });

  it("tells the code of its failure", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const error = new ClusterError("no", { code: ErrorCode.StartFailed });
    kit.host.beforeStart = async () => ({ outcome: "failed", error });

    await world.start(kit);
    await world.pass(1_000);

    assert.deepEqual(await world.events(), ["1:1 start_failed ERR_START_FAILED"]);
    assert.equal(kit.runner.isReady, true);
    assert.equal(await world.commandsLeft(), 0);
  });

  it("of a later generation takes the place of the activation that is here", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, CART, 1);

    await world.running(kit, CART, 2);
    await world.pass(1_000);

    assert.deepEqual(kit.runner.here(CART), { generation: 2, status: "running" });
    assert.equal(kit.runner.actors, 1);
    assert.deepEqual(await world.events(), ["1:1 running", "2:1 running"]);
  });

  it("tells of an actor that ends by itself, also while it starts", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");
    kit.host.endsItself("cart.a");
    const gate = new HostGate();
    kit.host.beforeStart = () => gate.opened;
    await world.start(kit, "cart.b");
    await world.until("it starts", () => kit.runner.here("cart.b") !== undefined);
    kit.host.endsItself("cart.b");
    gate.open();
    await world.pass(1_000);

    assert.deepEqual(await world.events("cart.a"), ["1:1 running", "1:2 stopped idle"]);
    assert.equal((await world.events("cart.b")).length, 1);
    assert.equal(kit.runner.actors, 0);
  });
});

describe("an actor that ends before its start is known to have succeeded", () => {
  it("is told of as running, then as stopped", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    kit.host.beforeStart = async () => ({ outcome: "running" }); // the model ends it in the same turn

    await world.start(kit);
    await world.pass(1_000);

    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped start_failed"]);
    assert.equal(kit.runner.actors, 0);
  });
});

describe("a start of a type that is not defined", () => {
  it("is held, and carried out when the type is defined meanwhile", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();

    await world.start(kit, "shop.a");
    await world.start(kit, "cart.a");
    await world.pass(5_000);
    assert.deepEqual(kit.host.calls, ["start cart.a 1", "running cart.a 1"]);
    kit.host.define("shop");
    await world.pass(1_000);

    assert.deepEqual(await world.events("shop.a"), ["1:1 running"]);
  });

  it("fails after ten seconds, so that it is placed elsewhere", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();

    await world.start(kit, "shop.a");
    await world.pass(11_000);

    assert.deepEqual(await world.events("shop.a"), ["1:1 start_failed type_missing"]);
    assert.equal(await world.commandsLeft(), 0);
    assert.equal(kit.host.calls.length, 0);
  });
});

describe("a stop", () => {
  it("ends the actor in order, and tells its reason", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    const gate = new HostGate();
    kit.host.beforeStop = () => gate.opened;

    await world.send(kit, { ...at(1, 2), reason: "idle" });
    await world.pass(1_000);
    assert.deepEqual(kit.runner.here(CART), { generation: 1, status: "stopping" });
    gate.open();
    await world.pass(1_000);

    assert.deepEqual(kit.host.calls.at(-1), "stop cart.a idle");
    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped idle"]);
    assert.equal(kit.runner.here(CART), undefined);
  });

  it("for a reason of the placement is a move", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");
    await world.running(kit, "cart.b");

    await world.send(kit, { ...at(1, 2, "cart.a"), reason: "rebalanced" });
    await world.send(kit, { ...at(1, 2, "cart.b"), kind: CommandKind.Drain });
    await world.pass(1_000);

    assert.deepEqual(await world.events("cart.a"), ["1:1 running", "1:2 stopped drained"]);
    assert.deepEqual(await world.events("cart.b"), ["1:1 running", "1:2 stopped drained"]);
  });

  it("of an actor that has ended has no effect", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    kit.host.endsItself(CART);

    await world.send(kit, at(1, 2));
    await world.pass(1_000);

    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped idle"]);
    assert.equal(kit.observer.commands.applied, 2);
    assert.equal(await world.commandsLeft(), 0);
  });
});

describe("a start of an actor that does not exist", () => {
  it("can ask if its placement is still the one that it was written with", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({ name: "alpha" });
    await world.running(kit);
    const isCurrent = kit.host.asks.get(CART) ?? assert.fail("nothing to ask");
    const place = async (changes: Partial<PlacementRecord>): Promise<boolean> => {
      const record = placementRecord({ address: CART, outbox: [], generation: 1, ...changes });
      await world.value(world.boss.placements.put(CART, encodePlacement(record)));
      return await world.value(isCurrent());
    };

    assert.equal(await world.value(isCurrent()), false); // it is gone
    assert.equal(await place({ runnerId: "alpha-1" }), true);
    assert.equal(await place({ runnerId: "beta-1" }), false);
    assert.equal(await place({ runnerId: "alpha-1", generation: 2 }), false);
  });
});

describe("a signal", () => {
  it("does what it says", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);

    await world.send(kit, { ...signal(1, 2, SignalName.Wake), data: { dueAtMs: 5, id: "s1" } });
    await world.send(kit, signal(1, 3, SignalName.Wake));
    await world.send(kit, signal(1, 4, SignalName.Sleep));
    await world.pass(1_000);

    assert.deepEqual(kit.host.calls.slice(2), ["fire cart.a s1", "wake cart.a", "sleep cart.a"]);
    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped requested"]);
  });

  it("that its actor has missed is reported, unless it would change nothing", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    kit.host.endsItself(CART);

    await world.send(kit, signal(1, 2, SignalName.Sleep));
    await world.send(kit, { ...signal(1, 3, SignalName.Wake), data: { dueAtMs: 5, id: "s1" } });
    await world.pass(1_000);

    assert.deepEqual((await world.events()).slice(2), ["1:3 command_dropped not_running"]);
    const stored = await world.value(world.boss.events.read({ filter: "", limit: 256 }));
    const [event] = stored.flatMap((message) => readEvents(message).events).slice(2);
    const data = { dueAtMs: 5, id: "s1" };
    assert.deepEqual(event?.data, { commandId: "cart.a-1-3", signal: "wake", data });
  });

  it("that fails is repeated before later ones, and becomes a dead letter after six attempts", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");
    kit.host.beforeSignal = async (_address, name) => {
      if (name === "destroy") throw new ClusterError("no", { code: ErrorCode.SaveFailed });
    };

    await world.send(kit, signal(1, 2, SignalName.Destroy));
    await world.send(kit, signal(1, 3, SignalName.Kill));
    await world.pass(15_000);
    assert.equal(kit.host.calls.includes("kill cart.a"), false);
    await world.running(kit, "cart.b"); // other actors do not wait
    await world.pass(90_000);

    assert.equal(kit.host.calls.filter((call) => call === "destroy cart.a").length, 6);
    assert.deepEqual(await deadLetters(world), [`${kit.runner.id}.cart.a ERR_SAVE_FAILED`]);
    assert.deepEqual(await world.events(), [
      "1:1 running",
      "1:2 command_dropped ERR_SAVE_FAILED",
      "1:3 stopped requested",
    ]);
    assert.deepEqual([kit.observer.commands.dead, await world.commandsLeft()], [1, 0]);
    assertAccounted(kit);
  });

  it("that fails twice is carried out once, though its message is delivered again", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    let failures = 4;
    kit.host.beforeSignal = async () => {
      failures -= 1;
      if (failures >= 0) throw new ClusterError("no", { code: ErrorCode.SaveFailed });
    };

    await world.send(kit, signal(1, 2));
    await world.pass(120_000); // longer than the wait for an acknowledgement

    assert.equal(kit.host.calls.filter((call) => call === "kill cart.a").length, 5);
    assert.deepEqual(await world.events(), ["1:1 running", "1:2 stopped requested"]);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });
});
