import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandKind } from "../../../src/cluster/protocol/commands.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { partsOf } from "../../_support/faulty-session.ts";
import { HostGate } from "../../_support/model-host.ts";
import { at } from "../../_support/runner-commands.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

const BOTH = [Direction.Up, Direction.Down];
const NEVER = new Promise<never>(() => {});

/** Drains a runner that has joined for some events. Returns what its record says a minute later. */
async function drainAfter(steps: number, isCut: boolean): Promise<string | undefined> {
  const world = await RunnerWorld.start();
  const kit = await world.make({ name: "alpha" });
  const joined = world.codeOf(kit.runner.start());
  for (let step = 0; step < steps; step += 1) await world.simulation.time.step();
  if (isCut) kit.process.cut(BOTH);
  const beganMs = world.nowMs;

  const report = await world.value(kit.runner.drain({ deadlineMs: 5_000 }));

  assert.ok(world.nowMs - beganMs <= 5_001, `${world.nowMs - beganMs} ms`);
  assert.deepEqual([report.stopped, kit.runner.status, kit.runner.id], [0, "left", undefined]);
  assert.ok(["fulfilled", "ERR_ABORTED"].includes(String(await joined)));
  kit.process.heal();
  await world.pass(60_000);
  assert.equal(await world.lease("alpha-1"), false);
  return (await world.record("alpha-1"))?.status;
}

describe("a drain", () => {
  it("hands actors over to the coordinator, and leaves", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({ name: "alpha" });
    for (const address of ["cart.a", "cart.b"]) await world.running(kit, address);

    const drained = kit.runner.drain();
    assert.equal(kit.runner.isDraining, true);
    assert.equal(kit.runner.isReady, false);
    await world.until("its record says so", () => kit.observer.statuses.at(-1) === "draining");
    await world.pass(100);
    assert.equal((await world.record("alpha-1"))?.status, "draining");
    for (const address of ["cart.a", "cart.b"]) {
      await world.send(kit, { ...at(1, 2, address), kind: CommandKind.Drain });
    }
    const report = await world.value(drained);

    assert.deepEqual([report.handedOff, report.stopped, report.abandoned], [2, 0, []]);
    assert.ok(report.durationMs < 1_000, `${report.durationMs}`);
    assert.deepEqual(await world.events("cart.a"), ["1:1 running", "1:2 stopped drained"]);
    assert.equal((await world.record("alpha-1"))?.status, "left");
    assert.equal(await world.lease("alpha-1"), false);
    assert.deepEqual(
      [kit.runner.id, kit.runner.status, kit.runner.isValid()],
      [undefined, "left", false],
    );
    assert.deepEqual(kit.observer.reports, [report]);
    assert.deepEqual(kit.observer.failures, []);
  });

  it("stops its actors itself if no coordinator asks for an end for a second", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    for (const address of ["cart.a", "cart.b", "cart.c"]) await world.running(kit, address);

    const drained = kit.runner.drain();
    await world.pass(500);
    await world.send(kit, { ...at(1, 2, "cart.a"), reason: "runner_draining" });
    const report = await world.value(drained);

    assert.deepEqual([report.handedOff, report.stopped, report.abandoned], [1, 2, []]);
    assert.ok(report.durationMs > 1_400 && report.durationMs < 2_000, `${report.durationMs}`);
    assert.deepEqual((await world.events("cart.c")).at(-1), "1:2 stopped drained");
  });

  it("stops at most 32 actors at a time", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    for (let number = 0; number < 50; number += 1) await world.start(kit, `cart.${number}`);
    await world.until("all run", () => kit.runner.actors === 50 && kit.observer.waiting === 0);
    const gates: HostGate[] = [];
    kit.host.beforeStop = () => {
      const gate = new HostGate();
      gates.push(gate);
      return gate.opened;
    };

    const drained = kit.runner.drain();
    await world.pass(1_100);
    assert.equal(gates.length, 32);
    for (const gate of gates.slice(0, 5)) gate.open();
    await world.pass(10);
    assert.equal(gates.length, 37);
    await world.until("all have ended", () => {
      for (const gate of gates) gate.open();
      return kit.runner.actors === 0;
    });

    assert.equal((await world.value(drained)).stopped, 50);
  });

  it("refuses starts from the turn on in which it begins", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.start(kit, "shop.a"); // held: its type is not defined
    await world.pass(100);
    const gate = new HostGate();
    kit.host.beforeStop = () => gate.opened;
    await world.running(kit, "cart.b");

    const drained = kit.runner.drain();
    await world.start(kit, "cart.c");
    await world.pass(500);

    assert.deepEqual(await world.events("shop.a"), ["1:1 start_failed runner_draining"]);
    assert.deepEqual(await world.events("cart.c"), ["1:1 start_failed runner_draining"]);
    assert.equal(kit.host.calls.includes("start cart.c 1"), false);
    assert.equal(await world.commandsLeft(), 0);
    gate.open();
    assert.equal((await world.value(drained)).stopped, 1);
  });

  it("ends an activation in order whose next start it refuses", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    const gate = new HostGate();
    kit.host.beforeStop = () => gate.opened;

    const drained = kit.runner.drain();
    await world.start(kit, "cart.a", 2);
    await world.pass(500);
    assert.deepEqual(await world.events(), ["1:1 running"]);
    gate.open();
    const report = await world.value(drained);

    assert.deepEqual([report.handedOff, report.stopped, report.abandoned], [1, 0, []]);
    assert.equal(kit.host.actors.size, 0);
    const events = ["1:1 running", "1:2 stopped drained", "2:1 start_failed runner_draining"];
    assert.deepEqual((await world.events()).toSorted(), events);
  });

  it("ends an actor that is still starting", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const gate = new HostGate();
    kit.host.beforeStart = () => gate.opened;
    kit.host.beforeStop = async () => gate.open();
    await world.start(kit);
    await world.until("it starts", () => kit.runner.here("cart.a") !== undefined);

    const report = await world.value(kit.runner.drain());

    assert.equal(report.abandoned.length + report.stopped, 1);
    assert.equal(kit.host.actors.size, 0);
    assert.equal(kit.runner.actors, 0);
  });

  it("gives each actor its time, and a type more, but none more than the drain has", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({
      types: ["cart", "shop", "long"],
      stopMs: 4_000,
      stopMsOf: { shop: 6_000, long: 3_600_000 },
      drainMs: 10_000,
    });
    for (const address of ["cart.a", "shop.a", "long.a"]) await world.running(kit, address);
    const deadlines: Record<string, number> = {};
    kit.host.beforeStop = async (address, deadlineMs) => {
      deadlines[address] = Math.round(deadlineMs / 100) * 100;
    };

    await world.value(kit.runner.drain());

    // A second was waited for a coordinator, and a tenth of the time is for what comes after the actors.
    assert.deepEqual(deadlines, { "cart.a": 4_000, "shop.a": 6_000, "long.a": 8_000 });
  });

  it("fences actors that have not ended at the deadline, and says which", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({ name: "alpha" });
    for (const address of ["cart.a", "cart.b"]) await world.running(kit, address);
    kit.host.beforeStop = (address) => (address === "cart.a" ? NEVER : Promise.resolve());

    const report = await world.value(kit.runner.drain({ deadlineMs: 5_000 }));

    assert.deepEqual([report.stopped, report.abandoned], [1, ["cart.a"]]);
    assert.ok(report.durationMs >= 4_000 && report.durationMs <= 5_000, `${report.durationMs}`);
    assert.equal(kit.host.actors.size, 0);
    assert.deepEqual((await world.events("cart.a")).at(-1), "1:2 stopped fenced");
    assert.equal((await world.record("alpha-1"))?.status, "left");
  });

  it("leaves in time though its events cannot be stored", async () => {
    const world = await RunnerWorld.start();
    let isHeld = false;
    const kit = await world.ready({
      name: "alpha",
      wrap: (session) => ({
        ...partsOf(session),
        events: {
          ...partsOf(session.events),
          append: (message) => (isHeld ? NEVER : session.events.append(message)),
        },
      }),
    });
    await world.running(kit);
    isHeld = true;

    const report = await world.value(kit.runner.drain({ deadlineMs: 5_000 }));

    assert.deepEqual([report.stopped, report.durationMs <= 5_000], [1, true]);
    assert.equal((await world.record("alpha-1"))?.status, "left");
    assert.equal(await world.lease("alpha-1"), false);
    assert.equal(kit.observer.events.abandoned, 1);
  });

  it("without time ends its actors at once, and does not leave its lease to expire", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready({ name: "alpha" });
    await world.running(kit);

    const report = await world.value(kit.runner.drain({ deadlineMs: 0 }));
    await kit.session.close();

    assert.deepEqual([report.abandoned.length + report.stopped, report.durationMs], [1, 0]);
    assert.equal(kit.host.actors.size, 0);
    await world.pass(100);
    assert.equal(await world.lease("alpha-1"), false);
  });

  it("of the last runner does not wait for a coordinator to move its actors", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    for (const address of ["cart.a", "cart.b"]) await world.running(kit, address);

    const report = await world.value(kit.runner.drain({ isLast: true }));

    assert.deepEqual([report.stopped, report.abandoned], [2, []]);
    assert.ok(report.durationMs < 500, `${report.durationMs}`);
  });

  it("is the same one when it is asked for again", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();

    const first = kit.runner.drain();

    assert.equal(kit.runner.drain({ deadlineMs: 1 }), first);
    await world.value(first);
    assert.equal(kit.runner.drain(), first);
  });

  it("ends in time, regardless of what the runner and the engine are doing", async () => {
    for (const steps of [0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30, 60]) {
      const status = await drainAfter(steps, false);
      assert.ok(status === undefined || status === "left", `${steps}: ${status}`);
      await drainAfter(steps, true);
    }
  });

  it("of a runner that is cut off stops the actors, and counts those that are fenced first", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    for (const address of ["cart.a", "cart.b"]) await world.running(kit, address);
    kit.host.beforeStop = (address) => (address === "cart.a" ? NEVER : Promise.resolve());
    kit.process.cut(BOTH);

    const report = await world.value(kit.runner.drain({ deadlineMs: 25_000 }));

    assert.deepEqual([report.stopped, report.abandoned], [1, ["cart.a"]]);
    assert.deepEqual(kit.observer.fences, ["lease_expired"]);
    assert.equal(kit.host.actors.size, 0);
    assert.equal(kit.observer.events.abandoned, 1);
  });
});
