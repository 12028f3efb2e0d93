import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readEvents } from "../../../src/cluster/codec/event-codec.ts";
import { SignalName } from "../../../src/cluster/protocol/commands.ts";
import type { RunnerEvent } from "../../../src/cluster/protocol/events.ts";
import { RecentIds } from "../../../src/cluster/runner/recent-ids.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { partsOf } from "../../_support/faulty-session.ts";
import { assertAccounted, at, CART, signal } from "../../_support/runner-commands.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

const NEVER = new Promise<never>(() => {});
const WAKE = { ...signal(1, 2, SignalName.Wake), id: "w1", data: { dueAtMs: 5, id: "s1" } };
const FIRED = `fire ${CART} s1`;

async function eventsOf(world: RunnerWorld): Promise<readonly RunnerEvent[]> {
  const stored = await world.value(world.boss.events.read({ filter: "", limit: 256 }));
  return stored.flatMap((message) => readEvents(message).events);
}

describe("a signal that comes twice", () => {
  it("is carried out once, also for a later activation", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    await world.send(kit, WAKE);
    await world.pass(1_000);
    await world.running(kit, CART, 2);

    await world.send(kit, { ...WAKE, ...at(2, 2) });
    await world.send(kit, { ...WAKE, ...at(2, 3), id: "w2", data: { dueAtMs: 6, id: "s2" } });
    await world.pass(1_000);

    const fired = kit.host.calls.filter((call) => call.startsWith("fire"));
    assert.deepEqual(fired, [FIRED, `fire ${CART} s2`]);
    assert.equal(kit.observer.commands.duplicate, 1);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("is carried out once by a process that was fenced between", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    await world.send(kit, WAKE);
    await world.until("it is carried out", () => kit.host.calls.includes(FIRED));
    kit.process.cut([Direction.Up, Direction.Down]);
    await world.pass(10_000);
    kit.process.heal();
    await world.until("it has joined again", () => kit.runner.isReady);
    assert.equal(kit.ids.length, 3); // one, none, another one
    await world.running(kit, CART, 2);

    await world.send(kit, { ...WAKE, ...at(2, 2) });
    await world.pass(1_000);

    assert.equal(kit.host.calls.filter((call) => call === FIRED).length, 1);
  });

  it("is carried out again if it has failed", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    kit.host.beforeFire = async () => {
      throw new Error("a failure");
    };
    await world.send(kit, WAKE);
    await world.pass(120_000);
    kit.host.beforeFire = async () => {};
    await world.running(kit, CART, 2);

    await world.send(kit, { ...WAKE, ...at(2, 2) });
    await world.pass(1_000);

    assert.equal(kit.host.calls.filter((call) => call === FIRED).length, 1);
  });
});

describe("a signal that comes after its generation is over", () => {
  it("is told of in the events of the present one, so that it is given to that", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    await world.running(kit, CART, 2);

    await world.send(kit, WAKE);
    await world.send(kit, { ...signal(1, 3, SignalName.Sleep) });
    await world.pass(1_000);

    const events = ["1:1 running", "2:1 running"];
    const told = await world.events();
    assert.deepEqual(told.toSorted(), [...events, "2:2 command_dropped not_running"]);
    const dropped = (await eventsOf(world)).find(({ kind }) => kind === "command_dropped");
    assert.deepEqual(dropped?.data, { commandId: "w1", signal: "wake", data: WAKE.data });
    assert.deepEqual([kit.observer.commands.stale, await world.commandsLeft()], [2, 0]);
    assertAccounted(kit);
  });

  it("stays in the log until what was told of it is stored", async () => {
    const world = await RunnerWorld.start();
    let isHeld = false;
    const kit = await world.ready({
      wrap: (session) => ({
        ...partsOf(session),
        events: {
          ...partsOf(session.events),
          append: (message) => (isHeld ? NEVER : session.events.append(message)),
        },
      }),
    });
    await world.running(kit);
    kit.host.endsItself(CART);
    await world.pass(1_000);
    isHeld = true;

    await world.send(kit, WAKE);
    await world.pass(5_000);
    assert.equal(kit.observer.waiting, 1);
    assert.equal(await world.commandsLeft(), 1);
    kit.process.cut([Direction.Up, Direction.Down]); // it is lost with its events
    await world.pass(15_000);

    assert.deepEqual(kit.observer.fences, ["lease_expired"]);
    assert.equal(await world.commandsLeft(), 1);
    assertAccounted(kit);
  });
});

describe("the end of an activation", () => {
  it("tells which commands were dealt with, a signal that has destroyed it included", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    await world.send(kit, WAKE);
    await world.pass(1_000);
    kit.host.endsItself(CART);
    await world.running(kit, "cart.b");
    await world.send(kit, {
      ...signal(1, 2, SignalName.Destroy),
      checkpoint: at(1, 2, "cart.b").checkpoint,
    });
    await world.pass(1_000);

    const ends = (await eventsOf(world)).filter(({ kind }) => kind === "stopped");
    assert.deepEqual(
      ends.map(({ reason, data }) => [reason, data]),
      [
        ["idle", { commandIndex: 2 }],
        ["destroyed", { commandIndex: 2 }],
      ],
    );
  });
});

describe("RecentIds", () => {
  it("forgets the id that was added first when it is full", () => {
    const ids = new RecentIds(2);
    for (const id of ["a", "b", "a", "c"]) ids.add(id);

    assert.deepEqual([ids.has("a"), ids.has("b"), ids.has("c"), ids.size], [true, false, true, 2]);
  });
});
