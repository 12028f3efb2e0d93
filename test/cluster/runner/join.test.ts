import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StoreError } from "../../../src/base/errors.ts";
import { encodeHeartbeat, encodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { NO_ENTRY } from "../../../src/cluster/engine/key-value.ts";
import { Direction } from "../../../src/cluster/sim/link.ts";
import { runnerRecord } from "../../_support/cluster-records.ts";
import { partsOf } from "../../_support/faulty-session.ts";
import { RunnerWorld } from "../../_support/runner-world.ts";

const BOTH = [Direction.Up, Direction.Down];

describe("a runner that joins", () => {
  it("is ready once it has a record, a consumer and a lease", async () => {
    const world = await RunnerWorld.start();

    const { runner, observer } = await world.ready({ name: "alpha", types: ["shop", "cart"] });

    assert.equal(runner.id, "alpha-1");
    assert.equal(runner.isReady, true);
    assert.equal(runner.isValid(), true);
    assert.deepEqual(observer.statuses, ["joining", "ready"]);
    assert.equal(await world.lease("alpha-1"), true);
    const record = await world.record("alpha-1");
    assert.equal(record?.status, "ready");
    assert.deepEqual(record?.types, [{ name: "cart" }, { name: "shop" }]);
    assert.deepEqual(observer.failures, []);
  });

  it("tells its labels, metadata, capacity and what its types require", async () => {
    const world = await RunnerWorld.start();

    const { runner } = await world.ready({
      labels: { zone: "a" },
      metadata: { rack: 7 },
      capacity: 10,
      serve: (name) => ({ name, requires: { zone: "a" }, movable: false }),
    });

    const record = await world.record(runner.id);
    assert.deepEqual(
      [record?.labels, record?.metadata, record?.capacity],
      [{ zone: "a" }, { rack: 7 }, 10],
    );
    assert.deepEqual(record?.types, [{ name: "cart", requires: { zone: "a" }, movable: false }]);
  });

  it("refuses options that are not valid, with a code", async () => {
    const world = await RunnerWorld.start();
    const wrong = [
      [{ metadata: { constructor: 1 } }, "ERR_METADATA_INVALID"],
      [{ metadata: { text: "x".repeat(20_000) } }, "ERR_METADATA_INVALID"],
      [{ labels: { zone: "" } }, "ERR_METADATA_INVALID"],
      [{ name: "a.b" }, "ERR_INVALID_NAME"],
      [{ name: "x".repeat(41) }, "ERR_INVALID_NAME"],
      [{ capacity: -1 }, "ERR_INVALID_OPTION"],
      [{ drainMs: Number.NaN }, "ERR_INVALID_OPTION"],
      [{ stopMsOf: { cart: -1 } }, "ERR_INVALID_OPTION"],
    ] as const;

    for (const [options, code] of wrong) {
      assert.equal(await world.codeOf(world.make(options as never)), code, JSON.stringify(options));
    }
  });

  it("is not ready before its first heartbeat is acknowledged", async () => {
    const world = await RunnerWorld.start();
    const { runner, process } = await world.make();
    const joined = runner.start();
    await world.until("it has begun", () => runner.id !== undefined);

    process.cut(BOTH);
    await world.pass(60_000);
    assert.deepEqual([runner.isReady, runner.isValid(), runner.status], [false, false, "joining"]);
    process.heal();

    await world.value(joined);
    assert.equal(runner.isReady, true);
  });

  it("does not take an id that another runner has, and takes the next one", async () => {
    const world = await RunnerWorld.start();
    await world.ready({ name: "alpha" });

    const { runner, observer } = await world.ready({ name: "alpha" });

    assert.equal(runner.id, "alpha-2");
    assert.ok(observer.failures.includes("runner could not join"));
    assert.equal((await world.record("alpha-1"))?.status, "ready");
    assert.equal(await world.lease("alpha-1"), true);
  });

  it("refuses to join a cluster that speaks other versions only", async () => {
    const world = await RunnerWorld.start();
    const other = { ...runnerRecord(), runnerId: "old-1", protocol: { min: 7, max: 9 } };
    const beat = { version: 1, sequence: 1, actors: 0, healthScore: 0, atMs: 0 } as const;
    const { runners, leases } = world.boss;
    await world.value(runners.put("old-1", encodeRunner(other), { expectedRevision: NO_ENTRY }));
    await world.value(leases.put("r.old-1", encodeHeartbeat({ ...beat, runnerId: "old-1" })));

    const { runner } = await world.make();

    assert.equal(await world.codeOf(runner.start()), "ERR_PROTOCOL_VERSION");
    assert.equal(runner.id, undefined);
    await world.pass(5_000);
    assert.equal((await world.record("r1-1"))?.status, "left");
  });

  it("ignores runners of other versions that are gone", async () => {
    const world = await RunnerWorld.start();
    const other = { ...runnerRecord(), runnerId: "old-1", protocol: { min: 7, max: 9 } };
    await world.value(world.boss.runners.put("old-1", encodeRunner(other)));

    const { runner } = await world.ready();

    assert.equal(runner.isReady, true);
  });

  it("tells of types that are defined later, which changes no status", async () => {
    const world = await RunnerWorld.start();
    const { host, runner } = await world.ready();
    const before = await world.record(runner.id);

    host.define("shop");
    await world.pass(1_000);

    const record = await world.record(runner.id);
    assert.equal(record?.changedAtMs, before?.changedAtMs);
    assert.deepEqual(record?.types, [{ name: "cart" }, { name: "shop" }]);
    assert.equal(record?.status, "ready");
  });
});

describe("readiness", () => {
  it("is lost while heartbeats are not acknowledged, and comes back", async () => {
    const world = await RunnerWorld.start();
    const { runner, process, observer } = await world.ready();

    process.cut(BOTH);
    await world.pass(7_000);
    assert.deepEqual([runner.isReady, runner.isValid(), runner.status], [false, true, "joining"]);
    process.heal();
    await world.pass(2_500);

    assert.deepEqual([runner.isReady, runner.status], [true, "ready"]);
    assert.ok(observer.signs.includes("not_ready"), observer.signs.join());
    assert.deepEqual(observer.fences, []);
    assert.equal((await world.record(runner.id))?.status, "ready");
  });

  it("is lost while the store fails actors, and comes back when it can be read", async () => {
    const world = await RunnerWorld.start();
    const kit = await world.ready();
    const error = new StoreError("gone", { code: "ERR_STORE_UNAVAILABLE" });
    kit.host.beforeStart = async () => ({ outcome: "failed", error });

    await world.start(kit);
    await world.until("it is not ready", () => !kit.runner.isReady);
    await world.until("its record says so", () => kit.observer.statuses.at(-1) === "joining");
    await world.pass(10_000);

    assert.equal(kit.runner.isReady, true);
    assert.deepEqual(await world.events(), ["1:1 start_failed ERR_STORE_UNAVAILABLE"]);
    assert.ok(kit.observer.signs.includes("refused_start"));
  });

  it("is lost while its consumer does not work", async () => {
    const world = await RunnerWorld.start();
    let changed: ((isWorking: boolean) => void) | undefined;
    const kit = await world.ready({
      wrap: (session) => ({
        ...partsOf(session),
        commands: {
          ...partsOf(session.commands),
          consume: (options) => {
            changed = options.changed;
            return session.commands.consume(options);
          },
        },
      }),
    });

    changed?.(false);
    assert.deepEqual([kit.runner.isReady, kit.runner.status], [false, "joining"]);
    await world.pass(1_000);
    assert.equal((await world.record(kit.runner.id))?.status, "joining");
    changed?.(true);

    assert.equal(kit.runner.isReady, true);
    assert.deepEqual(kit.observer.missing.slice(-2), ["consumer", ""]);
  });
});
