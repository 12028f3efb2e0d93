import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../src/base/clock.ts";
import { decodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { nats } from "../../../src/cluster.ts";
import { createSystem, type MonitoredSystem } from "../../../src/index.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { ledger } from "../../_support/cluster-ledger.ts";
import { ClusterProcess } from "../../_support/cluster-process.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { eventually } from "../../_support/stack-program.ts";

const LEASE_MS = 2_000;
const KEYS = Array.from({ length: 8 }, (_, at) => `k${at}`);
const NEWER = join(import.meta.dirname, "../../_support/newer-minor.ts");
const AS_NEWER = ["env", `NODE_OPTIONS=--import=${NEWER}`];

/** A caller of this release, which knows what every actor has acknowledged. */
class Caller {
  readonly system: MonitoredSystem;
  readonly #written = new Map<string, string[]>();

  constructor(servers: string) {
    this.system = createSystem({
      ...inMemoryTelemetry().systemOptions,
      actors: [ledger],
      engine: nats({ servers }),
      cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
    });
  }

  /** Adds an entry to each actor. Returns the processes that have them. */
  async enterAll(): Promise<Set<string>> {
    const nodes = KEYS.map(async (key) => {
      const written = this.#written.get(key) ?? [];
      this.#written.set(key, written);
      const id = `${key}-${written.length}`;
      const { node } = await this.system.get(ledger, key).with({ timeoutMs: 20_000 }).ask.enter(id);
      written.push(id);
      return node;
    });
    return new Set(await Promise.all(nodes));
  }

  /** Holds what all actors have against what they have acknowledged. */
  async check(): Promise<void> {
    for (const key of KEYS) {
      const entries = await this.system.get(ledger, key).ask.entries();
      assert.deepEqual(entries, this.#written.get(key));
    }
  }
}

describe("a rolling upgrade by one minor release", () => {
  it("loses nothing, in both directions: each release is the coordinator and runs the actors of the other", async () => {
    await using server = await NatsServer.start();
    const servers = `nats://127.0.0.1:${server.port}`;
    await using stack = new AsyncDisposableStack();
    const start = async (name: string, via: readonly string[] = []): Promise<ClusterProcess> =>
      stack.use(await ClusterProcess.start(servers, name, LEASE_MS, via));
    const session = await nats({ servers }).open({
      clock: systemClock,
      luck: Math.random,
      runnerId: "test",
      leaseTtlMs: LEASE_MS,
      onFault: () => {},
    });
    stack.defer(() => session.close());

    // Upgrade: the older release is the coordinator when the newer one joins.
    const older = await start("older");
    const caller = new Caller(servers);
    assert.deepEqual(await caller.enterAll(), new Set(["older"]));
    const newer = await start("newer", AS_NEWER);
    const records = (await session.runners.list("")).map(({ value }) => [
      decodeRunner(value).name,
      decodeRunner(value).protocol.max,
      Buffer.from(value).includes("addedLater"),
    ]);
    assert.deepEqual(records.toSorted(), [
      ["newer", 2, true],
      ["older", 1, false],
    ]);
    assert.equal(await older.stop(), "SIGTERM");
    assert.deepEqual(await caller.enterAll(), new Set(["newer"]));
    await caller.check();
    await eventually("the newer release writes placements", async () => {
      const placements = await session.placements.list("");
      return placements.some(({ value }) => Buffer.from(value).includes("addedLater")) || undefined;
    });

    // And back: the newer one is the coordinator, and the older one reads what it has written.
    const again = await start("again");
    assert.equal(await newer.stop(), "SIGTERM");
    assert.deepEqual(await caller.enterAll(), new Set(["again"]));
    await caller.check();

    // A crash in the middle of an upgrade.
    const later = await start("later", AS_NEWER);
    await again.kill();
    await eventually("the newer release has taken over", async () =>
      (await caller.enterAll()).has("later") ? true : undefined,
    );
    await caller.check();
    assert.deepEqual(await session.deadLetters.read({ filter: "", after: 0, limit: 10 }), []);
    await caller.system.shutdown();
    assert.equal(await later.stop(), "SIGTERM");
  });
});
