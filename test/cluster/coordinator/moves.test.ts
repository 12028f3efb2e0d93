import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";
import type { ModelRunner } from "../../_support/model-runner.ts";

const keys = (count: number) => Array.from({ length: count }, (_, at) => `cart.k${at}`);

async function placeAll(
  world: CoordinatorWorld,
  addresses: readonly string[],
  runners: readonly ModelRunner[],
): Promise<void> {
  await Promise.all(addresses.map((address) => world.place(address, { waitMs: 60_000 })));
  await world.until(() => runners.reduce((sum, { size }) => sum + size, 0) === addresses.length);
}

describe("a runner that drains", () => {
  it("has all its actors stopped, and started elsewhere", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const draining = await world.runner("r-1");
    await placeAll(world, keys(150), [draining]);
    const next = await world.runner("r-2");

    await draining.set("draining");
    await world.until(() => next.size === 150 && draining.size === 0);

    const stops = draining.applied.filter(({ kind }) => kind === "stop");
    assert.equal(stops.length, 150);
    assert.deepEqual(new Set(stops.map(({ reason }) => reason)), new Set(["runner_draining"]));
    const moves = observer.of("placed").filter(([{ from }]) => from === "r-1");
    assert.equal(moves.length, 150);
    for (const [{ reason }] of moves) assert.equal(reason, "runner_draining");
    assert.deepEqual(observer.of("failed"), []);
  });

  it("gets no further actors, and those that were on their way go on", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const draining = await world.runner("r-1");
    await draining.set("draining");
    const asked = world.place("cart.a", { waitMs: 30_000 });
    await world.untilStatus("cart.a", "pending");

    const next = await world.runner("r-2");

    assert.equal((await asked).kind, "placed");
    await world.until(() => next.size === 1);
    assert.equal(draining.applied.length, 0);
  });

  it("may end actors by itself: they start elsewhere as well", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const draining = await world.runner("r-1");
    await placeAll(world, keys(5), [draining]);
    const next = await world.runner("r-2");
    await draining.deafen();
    await draining.set("draining");

    for (const address of keys(5)) await draining.end(address, "drained");

    await world.until(() => next.size === 5);
  });

  it("has its actors stopped by the next coordinator if the first one crashes", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const draining = await world.runner("r-1");
    await placeAll(world, keys(30), [draining]);
    const next = await world.runner("r-2");
    let puts = 0;
    first.session.fateOf = ({ name }) => {
      if (name === "placements.put") puts += 1;
      return puts > 20 ? "crash" : "works";
    };
    await draining.set("draining");
    await world.until(() => first.session.isCrashed);
    const second = await world.node("node-2");
    second.coordinator.start();

    await world.until(() => next.size === 30);
  });
});

describe("a move", () => {
  it("names the reason of each move (C18)", async () => {
    await using world = await CoordinatorWorld.open({ startDeadlineMs: 2_000 });
    const { observer } = await world.leader();
    const first = await world.runner("r-1");
    await placeAll(world, keys(3), [first]);
    const reasonsTo = (runnerId: string): readonly string[] => {
      const placed = observer.of("placed").map(([decision]) => decision);
      const moves = placed.filter(
        ({ from, runnerId: to }) => from !== undefined && to === runnerId,
      );
      return moves.map(({ from, reason }) => `${from} ${reason}`);
    };
    const all = (reason: string): readonly string[] => keys(3).map(() => reason);

    await first.set("draining");
    const second = await world.runner("r-2");
    await world.until(() => second.size === 3);
    await first.set("left");
    assert.deepEqual(reasonsTo("r-2"), all("r-1 runner_draining"));

    await second.kill();
    const third = await world.runner("r-3");
    await world.until(() => third.size === 3);
    assert.deepEqual(reasonsTo("r-3"), all("r-2 runner_lost"));

    await third.deafen();
    await third.set("left");
    const fourth = await world.runner("r-4");
    await world.until(() => fourth.size === 3);
    assert.deepEqual(reasonsTo("r-4"), all("r-3 runner_left"));

    const fifth = await world.runner("r-5");
    fifth.behaviour.start = () => undefined; // and is never answered
    const added = Array.from({ length: 20 }, (_, at) => `cart.later${at}`);
    await Promise.all(added.map((address) => world.place(address, { waitMs: 60_000 })));
    await world.until(() => fourth.size === 23);
    const overdue = reasonsTo("r-4").slice(3);
    assert.ok(overdue.length > 0);
    assert.deepEqual(new Set(overdue), new Set(["r-5 start_overdue"]));
  });
});

describe("evening out the load", () => {
  it("moves actors to a runner that has joined, a few at a time, until the bound holds", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const full = await world.runner("r-1");
    await placeAll(world, keys(100), [full]);
    const joined = await world.runner("r-2");
    await world.clock.advance(30_000);
    assert.equal(joined.size, 0, "nothing moves in its first minute");

    await world.clock.advance(40_000);
    await world.until(() => full.size <= 63 && full.size + joined.size === 100);

    await world.clock.advance(200_000);
    assert.ok(full.size > 55 && joined.size >= 37, `${full.size} and ${joined.size}`);
    const moves = observer.of("placed").filter(([{ reason }]) => reason === "rebalanced");
    assert.equal(moves.length, joined.size, "no actor has moved twice, or back");
  });

  it("is not done for a small difference", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const one = await world.runner("r-1");
    await placeAll(world, keys(3), [one]);
    await world.runner("r-2");

    await world.clock.advance(120_000);

    assert.equal(one.size, 3);
    assert.ok(!observer.of("placed").some(([{ reason }]) => reason === "rebalanced"));
  });

  it("leaves a load that new actors may be placed up to", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const full = await world.runner("r-1");
    await placeAll(world, keys(12), [full]);
    const other = await world.runner("r-2", { types: [{ name: "cart" }, { name: "order" }] });
    const orders = Array.from({ length: 6 }, (_, at) => `order.k${at}`);
    await placeAll(world, orders, [other]); // 12 and 6: 1.25 times the mean is 11.25

    await world.clock.advance(120_000);

    assert.equal(full.size, 12);
    assert.ok(!observer.of("placed").some(([{ reason }]) => reason === "rebalanced"));
  });

  it("can be switched off", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader("node-1", { rebalances: false });
    const one = await world.runner("r-1");
    await placeAll(world, keys(40), [one]);
    await world.runner("r-2");

    await world.clock.advance(120_000);

    assert.equal(one.size, 40);
  });

  it("leaves types alone that may not be moved", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const types = [{ name: "cart", movable: false }];
    const one = await world.runner("r-1", { types });
    await placeAll(world, keys(40), [one]);
    const other = await world.runner("r-2", { types });

    await world.clock.advance(120_000);

    assert.equal(one.size, 40);
    await one.set("draining"); // has to
    await world.until(() => other.size === 40);
  });

  it("waits while a runner drains", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const one = await world.runner("r-1");
    await placeAll(world, keys(40), [one]);
    await world.runner("r-2");
    const draining = await world.runner("r-3");
    await draining.set("draining");

    await world.clock.advance(120_000);

    assert.ok(!observer.of("placed").some(([{ reason }]) => reason === "rebalanced"));
  });

  it("does not move actors that the other runners could not take", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const one = await world.runner("r-1");
    await placeAll(world, keys(40), [one]);
    await world.runner("r-2", { types: [{ name: "order" }] });
    await world.runner("r-3", { capacity: 0 });

    await world.clock.advance(120_000);

    assert.equal(one.applied.filter(({ kind }) => kind === "stop").length, 0);
    assert.deepEqual(observer.of("failed"), []);
  });
});
