import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EventKind } from "../../../src/cluster/protocol/events.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

const keys = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => `cart.k${from + at}`);

async function place(world: CoordinatorWorld, addresses: readonly string[]): Promise<void> {
  await Promise.all(addresses.map((address) => world.place(address, { waitMs: 120_000 })));
}

/** Starts that a runner was given. */
function starts(runner: ModelRunner): number {
  return runner.applied.filter(({ kind }) => kind === "start").length;
}

describe("a runner that is ready and of no use (C6)", () => {
  it("is evicted when it refuses each start, although it has the fewest actors, and returns after it has recovered", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const good = await world.runner("r-good");
    const bad = await world.runner("r-bad");
    bad.behaviour.start = () => ({
      kind: EventKind.StartFailed,
      reason: "ERR_RESIDENT_LIMIT",
    });

    await place(world, keys(40));
    await world.until(() => good.size === 40);
    assert.deepEqual(observer.of("evictionChanged"), [["r-bad", "failed_starts"]]);
    await world.until(() => observer.of("evictedAre").at(-1)?.[0].failed_starts === 1);
    const given = starts(bad);
    await place(world, keys(20, 40));
    await world.until(() => good.size === 60);
    assert.equal(starts(bad), given, "it is given nothing");

    bad.behaviour.start = () => ({ kind: EventKind.Running });
    await world.clock.advance(31_000);
    await place(world, keys(20, 60));
    await world.until(() => good.size + bad.size >= 80 && bad.size > 0);

    assert.deepEqual(observer.of("evictionChanged").at(-1), ["r-bad", undefined]);
    await world.until(() => observer.of("evictedAre").at(-1)?.[0].failed_starts === undefined);
  });

  it("is evicted when it does not answer its starts", async () => {
    await using world = await CoordinatorWorld.open({ startDeadlineMs: 2_000 });
    const { observer } = await world.leader();
    const good = await world.runner("r-good");
    const bad = await world.runner("r-bad");
    bad.behaviour.start = () => undefined;

    await place(world, keys(40));
    await world.until(() => good.size === 40);

    assert.deepEqual(observer.of("evictionChanged")[0], ["r-bad", "failed_starts"]);
  });

  it("is evicted while its health score is high, and keeps the actors that run there", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const good = await world.runner("r-good");
    const ill = await world.runner("r-ill");
    await place(world, keys(20));
    await world.until(() => good.size + ill.size === 20);
    const before = ill.size;
    assert.ok(before > 0);

    ill.behaviour.healthScore = 8;
    await world.until(() => observer.of("evictionChanged").length === 1);
    await place(world, keys(20, 20));
    await world.until(() => good.size + ill.size === 40);

    assert.deepEqual(observer.of("evictionChanged"), [["r-ill", "unhealthy"]]);
    assert.equal(ill.size, before);
    ill.behaviour.healthScore = 0;
    await world.until(() => observer.of("evictionChanged").length === 2);
    await place(world, keys(20, 40));
    await world.until(() => ill.size > before);
  });

  it("is given actors all the same if no other runner can take them", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const only = await world.runner("r-only");
    only.behaviour.healthScore = 8;
    await world.until(() => observer.of("evictionChanged").length === 1);

    await place(world, keys(3));

    await world.until(() => only.size === 3);
  });

  it("is not evicted for starts that fail for a reason of their actors", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await world.runner("r-1");
    await world.runner("r-2");
    runner.behaviour.start = () => ({ kind: EventKind.StartFailed, reason: "TypeError" });

    await place(world, keys(40));
    await world.clock.advance(10_000);

    assert.ok(starts(runner) > 5);
    assert.deepEqual(observer.of("evictionChanged"), []);
  });
});
