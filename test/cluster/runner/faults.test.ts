import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SignalName } from "../../../src/cluster/protocol/commands.ts";
import { MANY_FAULTS, NO_FAULTS } from "../../../src/cluster/sim/fault-rates.ts";
import { type CallFate, FaultySession } from "../../_support/faulty-session.ts";
import { assertAccounted, at, CART, signal } from "../../_support/runner-commands.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

/** What an actor has told: an event that was stored twice counts once, as it does for a coordinator. */
async function toldOnce(world: RunnerWorld): Promise<string[]> {
  return [...new Set(await world.events())];
}

/** One life of a runner: it joins, runs an actor, stops it, and drains. Returns the calls of the engine. */
async function live(fateOf: (call: string, number: number) => CallFate): Promise<string[]> {
  const world = await RunnerWorld.start();
  const faulty = new FaultySession(fateOf);
  const kit = await world.make({ wrap: faulty.wrap });
  await world.value(kit.runner.start());
  assert.equal(kit.runner.isReady, true);
  await world.running(kit);
  await world.send(kit, signal(1, 2, SignalName.Wake));
  await world.send(kit, { ...at(1, 3), reason: "idle" });
  await world.until("it has ended", () => kit.runner.actors === 0 && kit.observer.waiting === 0);
  await world.pass(40_000); // whatever was not acknowledged comes again
  assert.equal(await world.commandsLeft(), 0);
  const report = await world.value(kit.runner.drain());

  assert.deepEqual([report.stopped, report.abandoned], [0, []]);
  assert.deepEqual(await toldOnce(world), ["1:1 running", "1:2 stopped idle"]);
  assert.deepEqual(kit.observer.fences, []);
  assert.equal(kit.host.calls.filter((call) => call.startsWith("start")).length, 1);
  assert.equal(kit.host.calls.filter((call) => call.startsWith("wake")).length, 1);
  assertAccounted(kit);
  await world.pass(20_000);
  assert.equal(await world.lease("r1-1"), false);
  return faulty.calls;
}

describe("a runner whose engine fails once", () => {
  for (const fate of ["lost", "ghost", "unavailable"] as const) {
    it(`goes on as if nothing had happened: ${fate}`, async () => {
      const calls = await live(() => "ok");
      assert.ok(calls.length > 20, calls.join(" "));
      for (let number = 1; number <= calls.length; number += 1) {
        // The last heartbeats are those of an idle runner.
        if (number > 12 && calls[number - 1] === "leases.put") continue;
        try {
          await live((_call, now) => (now === number ? fate : "ok"));
        } catch (error) {
          throw new Error(`call ${number}, ${calls[number - 1]}`, { cause: error });
        }
      }
    });
  }

  it("goes on if each kind of call fails three times in a row", async () => {
    for (const fate of ["lost", "ghost", "unavailable"] as const) {
      const left = new Map<string, number>();
      await live((call) => {
        const times = left.get(call) ?? 0;
        left.set(call, times + 1);
        return times < 3 ? fate : "ok";
      });
    }
  });
});

describe("a runner whose engine is closed", () => {
  it("ends in time, whichever call was the last one", async () => {
    for (let last = 1; last <= 20; last += 1) {
      const world = await RunnerWorld.start();
      const faulty = new FaultySession((_call, number) => (number === last ? "closed" : "ok"));
      const kit = await world.make({ wrap: faulty.wrap });
      const joined = world.codeOf(kit.runner.start());
      await world.pass(1_000);
      const { id } = kit.runner;
      if (id !== undefined) await world.start(kit);
      await world.pass(20_000);
      const beganMs = world.nowMs;

      await world.value(kit.runner.drain({ deadlineMs: 5_000 }));

      assert.ok(world.nowMs - beganMs <= 5_001, `${last}: ${world.nowMs - beganMs} ms`);
      const code = String(await joined);
      assert.ok(["fulfilled", "ERR_ENGINE_CLOSED", "ERR_ABORTED"].includes(code), code);
      assert.equal(kit.host.actors.size, 0);
      assert.deepEqual([kit.runner.isReady, kit.runner.isValid()], [false, false]);
    }
  });
});

describe("a runner on a network in which everything goes wrong", () => {
  it("carries out every command once and in order, tells so, and accounts for each delivery", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(1_000_000), fc.integer({ min: 2, max: 12 }), async (seed, wakes) => {
        const world = await RunnerWorld.start(undefined, seed);
        const kit = await world.ready();
        world.simulation.setFaults(MANY_FAULTS);
        let failures = seed % 4;
        kit.host.beforeSignal = async () => {
          failures -= 1;
          if (failures >= 0) throw new Error("an injected failure");
        };

        const addresses = ["cart.a", "cart.b"];
        for (const address of addresses) await sendAll(world, kit, address, wakes);
        await world.pass(20_000);
        world.simulation.setFaults(NO_FAULTS);
        await world.pass(120_000);
        if (kit.observer.fences.length > 0) return; // what a fenced runner leaves is for others

        for (const address of addresses) {
          const fired = kit.host.calls.filter((call) => call.startsWith(`fire ${address}`));
          const wanted = Array.from({ length: wakes }, (_, n) => `fire ${address} ${n + 2}`);
          assert.deepEqual(fired, wanted);
          const told = [...new Set(await world.events(address))];
          assert.deepEqual(told, ["1:1 running", "1:2 stopped idle"]);
        }
        assert.equal(await world.commandsLeft(), 0);
        assert.equal(kit.observer.waiting, 0);
        assertAccounted(kit);
      }),
      { numRuns: 25 },
    );
  });
});

/** Sends a start, some wakes and a stop. The coordinator of a test appends until it is told that it is done. */
async function sendAll(
  world: RunnerWorld,
  kit: Awaited<ReturnType<RunnerWorld["ready"]>>,
  address: string,
  wakes: number,
): Promise<void> {
  const send = async (command: Parameters<RunnerWorld["send"]>[1]): Promise<void> => {
    for (;;) {
      const code = await world.codeOf(world.send(kit, command));
      if (code === "fulfilled") return;
      await world.pass(200);
    }
  };
  await send(at(1, 1, address));
  for (let index = 2; index < 2 + wakes; index += 1) {
    const { checkpoint } = at(1, index, address);
    const data = { dueAtMs: 1, id: `${index}` };
    await send({ ...signal(1, index, SignalName.Wake), checkpoint, data });
  }
  await send({ ...at(1, 2 + wakes, address), reason: "idle" });
}

it("is told of by the calls that a life makes", async () => {
  const calls = new Set(await live(() => "ok"));

  for (const call of [
    "runners.put",
    "leases.put",
    "commands.consume",
    "commands.ack",
    "events.append",
  ]) {
    assert.ok(calls.has(call), call);
  }
  assert.equal(CART, "cart.a");
});
