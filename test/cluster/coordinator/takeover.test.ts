import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

const keys = (count: number) => Array.from({ length: count }, (_, at) => `cart.k${at}`);

async function placeAll(
  world: CoordinatorWorld,
  addresses: readonly string[],
  runners: readonly ModelRunner[],
): Promise<void> {
  for (let at = 0; at < addresses.length; at += 500) {
    const some = addresses.slice(at, at + 500);
    await Promise.all(some.map((address) => world.place(address, { waitMs: 60_000 })));
  }
  await world.until(() => runners.reduce((sum, { size }) => sum + size, 0) === addresses.length);
}

/** Returns a runner with the actor `cart.a`, in whose log is a wake that it does not get, and that is in no outbox any more. */
async function runnerWithWake(world: CoordinatorWorld): Promise<ModelRunner> {
  const runner = await world.runner("r-1");
  await placeAll(world, ["cart.a"], [runner]);
  await runner.deafen();
  await world.signal("cart.a", { signal: "wake", data: { id: "s" } });
  await world.clock.advance(5_000);
  return runner;
}

async function commandsLeft(world: CoordinatorWorld, runnerId: string): Promise<number> {
  return (await world.client.commands.read({ filter: runnerId, limit: 256 })).length;
}

async function isCleared(world: CoordinatorWorld, runnerId: string): Promise<boolean> {
  const entry = await world.client.runners.read(runnerId);
  return entry !== undefined && decodeRunner(entry.value).clearedAtMs !== undefined;
}

describe("a runner that is lost", () => {
  it("has all its actors started elsewhere at once, without a failure of theirs", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const lost = await world.runner("r-1");
    const others = [await world.runner("r-2"), await world.runner("r-3")];
    await placeAll(world, keys(60), [lost, ...others]);
    const before = lost.size;
    assert.ok(before > 0);

    await lost.kill();
    const killedAtMs = world.clock.monotonicMs();
    await world.until(() => others.reduce((sum, { size }) => sum + size, 0) === 60);

    const tookMs = world.clock.monotonicMs() - killedAtMs;
    assert.ok(tookMs <= 17_500, `${tookMs} ms`);
    await world.until(() => observer.of("failedOver").length === before);
    const failovers = observer.of("failedOver").map(([failover]) => failover);
    for (const { from, to, durationMs } of failovers) {
      assert.equal(from, "r-1");
      assert.ok(to === "r-2" || to === "r-3");
      assert.ok(durationMs >= 15_000 && durationMs <= 17_500, String(durationMs));
    }
    for (const address of keys(60)) assert.equal((await world.record(address))?.attempts, 0);
    const moves = observer.of("placed").filter(([{ reason }]) => reason === "runner_lost");
    assert.equal(moves.length, before);
    assert.deepEqual(observer.of("failed"), []);
    assert.ok(await isCleared(world, "r-1"));
  });

  it("has its actors kept pending while no other runner fits, and nothing is forgotten", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const lost = await world.runner("r-1");
    await placeAll(world, keys(10), [lost]);
    await lost.kill();
    await world.untilStatus("cart.k0", "pending");
    await world.clock.advance(300_000);

    const next = await world.runner("r-2");

    await world.until(() => next.size === 10);
    assert.equal(next.actors.get("cart.k0")?.generation, 2);
  });

  it("passes on the signals that it has not carried out, with their ids, and no other commands", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const lost = await world.runner("r-1");
    await placeAll(world, keys(2), [lost]);
    await lost.deafen();
    for (const signal of ["wake", "sleep"] as const) {
      await world.signal("cart.k0", {
        signal,
        ...(signal === "wake" ? { data: { id: "s" } } : {}),
      });
    }
    await world.signal("cart.k1", { signal: "destroy" });
    await world.clock.advance(5_000); // they are in the log, and in no outbox any more
    const sent = observer.of("commandsSent").flatMap(([, commands]) => commands);
    const ids = sent.filter(({ kind }) => kind === "signal").map(({ id }) => id);
    const next = await world.runner("r-2");
    await lost.kill();

    await world.until(() => next.applied.length === 4);

    const carried = next.applied.filter(({ kind }) => kind === "signal");
    assert.deepEqual(carried.map(({ signal, id, data }) => [signal, id, data]).toSorted(), [
      ["destroy", ids[2], undefined],
      ["wake", ids[0], { id: "s" }],
    ]);
    assert.deepEqual((await world.untilStatus("cart.k1", "asleep")).generation, 2);
    await world.until(async () => (await commandsLeft(world, "r-1")) === 0);
    const told = observer
      .of("signalCarried")
      .map(([command, isGivenUp]) => [command.signal, isGivenUp]);
    assert.deepEqual(told.toSorted(), [
      ["destroy", false],
      ["sleep", true],
      ["wake", false],
    ]);
  });

  it("passes on a signal for an activation that has ended, although another one was started there since", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const lost = await runnerWithWake(world);
    await lost.end("cart.a", "idle");
    await world.untilStatus("cart.a", "asleep");
    await world.place("cart.a");
    const next = await world.runner("r-2");

    await lost.kill();

    await world.until(() => next.applied.length === 2);
    assert.deepEqual(next.applied[1]?.data, { id: "s" });
    assert.equal((await world.untilStatus("cart.a", "running")).carriedFrom, "r-1");
  });

  it("passes on a signal for an actor that has ended before it came", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const lost = await runnerWithWake(world);
    await lost.end("cart.a", "idle");
    await world.untilStatus("cart.a", "asleep");
    const next = await world.runner("r-2");

    await lost.kill();

    await world.until(() => next.applied.length === 2);
    assert.equal(next.applied[1]?.signal, "wake");
    assert.equal(next.actors.get("cart.a")?.generation, 2);
    assert.ok(session.calls.some(({ name }) => name === "commands.purge"));
  });

  it("passes on a wake to an actor that has moved before it came", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const lost = await runnerWithWake(world);
    const next = await world.runner("r-2");
    await lost.end("cart.a", "drained");
    await world.until(() => next.applied.length === 1);

    await lost.kill();

    await world.until(() => next.applied.length === 2);
    assert.deepEqual(
      next.applied.map(({ kind, signal, checkpoint }) => [kind, signal, checkpoint.generation]),
      [
        ["start", undefined, 2],
        ["signal", "wake", 2],
      ],
    );
    await world.until(async () => (await commandsLeft(world, "r-1")) === 0);
  });

  it("is taken over by the next coordinator if the first one crashes in the middle", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const lost = await world.runner("r-1");
    await placeAll(world, keys(20), [lost]);
    const next = await world.runner("r-2");
    let puts = 0;
    first.session.fateOf = ({ name }) => {
      if (name === "placements.put") puts += 1;
      return puts > 7 ? "crash" : "works";
    };
    await lost.kill();
    await world.until(() => first.session.isCrashed);
    const second = await world.node("node-2");
    second.coordinator.start();

    await world.until(() => next.size === 20);

    const generations = new Set([...next.actors.values()].map(({ generation }) => generation));
    assert.deepEqual([...generations], [2]);
    await world.until(() => isCleared(world, "r-1"));
  });

  it("has left placements that only its record is missing for: they are taken over as well", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const lost = await world.runner("r-1");
    await placeAll(world, keys(5), [lost]);
    await world.settled(first.coordinator.close());
    await lost.kill();
    await world.client.runners.remove("r-1");
    const next = await world.runner("r-2");

    await world.leader("node-2");

    await world.until(() => next.size === 5);
  });

  it("that has left in order has what remains started elsewhere, for that reason", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const leaving = await world.runner("r-1");
    await placeAll(world, keys(3), [leaving]);
    const next = await world.runner("r-2");

    await leaving.kill();
    await leaving.set("left");

    await world.until(() => next.size === 3);
    const reasons = observer
      .of("placed")
      .slice(-3)
      .map(([{ reason, from }]) => [reason, from]);
    assert.deepEqual(new Set(reasons.map(String)), new Set(["runner_left,r-1"]));
  });

  it("does not restart what was about to end", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const lost = await world.runner("r-1");
    await placeAll(world, ["cart.a"], [lost]);
    lost.behaviour.isObedient = false;
    await world.signal("cart.a", { signal: "kill" });
    const next = await world.runner("r-2");
    await lost.kill();

    await world.untilStatus("cart.a", "asleep");

    assert.equal(next.applied.length, 0);
  });

  it("may have thousands of actors: they are started elsewhere within two seconds of its loss", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader("node-1", { rebalances: false });
    const lost = await world.runner("r-1");
    await placeAll(world, keys(3_000), [lost]);
    const next = await world.runner("r-2");
    await lost.kill();
    await world.until(() => observer.of("runnerChanged").some(([, , to]) => to === "lost"));
    const lostAtMs = world.clock.monotonicMs();

    await world.until(() => next.size === 3_000);

    assert.ok(world.clock.monotonicMs() - lostAtMs <= 2_000);
    assert.deepEqual(
      observer.of("runnerCleared").map(([, moved]) => moved),
      [3_000],
    );
  });
});
