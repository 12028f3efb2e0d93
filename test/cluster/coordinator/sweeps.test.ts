import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { encodePlacement } from "../../../src/cluster/codec/placement-codec.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { placementRecord } from "../../_support/cluster-records.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";

describe("a sweep", () => {
  it("appends a command that could not be appended", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    const runner = await world.runner("r-1");
    session.fateOf = ({ name }) => (name === "commands.append" ? "lost" : "works");
    await world.place("cart.a");
    await world.clock.advance(1_000);
    assert.equal(runner.applied.length, 0);

    session.fateOf = () => "works";
    await world.untilStatus("cart.a", "running");

    assert.equal(runner.applied.length, 1);
    assert.deepEqual(
      observer.of("commandsSent").map(([, , isReplay]) => isReplay),
      [true],
    );
  });

  it("appends what another coordinator has left in an outbox, at once", async () => {
    await using world = await CoordinatorWorld.open();
    const first = await world.leader();
    const runner = await world.runner("r-1");
    first.session.fateOf = ({ name }) => (name === "commands.append" ? "crash" : "works");
    await world.place("cart.a", { waitMs: 100 }).catch(() => {}); // whether it is answered does not matter
    assert.equal((await world.record("cart.a"))?.outbox.length, 1);
    const second = await world.node("node-2");
    second.coordinator.start();
    await world.until(() => second.coordinator.term !== undefined);
    const tookOverMs = world.clock.monotonicMs();

    await world.untilStatus("cart.a", "running");

    assert.ok(world.clock.monotonicMs() - tookOverMs <= 1_000);
    assert.equal(runner.applied.length, 1);
  });

  it("reports no counts after the end of the term in which it began", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, observer } = await world.leader();
    const runner = await world.runner("r-1");
    await world.clock.advance(2_000);
    await runner.kill();
    const reading = new Deferred<void>();
    const held = new Deferred<"works">();
    session.fateOf = ({ name, what }) => {
      if (name === "leases.put") return "lost";
      if (name !== "leases.read" || what !== "r.r-1") return "works";
      reading.resolve();
      return held.promise;
    };
    await world.settled(reading.promise);
    await world.until(() => observer.of("termEnded").length > 0);
    const before = observer.told.length;

    held.resolve("works");
    await settleTurns();

    const later = observer.told.slice(before).map(({ method }) => method);
    assert.deepEqual(
      later.filter((method) => method.endsWith("Are")),
      [],
    );
    assert.ok(observer.of("runnersAre").length > 0);
  });

  it("takes sent signals out of the outbox of an actor that runs", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");

    await world.signal("cart.a", { signal: "wake" });
    assert.equal((await world.record("cart.a"))?.outbox.length, 1);

    await world.until(async () => (await world.record("cart.a"))?.outbox.length === 0);
    assert.equal(runner.applied.length, 2);
  });

  it("places a start again that no runner has answered, elsewhere, and calls the first one off", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runners = [await world.runner("r-1"), await world.runner("r-2")];
    for (const { behaviour } of runners) behaviour.start = () => undefined;
    await world.place("cart.a");
    const first = runners.find(({ applied }) => applied.length > 0)!;
    const other = runners.find(({ applied }) => applied.length === 0)!;
    other.behaviour.start = () => ({ kind: "running" });

    const record = await world.untilStatus("cart.a", "running");

    assert.deepEqual([record.runnerId, record.generation], [other.runnerId, 2]);
    assert.equal(record.attempts, 0);
    const reasons = observer.of("placed").map(([{ reason, from }]) => [reason, from]);
    assert.deepEqual(reasons, [
      ["wanted", undefined],
      ["start_overdue", first.runnerId],
    ]);
    await world.until(() => first.applied.length === 2);
    assert.equal(first.applied[1]?.kind, "stop");
    assert.equal(first.actors.get("cart.a")?.isRunning, false);
  });

  it("gives an actor up whose starts are never answered", async () => {
    await using world = await CoordinatorWorld.open({ startDeadlineMs: 2_000 });
    const { observer } = await world.leader();
    const runner = await world.runner("r-1");
    runner.behaviour.start = () => undefined;
    await world.place("cart.a");

    const record = await world.untilStatus("cart.a", "failed");

    assert.equal(record.attempts, 10);
    assert.deepEqual(observer.of("gaveUp"), [["cart.a", 10]]);
  });

  it("takes an actor for ended whose stop no runner has answered", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    runner.behaviour.isObedient = false;
    await world.signal("cart.a", { signal: "kill" });
    assert.equal((await world.record("cart.a"))?.status, "stopping");

    const record = await world.untilStatus("cart.a", "asleep");

    assert.equal(record.generation, 1);
  });

  it("tries a failed start again by itself only if the actor has to run without a request", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    let failures = 0;
    runner.behaviour.start = () => {
      failures += 1;
      return failures <= 2 || failures === 4
        ? { kind: "start_failed", reason: "ERR_START_FAILED" }
        : { kind: "running" };
    };
    await world.place("cart.due", { reason: "due" });
    await world.untilStatus("cart.due", "running");
    assert.equal(failures, 3);

    await world.place("cart.wanted", { reason: "wanted" });
    await world.untilStatus("cart.wanted", "backoff");
    await world.clock.advance(30_000);
    assert.equal((await world.record("cart.wanted"))?.status, "backoff");

    assert.equal((await world.place("cart.wanted")).kind, "placed");
    await world.untilStatus("cart.wanted", "running");
  });

  it("lets requests wait until a delayed attempt", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    runner.behaviour.start = ({ checkpoint }) =>
      checkpoint.generation < 5
        ? { kind: "start_failed", reason: "ERR_START_FAILED" }
        : { kind: "running" };
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      const answer = await world.place("cart.a", { waitMs: 30_000 });
      assert.equal(answer.kind, "placed");
      await world.until(async () => (await world.record("cart.a"))?.status !== "starting");
    }

    assert.equal((await world.record("cart.a"))?.status, "running");
  });

  it("places an actor again that was given up, once its time is over and it is asked for", async () => {
    await using world = await CoordinatorWorld.open({ startDeadlineMs: 2_000 });
    await world.leader();
    const runner = await world.runner("r-1");
    runner.behaviour.start = () => undefined;
    await world.place("cart.a");
    await world.untilStatus("cart.a", "failed");
    runner.behaviour.start = () => ({ kind: "running" });
    const startMs = world.clock.monotonicMs();

    const answer = await world.place("cart.a", { waitMs: 60_000 });

    assert.equal(answer.kind, "placed");
    const tookMs = world.clock.monotonicMs() - startMs;
    assert.ok(tookMs > 25_000 && tookMs <= 32_000, `${tookMs} ms`);
    await world.untilStatus("cart.a", "running");
  });

  it("deletes records of actors that have been asleep for long, and goes on from the stored generation", async () => {
    await using world = await CoordinatorWorld.open({ keepAsleepMs: 20_000 });
    await world.leader();
    const runner = await world.runner("r-1");
    for (let life = 1; life <= 3; life += 1) {
      await world.place("cart.a");
      await world.untilStatus("cart.a", "running");
      await runner.end("cart.a", "idle");
      await world.untilStatus("cart.a", "asleep");
    }
    await world.clock.advance(15_000);
    assert.equal((await world.record("cart.a"))?.generation, 3);

    await world.until(async () => (await world.record("cart.a")) === undefined);
    runner.actors.clear();
    runner.behaviour.start = ({ checkpoint }) =>
      checkpoint.generation <= 3
        ? { kind: "start_refused", reason: "stale", data: { storedGeneration: 3 } }
        : { kind: "running" };
    await world.place("cart.a");

    assert.equal((await world.untilStatus("cart.a", "running")).generation, 4);
  });

  it("is not misled by times of a coordinator whose clock was a year ahead", async () => {
    await using world = await CoordinatorWorld.open();
    const runner = await world.runner("r-1");
    const farMs = world.clock.epochMs() + 365 * 86_400_000;
    const record = (address: string, changes: object) =>
      world.client.placements.put(
        address,
        encodePlacement(
          placementRecord({
            address,
            outbox: [],
            input: undefined,
            sinceMs: farMs,
            ...changes,
          } as never),
        ),
      );
    const nowhere = { runnerId: undefined, deadlineMs: 0 };
    await record("cart.starting", { deadlineMs: farMs, sinceMs: farMs });
    await record("cart.backoff", {
      ...nowhere,
      status: "backoff",
      notBeforeMs: farMs,
      reason: "due",
    });
    await record("cart.failed", { ...nowhere, status: "failed", notBeforeMs: farMs });
    await world.leader();

    const answer = await world.place("cart.failed");

    assert.equal(answer.kind, "placed");
    await world.untilStatus("cart.backoff", "running");
    await world.untilStatus("cart.starting", "running");
    await world.until(() => runner.size === 3);
  });

  it("counts placements by status", async () => {
    await using world = await CoordinatorWorld.open();
    const { observer } = await world.leader();
    const runner = await world.runner("r-1");
    for (const key of ["a", "b", "c"]) await world.place(`cart.${key}`);
    await world.until(() => runner.size === 3);
    await runner.end("cart.a", "idle");
    await world.clock.advance(2_000);

    const counts = observer.of("placementsAre").at(-1)?.[0];

    assert.deepEqual([counts?.running, counts?.asleep, counts?.starting ?? 0], [2, 1, 0]);
  });
});
