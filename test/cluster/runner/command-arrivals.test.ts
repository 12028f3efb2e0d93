import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandMessage } from "../../../src/cluster/codec/command-codec.ts";
import { encodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import { type Command, CommandKind, SignalName } from "../../../src/cluster/protocol/commands.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { placementRecord } from "../../_support/cluster-records.ts";
import { partsOf } from "../../_support/faulty-session.ts";
import { HostGate } from "../../_support/model-host.ts";
import { assertAccounted, at, CART, deadLetters, signal } from "../../_support/runner-commands.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

describe("commands that come in another way than they were sent", () => {
  it("are carried out once if they come twice, and not at all if they are of an earlier generation", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, CART, 2);
    const append = async (command: Partial<Command> & Pick<Command, "checkpoint">, id: string) => {
      const whole = {
        ...{ id: "x", kind: CommandKind.Start, issuedAtMs: 0, expiresAtMs: 4e12 },
        ...command,
      };
      const message = commandMessage(kit.runner.id ?? "", whole);
      await world.value(world.boss.commands.append({ ...message, id }));
    };

    await append(at(2, 1), "again");
    await append(at(1, 1), "old");
    await world.pass(1_000);

    assert.equal(kit.host.calls.filter((call) => call.startsWith("start")).length, 1);
    const { applied, duplicate, stale } = kit.observer.commands;
    assert.deepEqual([applied, duplicate, stale], [1, 1, 1]);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("wait for those before them", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);

    await world.send(kit, signal(1, 3, SignalName.Kill));
    await world.pass(500);
    assert.equal(kit.host.calls.includes("kill cart.a"), false);
    await world.send(kit, signal(1, 2, SignalName.Wake));
    await world.pass(1_000);

    assert.deepEqual(kit.host.calls.slice(2), ["wake cart.a", "kill cart.a"]);
    assert.ok((kit.observer.commands.gap ?? 0) > 0);
    assertAccounted(kit);
  });

  it("take those before them from the outbox of the placement if these are lost", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const { id = "" } = kit.runner;
    const command = (index: number): Command => ({
      ...signal(1, index, index === 1 ? SignalName.Kill : SignalName.Wake),
      ...{ id: `c${index}`, issuedAtMs: 0, expiresAtMs: 4e12 },
    });
    const { signal: _none, ...start } = { ...command(1), kind: CommandKind.Start };
    const record = {
      ...placementRecord(),
      ...{ address: CART, runnerId: id, generation: 1, commandIndex: 3 },
      outbox: [start, command(2), command(3)],
    };
    await world.value(world.boss.placements.put(CART, encodePlacement(record)));

    await world.send(kit, signal(1, 3, SignalName.Kill));
    await world.pass(5_000);

    assert.deepEqual(kit.host.calls, [
      "start cart.a 1",
      "running cart.a 1",
      "wake cart.a",
      "kill cart.a",
    ]);
    assert.equal(kit.observer.recovered, 2);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("wait for those before them as long as these are in the log, though the placement has none", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    const record = {
      ...placementRecord(),
      ...{ address: CART, runnerId: kit.runner.id, generation: 1, commandIndex: 101, outbox: [] },
    };
    await world.value(world.boss.placements.put(CART, encodePlacement(record)));
    const gate = new HostGate();
    kit.host.beforeSignal = () => gate.opened;

    const wanted = Array.from({ length: 100 }, (_, index) => index + 2);
    for (const index of wanted) {
      const data = { dueAtMs: 1, id: `${index}` };
      await world.send(kit, { ...signal(1, index, SignalName.Wake), data });
    }
    await world.pass(10_000); // those that were given back have been delivered often
    gate.open();
    await world.pass(30_000);

    const fired = kit.host.calls.filter((call) => call.startsWith("fire"));
    assert.deepEqual(
      fired,
      wanted.map((index) => `fire cart.a ${index}`),
    );
    assert.equal(kit.observer.failures.includes("commands are missing for good"), false);
    assertAccounted(kit);
  });

  it("are stale if their actor has no placement any more", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();

    await world.send(kit, signal(4, 2));
    await world.pass(5_000);

    assert.equal(kit.observer.commands.stale, 1);
    assert.equal(await world.commandsLeft(), 0);
  });

  it("go on without those before them if these are nowhere, and say so", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    const record = {
      ...placementRecord(),
      ...{ address: CART, runnerId: kit.runner.id, generation: 1, commandIndex: 4, outbox: [] },
    };
    await world.value(world.boss.placements.put(CART, encodePlacement(record)));

    await world.send(kit, signal(1, 4, SignalName.Kill));
    await world.pass(5_000);

    assert.deepEqual(await world.events(), [
      "1:1 running",
      "1:2 command_dropped lost",
      "1:3 stopped requested",
    ]);
    assert.ok(kit.observer.failures.includes("commands are missing for good"));
    assertAccounted(kit);
  });

  it("are stale if their actor was placed elsewhere", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const record = {
      ...placementRecord(),
      ...{ address: CART, runnerId: "other-1", generation: 4, outbox: [] },
    };
    await world.value(world.boss.placements.put(CART, encodePlacement(record)));

    await world.send(kit, signal(4, 2));
    await world.pass(5_000);

    assert.equal(kit.observer.commands.stale, 1);
    assert.equal(await world.commandsLeft(), 0);
    assert.deepEqual(await world.events(), []);
  });

  it("become dead letters if their start is lost for good", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const record = {
      ...placementRecord(),
      ...{ address: CART, runnerId: kit.runner.id, generation: 1, commandIndex: 2, outbox: [] },
    };
    await world.value(world.boss.placements.put(CART, encodePlacement(record)));

    await world.send(kit, signal(1, 2));
    await world.pass(5_000);

    assert.deepEqual(await deadLetters(world), [`${kit.runner.id}.cart.a ERR_PROTOCOL_INVALID`]);
    assert.deepEqual(await world.events(), [
      "1:1 command_dropped lost",
      "1:2 command_dropped ERR_PROTOCOL_INVALID",
    ]);
    assertAccounted(kit);
  });
});

describe("a connection that comes back", () => {
  it("has what was not answered delivered again at once", async () => {
    const world = await RunnerWorld.start();
    const replays: number[] = [];
    const kit = await world.ready({
      wrap: (session) => ({
        ...partsOf(session),
        commands: {
          ...partsOf(session.commands),
          consume: async (options) => {
            const consumption = await session.commands.consume(options);
            return {
              ...partsOf(consumption),
              replay: async () => {
                replays.push(world.nowMs);
                await consumption.replay();
              },
            };
          },
        },
      }),
    });

    kit.process.cut([Direction.Up, Direction.Down]);
    await world.start(kit);
    await world.pass(7_500);
    kit.process.heal();
    await world.until("it runs", () => kit.runner.here(CART)?.status === "running");
    await world.pass(1_000);

    assert.equal(replays.length, 1);
    assert.deepEqual(await world.events(), ["1:1 running"]);
    assertAccounted(kit);
  });
});

describe("commands that are not carried out", () => {
  it("are acknowledged and reported if they have expired", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit, "cart.b");

    await world.send(kit, { ...at(1, 1), expiresAtMs: 1 });
    await world.send(kit, {
      ...signal(1, 2),
      checkpoint: at(1, 2, "cart.b").checkpoint,
      expiresAtMs: 1,
    });
    await world.send(kit, { ...at(1, 3, "cart.b"), reason: "idle" });
    await world.pass(1_000);

    assert.deepEqual(await world.events("cart.a"), ["1:1 command_dropped expired"]);
    assert.deepEqual(await world.events("cart.b"), [
      "1:1 running",
      "1:2 command_dropped expired",
      "1:3 stopped idle",
    ]);
    assert.equal(kit.observer.commands.expired, 2);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("end an older activation, of which no other part would know any more", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);

    await world.send(kit, { ...at(2, 1), expiresAtMs: 1 });
    await world.pass(1_000);

    assert.equal(kit.host.actors.size, 0);
    assert.equal(kit.runner.here("cart.a"), undefined);
    const events = ["1:1 running", "1:2 stopped fenced", "2:1 command_dropped expired"];
    assert.deepEqual((await world.events()).toSorted(), events);
    assertAccounted(kit);
  });

  it("become dead letters if they cannot be read, and hold up nothing else", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const good = commandMessage(kit.runner.id ?? "", {
      ...{ ...at(1, 1), id: "x", kind: CommandKind.Start, issuedAtMs: 0, expiresAtMs: 4e12 },
    });
    const bad = [
      { ...good, id: "1", body: Buffer.from("{") },
      { ...good, id: "2", headers: { ...good.headers, "Ll-V": "9" } },
      { ...good, id: "3", headers: {} },
      { ...good, id: "4", subject: `${kit.runner.id}.cart.other` },
    ];

    for (const message of bad) await world.value(world.boss.commands.append(message));
    await world.start(kit);
    await world.pass(2_000);

    assert.deepEqual((await deadLetters(world)).map((letter) => letter.split(" ")[1]).toSorted(), [
      "ERR_PROTOCOL_INVALID",
      "ERR_PROTOCOL_INVALID",
      "ERR_PROTOCOL_INVALID",
      "ERR_PROTOCOL_VERSION",
    ]);
    assert.equal(kit.observer.commands.dead, 4);
    assert.deepEqual(await world.events(), ["1:1 running"]);
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("wait in the log if their actor has too many, and are carried out in order later", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    await world.running(kit);
    const gate = new HostGate();
    kit.host.beforeSignal = () => gate.opened;

    for (let index = 2; index <= 101; index += 1) {
      await world.send(kit, {
        ...signal(1, index, SignalName.Wake),
        data: { dueAtMs: 1, id: `${index}` },
      });
    }
    await world.pass(2_000);
    assert.ok((kit.observer.commands.full ?? 0) >= 36, JSON.stringify(kit.observer.commands));
    gate.open();
    await world.pass(10_000);

    const fired = kit.host.calls.filter((call) => call.startsWith("fire"));
    assert.deepEqual(
      fired,
      Array.from({ length: 100 }, (_, index) => `fire cart.a ${index + 2}`),
    );
    assert.equal(await world.commandsLeft(), 0);
    assertAccounted(kit);
  });

  it("are left to others if the runner is fenced while they are carried out", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const gate = new HostGate();
    kit.host.beforeStart = () => gate.opened;
    await world.start(kit, "cart.a");
    await world.send(kit, at(1, 2));
    await world.until("it starts", () => kit.runner.here("cart.a") !== undefined);

    await world.value(world.boss.leases.remove(`r.${kit.runner.id}`));
    await world.until("it is fenced", () => kit.observer.fences.length > 0);
    gate.open();
    await world.pass(10_000);

    assert.equal(kit.host.actors.size, 0);
    assert.equal(kit.observer.commands.abandoned, 2);
    assert.deepEqual(await world.events(), []);
    assert.equal(await world.commandsLeft(), 2);
    assertAccounted(kit);
  });
});
