import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeRunner, encodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import type { RunnerRecord } from "../../../src/cluster/protocol/runner-record.ts";
import { runnerLease } from "../../../src/cluster/protocol/subjects.ts";
import { runnerRecord } from "../../_support/cluster-records.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";

async function runnerOf(
  world: CoordinatorWorld,
  runnerId: string,
): Promise<RunnerRecord | undefined> {
  const entry = await world.client.runners.read(runnerId);
  return entry && decodeRunner(entry.value);
}

/** Crashes the coordinator and kills the runner `r-1`, while another node waits to be the coordinator. Returns when. */
async function killWithCoordinator(world: CoordinatorWorld): Promise<number> {
  const leader = await world.leader();
  const runner = await world.runner("r-1");
  const successor = await world.node("node-2");
  successor.coordinator.start();
  await world.clock.advance(20_300);
  const killedAtMs = world.clock.monotonicMs();
  leader.session.isCrashed = true;
  await runner.kill();
  return killedAtMs;
}

async function lostInTime(world: CoordinatorWorld, killedAtMs: number): Promise<void> {
  await world.until(async () => (await runnerOf(world, "r-1"))?.status === "lost");
  const tookMs = world.clock.monotonicMs() - killedAtMs;
  assert.ok(tookMs <= 17_000, `${tookMs} ms: the lease, and two seconds`);
}

describe("the runners of a cluster", () => {
  it("are lost when two reads, a sweep apart, do not find the lease", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    const runner = await world.runner("r-1");
    await world.clock.advance(5_000);
    const killedAtMs = world.clock.monotonicMs();
    await runner.kill();

    await world.until(async () => (await runnerOf(world, "r-1"))?.status === "lost");

    const tookMs = world.clock.monotonicMs() - killedAtMs;
    assert.ok(tookMs > 13_000 && tookMs <= 17_500, `${tookMs} ms`);
    const reads = session.calls.filter(
      ({ name, what }) => name === "leases.read" && what === "r.r-1",
    );
    assert.ok(reads.length >= 2);
    assert.deepEqual(observer.of("runnerChanged"), [
      ["r-1", undefined, "ready"],
      ["r-1", "ready", "lost"],
    ]);
  });

  it("are not lost when a lease is missed once only", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const runner = await world.runner("r-1");
    await world.clock.advance(5_000);
    await runner.kill(); // its lease is written by this test
    const key = runnerLease("r-1");
    const lease = await world.client.leases.read(key);
    const reads = () =>
      session.calls.filter(({ name, what }) => name === "leases.read" && what === key).length;
    for (let time = 0; time < 5; time += 1) {
      const before = reads();
      await world.client.leases.remove(key);
      await world.until(() => reads() > before, 2_000, 10);
      await world.client.leases.put(key, lease!.value);
      await world.clock.advance(3_000);
    }

    assert.equal((await runnerOf(world, "r-1"))?.status, "ready");
  });

  it("are read only when their heartbeats have stopped", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    await world.runner("r-1");
    await world.runner("r-2");
    await world.clock.advance(5_000);
    const before = session.calls.length;

    await world.clock.advance(60_000);

    const reads = session.calls.slice(before).filter(({ name }) => name.endsWith(".read"));
    assert.deepEqual(reads, []);
  });

  it("have the time of a lease to join, between their record and their first heartbeat", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const created = runnerRecord({ runnerId: "r-1", status: "joining" });
    const joining = { ...created, changedAtMs: created.joinedAtMs };
    await world.client.runners.put("r-1", encodeRunner(joining));

    await world.clock.advance(14_000);
    assert.equal((await runnerOf(world, "r-1"))?.status, "joining");
    await world.clock.advance(4_000);

    assert.equal((await runnerOf(world, "r-1"))?.status, "lost");
  });

  it("are found out about by a new coordinator that has never seen a heartbeat of theirs", async () => {
    await using world = await CoordinatorWorld.open();
    await world.client.runners.put("r-1", encodeRunner(runnerRecord({ runnerId: "r-1" })));

    await world.leader();
    await world.clock.advance(3_000);

    assert.equal((await runnerOf(world, "r-1"))?.status, "lost");
  });

  it("are lost in time when their coordinator is lost with them", async () => {
    await using world = await CoordinatorWorld.open();
    const killedAtMs = await killWithCoordinator(world);

    await lostInTime(world, killedAtMs);
  });

  it("are lost in time with their coordinator also if they could not renew their lease, and said so", async () => {
    await using world = await CoordinatorWorld.open();
    const killedAtMs = await killWithCoordinator(world);
    const record = await runnerOf(world, "r-1");
    assert.ok(record);
    const unready = { ...record, status: "joining", changedAtMs: world.clock.epochMs() } as const;
    await world.client.runners.put("r-1", encodeRunner(unready));

    await lostInTime(world, killedAtMs);
  });

  it("are forgotten a while after they have gone, and are not walked through again by each new coordinator", async () => {
    await using world = await CoordinatorWorld.open({ keepGoneMs: 120_000 });
    const first = await world.leader();
    const runner = await world.runner("r-1");
    await runner.kill();
    await world.until(async () => (await runnerOf(world, "r-1"))?.clearedAtMs !== undefined);
    await world.settled(first.coordinator.close());

    const { session } = await world.leader("node-2");
    await world.clock.advance(5_000);
    const calls = session.calls.filter(({ what }) => what.startsWith("r-1") || what === "r.r-1");
    assert.deepEqual(calls, []);

    await world.clock.advance(world.timings.keepGoneMs);
    assert.equal(await runnerOf(world, "r-1"), undefined);
  });

  it("are not lost because their record cannot be written, and are once it can", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    const runner = await world.runner("r-1");
    await world.clock.advance(3_000);
    await runner.kill();
    session.fateOf = ({ name }) => (name === "runners.put" ? "lost" : "works");
    await world.clock.advance(30_000);
    assert.equal((await runnerOf(world, "r-1"))?.status, "ready");
    assert.ok(observer.of("failed").length > 0);

    session.fateOf = () => "works";

    await world.until(async () => (await runnerOf(world, "r-1"))?.status === "lost");
  });

  it("are counted by status", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    await world.runner("r-1");
    await world.runner("r-2");
    const draining = await world.runner("r-3");
    await draining.set("draining");

    await world.clock.advance(2_000);

    assert.deepEqual(observer.of("runnersAre").at(-1), [{ ready: 2, draining: 1 }]);
  });

  it("get no actors if they speak another version of the protocol", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const other = await world.runner("r-1", { protocol: { min: 2, max: 3 } });
    const own = await world.runner("r-2", { protocol: { min: 1, max: 3 } });

    for (let at = 0; at < 10; at += 1) await world.place(`cart.k${at}`);

    await world.until(() => own.size === 10);
    assert.equal(other.size, 0);
  });
});
