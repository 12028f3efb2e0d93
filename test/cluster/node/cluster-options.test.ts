import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { ClusterError } from "../../../src/base/errors.ts";
import type { Engine, EngineParts } from "../../../src/cluster/engine/engine.ts";
import { settleCluster } from "../../../src/cluster/node/cluster-options.ts";
import { embedded } from "../../../src/cluster.ts";
import { createHealth } from "../../../src/health.ts";
import { createSystem, defineKeyedActor, type SystemOptions } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { codeOf, until } from "../../_support/actor-waiting.ts";

const engine = embedded({ store: new MemoryStore() });
const counter = defineKeyedActor("counter", {
  state: () => ({ total: 0 }),
  handlers: { add: (c, by: number) => (c.state.total += by) },
});
const files = defineKeyedActor("files", {
  database: { migrations: [{ name: "first", sql: "CREATE TABLE t (x)" }] },
  handlers: { none: () => {} },
});

/** An engine that answers `open` as it is told to. */
function engineOf(open: () => Promise<never>): Engine {
  return { name: "test", open };
}

describe("the options of a cluster", () => {
  it("have defaults", () => {
    const all = settleCluster({ engine });
    assert.ok(all !== undefined);
    const { name, ...settings } = all;

    assert.match(name, /^[\w-]{1,40}$/);
    assert.deepEqual(
      { ...settings, engine: undefined, timings: undefined },
      {
        engine: undefined,
        isClient: false,
        capacity: undefined,
        labels: {},
        metadata: {},
        timings: undefined,
        isCandidate: true,
        rebalances: true,
      },
    );
    assert.equal(settings.timings.leaseTtlMs, 15_000);
    assert.equal(settleCluster({}), undefined);
    assert.equal(settleCluster({ engine, cluster: { client: true } })?.isCandidate, false);
  });

  it("are refused with a code if they are invalid", () => {
    const invalid: readonly SystemOptions[] = [
      { cluster: {} },
      { engine: {} as Engine },
      { engine, store: new MemoryStore() },
      { engine, cluster: { name: "" } },
      { engine, cluster: { client: "false" as never } },
      { engine, cluster: { name: "a b" } },
      { engine, cluster: { name: "x".repeat(41) } },
      { engine, cluster: { client: 1 as unknown as boolean } },
      { engine, cluster: { capacity: 0 } },
      { engine, cluster: { capacity: 1.5 } },
      { engine, cluster: { leaseTtlMs: 999 } },
      { engine, cluster: { leaseTtlMs: Number.NaN } },
      { engine, cluster: { coordinator: "no" as unknown as boolean } },
      { engine, cluster: { rebalance: null as unknown as boolean } },
      { engine, cluster: { leaseTtl: 5_000 } as never },
    ];
    for (const options of invalid) {
      assert.throws(() => createSystem(options), { code: "ERR_INVALID_OPTION" });
    }
  });

  it("are refused with a code of their own for labels and metadata", () => {
    for (const cluster of [{ labels: { zone: "" } }, { metadata: { at: new Date() } as never }]) {
      assert.throws(() => createSystem({ engine, cluster }), { code: "ERR_METADATA_INVALID" });
    }
  });

  it("go with actors that have no database, which is a file of one machine", () => {
    assert.throws(() => createSystem({ engine, actors: [files] }), { code: "ERR_INVALID_OPTION" });
  });
});

describe("a system whose engine does not open", () => {
  it("fails all calls with the reason why it never will", async () => {
    const refused = new ClusterError("two copies would not be enough", {
      code: "ERR_ENGINE_UNSAFE",
    });
    const { systemOptions } = inMemoryTelemetry();
    const system = createSystem({
      ...systemOptions,
      actors: [counter],
      engine: engineOf(() => Promise.reject(refused)),
    });
    const ref = system.get(counter, "a");
    const early = codeOf(ref.ask.add(1));
    await until(() => system.health().cluster?.state === "failed");

    const codes = [
      early,
      codeOf(ref.ask.add(1)),
      codeOf(system.keys(counter)),
      codeOf(system.destroy(counter, "a")),
      codeOf(ref.whenReady()),
    ];
    assert.deepEqual(await Promise.all(codes), Array(codes.length).fill("ERR_ENGINE_UNSAFE"));
    const { isReady, code } = system.health().cluster ?? {};
    assert.deepEqual([isReady, code], [false, "ERR_ENGINE_UNSAFE"]);
    const { status } = await createHealth({ systems: [system] }).readyz();
    assert.equal(status, 503);
    expectBooks(system);
    await system.shutdown();
  });

  it("lets messages wait while it cannot be reached, and opens when it can", async () => {
    const real = embedded({ store: new MemoryStore() });
    let attempts = 0;
    const late: Engine = {
      name: "late",
      async open(parts) {
        attempts += 1;
        if (attempts > 1) return await real.open(parts);
        throw new ClusterError("no server", { code: "ERR_ENGINE_UNAVAILABLE" });
      },
    };
    const { systemOptions } = inMemoryTelemetry();
    const system = createSystem({ ...systemOptions, actors: [counter], engine: late });

    assert.equal(system.health().cluster?.state, "opening");
    assert.equal(await system.get(counter, "a").ask.add(2), 2);
    assert.equal(attempts, 2);
    assert.equal(system.health().cluster?.state, "open");
    await system.shutdown();
    assert.equal(system.health().cluster?.state, "closed");
  });

  it("is refused if it opens nothing", async () => {
    for (const session of [null, undefined, 4, {}, { close: () => {} }]) {
      const { systemOptions } = inMemoryTelemetry();
      const open = async (): Promise<never> => session as never;
      const system = createSystem({ ...systemOptions, actors: [counter], engine: engineOf(open) });

      assert.equal(await codeOf(system.get(counter, "a").ask.add(1)), "ERR_INVALID_OPTION");
      assert.equal(system.health().cluster?.state, "failed");
      expectBooks(system);
      await system.shutdown();
    }
  });

  it("can be shut down while it opens for ever, and closes what it opens nevertheless", async () => {
    const { systemOptions } = inMemoryTelemetry();
    const real = embedded({ store: new MemoryStore() });
    const opening = new Deferred<EngineParts>();
    const answer = new Deferred<void>();
    const closed = new Deferred<void>();
    const slow: Engine = {
      name: "slow",
      async open(parts) {
        opening.resolve(parts);
        await answer.promise;
        const session = await real.open(parts);
        const close = async (): Promise<void> => {
          await session.close();
          closed.resolve();
        };
        return { ...session, close };
      },
    };
    const system = createSystem({ ...systemOptions, actors: [counter], engine: slow });
    const asked = codeOf(system.get(counter, "a").ask.add(1));
    const { signal } = await opening.promise;
    await system.shutdown();

    assert.equal(await asked, "ERR_SYSTEM_STOPPED");
    assert.equal(signal?.aborted, true);
    answer.resolve();
    await closed.promise;
  });

  it("can be shut down before it has opened", async () => {
    const { systemOptions } = inMemoryTelemetry();
    const unreachable = new ClusterError("no server", { code: "ERR_ENGINE_UNAVAILABLE" });
    const system = createSystem({
      ...systemOptions,
      actors: [counter],
      engine: engineOf(() => Promise.reject(unreachable)),
    });
    const asked = codeOf(system.get(counter, "a").ask.add(1));
    await system.shutdown();

    assert.equal(await asked, "ERR_SYSTEM_STOPPED");
    expectBooks(system);
  });
});
