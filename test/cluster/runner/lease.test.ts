import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { SignalName } from "../../../src/cluster/protocol/commands.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { HostGate } from "../../_support/model-host.ts";
import { signal } from "../../_support/runner-commands.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

const BOTH = [Direction.Up, Direction.Down];

describe("the lease of a runner", () => {
  it("is valid for less than 9 s after the sending of the last acknowledged heartbeat", async () => {
    const world = await RunnerWorld.start();
    const { runner, process, observer } = await world.ready();
    await world.pass(20_000); // well into its heartbeats
    const cutMs = world.nowMs;

    process.cut(BOTH);
    await world.until("it is fenced", () => observer.fences.length > 0);

    const silentMs = world.nowMs - cutMs;
    assert.ok(silentMs <= 9_000 && silentMs > 9_000 - 2_100, `${silentMs} ms`);
    assert.deepEqual(observer.fences, ["lease_expired"]);
    assert.equal(runner.isValid(), false);
    assert.equal(observer.isLeased, false);
  });

  it("drops all actors when it has run out, and stores nothing more", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");
    await world.running(kit, "cart.b");

    kit.process.cut(BOTH);
    await world.until("it is fenced", () => kit.observer.fences.length > 0);

    assert.equal(kit.host.actors.size, 0);
    assert.equal(kit.runner.actors, 0);
    assert.equal(kit.runner.here("cart.a"), undefined);
    assert.deepEqual(kit.here.slice(-2), ["cart.a gone", "cart.b gone"]);
    kit.process.heal();
    await world.pass(30_000);
    assert.deepEqual(await world.events("cart.a"), ["1:1 running"]);
  });

  it("is found to have run out after SIGSTOP before anything else is done", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");

    kit.process.host.pause();
    await world.start(kit, "cart.b");
    await world.pass(60_000);
    kit.host.calls.length = 0;

    // What a message that is handled first would ask, before any timer has fired.
    assert.equal(kit.runner.isValid(), false);
    assert.deepEqual(kit.host.calls, ["fence cart.a"]);
    kit.process.host.resume();
    await world.pass(10_000);
    assert.equal(kit.host.calls.includes("start cart.b 1"), false);
  });

  it("fences before a command that was delivered during SIGSTOP", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");

    kit.process.host.pause();
    await world.start(kit, "cart.b");
    await world.pass(60_000);
    kit.process.host.resume();
    await world.until("it is fenced", () => kit.observer.fences.length > 0);
    await world.pass(5_000);

    assert.equal(kit.host.calls.includes("start cart.b 1"), false);
    assert.ok(kit.observer.signs.includes("fenced"));
  });

  it("is asked for before a command that has waited, and after a start", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");
    const gate = new HostGate();
    kit.host.beforeSignal = () => gate.opened;
    kit.host.beforeStart = () => gate.opened;
    await world.send(kit, signal(1, 2, SignalName.Wake));
    await world.send(kit, signal(1, 3, SignalName.Destroy));
    await world.start(kit, "cart.b");
    await world.until("both wait", () => kit.host.calls.includes("start cart.b 1"));
    await world.pass(100);

    kit.process.host.pause(); // no timer fires
    await world.pass(60_000);
    gate.open();
    await world.pass(0);

    assert.equal(kit.host.calls.includes("destroy cart.a"), false);
    assert.equal(kit.host.actors.size, 0);
    assert.equal(kit.runner.here("cart.b"), undefined);
    assert.equal(kit.here.includes("cart.b running"), false);
    assert.equal(kit.observer.created, 1);
  });

  it("is asked for before a command is tried again, whose timer is the first one after SIGSTOP", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");
    kit.host.beforeSignal = async () => {
      throw new Error("an injected failure");
    };
    await world.send(kit, signal(1, 2, SignalName.Wake));
    await world.until("it has failed", () => kit.host.calls.includes("wake cart.a"));
    await world.pass(10);

    kit.process.host.pause();
    await world.pass(60_000);
    kit.process.host.resume();
    await world.pass(60_000);

    assert.equal(kit.host.calls.filter((call) => call === "wake cart.a").length, 1);
    assert.equal(kit.observer.fences.length, 1);
  });

  it("joins anew under another id once the engine answers again", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({ name: "alpha" });

    kit.process.cut(BOTH);
    await world.pass(60_000);
    assert.equal(kit.runner.isReady, false);
    kit.process.heal();
    await world.until("it is ready", () => kit.runner.isReady);

    assert.notEqual(kit.runner.id, "alpha-1");
    assert.equal(kit.ids[0], "alpha-1");
    assert.ok(kit.observer.score > 0);
    await world.running(kit, "cart.a", 2);
    assert.equal(kit.host.actors.size, 1);
  });

  it("marks the record of the id that was fenced, and removes its lease", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({ name: "alpha" });
    await world.pass(5_000);
    kit.process.host.pause();
    await world.pass(9_500);
    kit.process.host.resume();

    await world.until("it joins again", () => kit.runner.id !== "alpha-1" && kit.runner.isReady);
    await world.pass(1_000);

    assert.equal((await world.record("alpha-1"))?.status, "left");
    assert.equal(await world.lease("alpha-1"), false);
    assert.equal((await world.record(kit.runner.id))?.status, "ready");
  });

  it("is lost when it has expired in the engine, regardless of what the clock of the process says", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.a");

    await world.value(world.boss.leases.remove(`r.${kit.runner.id}`));
    await world.until("it is fenced", () => kit.observer.fences.length > 0);

    assert.deepEqual(kit.observer.fences, ["lease_lost"]);
    assert.equal(kit.host.actors.size, 0);
  });

  it("is lost when the record says that the runner was lost", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const record = await world.record(kit.runner.id);
    assert.ok(record !== undefined);
    const lost = encodeRunner({ ...record, status: "lost" });
    await world.value(world.boss.runners.put(record.runnerId, lost));

    kit.host.define("shop");
    await world.until("it is fenced", () => kit.observer.fences.length > 0);

    assert.deepEqual(kit.observer.fences, ["declared_lost"]);
  });

  it("outlives heartbeats whose acknowledgements are lost", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();

    for (let round = 0; round < 5; round += 1) {
      kit.process.cut([Direction.Down]);
      await world.pass(6_000);
      kit.process.heal();
      await world.pass(4_000);
    }

    assert.deepEqual(kit.observer.fences, []);
    assert.equal(kit.runner.isReady, true);
  });

  it("tells of each heartbeat once: acknowledged, late, or refused", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const { observer, process } = kit;
    await world.pass(10_000);
    assert.deepEqual(observer.failedBeats, []);
    const before = observer.acknowledgedBeats;
    assert.ok(before >= 5, `${before}`);

    process.cut([Direction.Down]); // it is stored, and the answer does not come
    await world.until("one is late", () => observer.failedBeats.length > 0);
    process.heal();
    await world.until("it goes on", () => observer.acknowledgedBeats > before);

    assert.equal(observer.failedBeats[0], "ERR_ENGINE_NO_REPLY");
    assert.deepEqual(observer.fences, []);
    assert.ok(observer.signs.includes("late_heartbeat"));
  });

  it("sees in its own timers that the process is busy (C15)", async () => {
    const world = await RunnerWorld.start();
    const { observer, process, runner } = await world.ready();
    await world.pass(10_000);
    assert.deepEqual(observer.signs, []);

    process.host.pause(); // as an event loop that is blocked
    await world.pass(4_000);
    process.host.resume();
    await world.until("it has noticed", () => observer.signs.length > 0);

    assert.equal(observer.signs[0], "loop_delay");
    assert.ok(runner.healthScore > 0);
    assert.deepEqual(observer.fences, []);
    await world.pass(20_000);
    assert.equal(runner.healthScore, 0);
  });

  it("makes the score of a runner that is fenced again and again stay high", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();

    for (let round = 0; round < 3; round += 1) {
      kit.process.cut(BOTH);
      await world.pass(12_000);
      kit.process.heal();
      await world.until("it is ready", () => kit.runner.isReady);
    }

    assert.ok(kit.observer.score >= 4, `${kit.observer.score}`);
    await world.pass(60_000);
    assert.equal(kit.observer.score, 0);
  });
});
