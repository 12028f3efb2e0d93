import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nats } from "../../../src/cluster.ts";
import { createSystem, type MonitoredSystem } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { type Entered, ledger } from "../../_support/cluster-ledger.ts";
import { ClusterProcess } from "../../_support/cluster-process.ts";
import { NatsServer } from "../../_support/nats-server.ts";
import { eventually } from "../../_support/stack-program.ts";

const LEASE_MS = 2_000;
const KEYS = Array.from({ length: 12 }, (_, at) => `k${at}`);
const NAMES = ["r1", "r2", "r3"];

/** What became of the entries of one key. */
class History {
  readonly acknowledged = new Map<string, Entered>();
  /** Why, by entry. */
  readonly unknown = new Map<string, string>();
  #next = 1;

  async enter(system: MonitoredSystem, key: string): Promise<void> {
    const id = `${key}-${this.#next}`;
    this.#next += 1;
    try {
      const entered = await system.get(ledger, key).with({ timeoutMs: 10_000 }).ask.enter(id);
      this.acknowledged.set(id, entered);
    } catch (error) {
      this.unknown.set(id, String(error));
    }
  }

  /** Holds what the actor says against what was acknowledged. */
  check(key: string, entries: readonly string[]): void {
    assert.equal(new Set(entries).size, entries.length, `${key}: an entry was applied twice`);
    for (const [id, { version }] of this.acknowledged) {
      assert.equal(entries[version - 1], id, `${key}: ${id} was acknowledged as ${version}`);
    }
    for (const id of entries) {
      assert.ok(this.acknowledged.has(id) || this.unknown.has(id), `${key}: ${id} was never sent`);
    }
  }
}

describe("a cluster of three processes on NATS", () => {
  it("loses no acknowledged message when any of them is killed", async () => {
    await using server = await NatsServer.start();
    const servers = `nats://127.0.0.1:${server.port}`;
    await using stack = new AsyncDisposableStack();
    const start = async (name: string): Promise<ClusterProcess> =>
      stack.use(await ClusterProcess.start(servers, name, LEASE_MS));
    const runners = await Promise.all(NAMES.map(start));
    const telemetry = inMemoryTelemetry();
    const system = createSystem({
      ...telemetry.systemOptions,
      actors: [ledger],
      engine: nats({ servers }),
      cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
    });
    const histories = new Map(KEYS.map((key) => [key, new History()]));
    let isOver = false;
    const traffic = KEYS.map(async (key) => {
      while (!isOver) await histories.get(key)?.enter(system, key);
    });
    const acknowledged = (): number =>
      [...histories.values()].reduce((sum, history) => sum + history.acknowledged.size, 0);
    const nodesSeen = (): Set<string> => {
      const last = [...histories.values()].map(({ acknowledged: all }) => [...all.values()].at(-1));
      return new Set(last.map((entered) => entered?.node ?? ""));
    };
    await eventually("answered by all runners", () =>
      acknowledged() > 200 && nodesSeen().size === NAMES.length ? true : undefined,
    );

    for (const [at, runner] of runners.entries()) {
      const before = acknowledged();
      await runner.kill();
      // Every key is answered again by one that lives.
      await eventually(`answered without ${runner.name}`, () =>
        !nodesSeen().has(runner.name) && acknowledged() > before + 100 ? true : undefined,
      );
      if (at < runners.length - 1) await start(runner.name);
    }

    isOver = true;
    await Promise.all(traffic);
    for (const [key, history] of histories) {
      history.check(key, await system.get(ledger, key).ask.entries());
    }
    expectBooks(system);
    await system.shutdown();
  });

  it("hands actors over when one is stopped by SIGTERM", async () => {
    await using server = await NatsServer.start();
    const servers = `nats://127.0.0.1:${server.port}`;
    await using stack = new AsyncDisposableStack();
    const [one, two] = await Promise.all(
      ["r1", "r2"].map(async (name) =>
        stack.use(await ClusterProcess.start(servers, name, LEASE_MS)),
      ),
    );
    assert.ok(one !== undefined && two !== undefined);
    const { systemOptions } = inMemoryTelemetry();
    const system = createSystem({
      ...systemOptions,
      actors: [ledger],
      engine: nats({ servers }),
      cluster: { name: "client", client: true, leaseTtlMs: LEASE_MS },
    });
    const histories = new Map(KEYS.map((key) => [key, new History()]));
    const enterAll = async (): Promise<void> => {
      await Promise.all(KEYS.map((key) => histories.get(key)?.enter(system, key)));
    };
    await enterAll();
    let isOver = false;
    const traffic = (async () => {
      while (!isOver) await enterAll();
    })();
    const end = await one.stop();
    isOver = true;
    await traffic;

    assert.equal(end, "SIGTERM");
    for (const [key, history] of histories) {
      assert.deepEqual([...history.unknown], [], `${key} was not answered`);
      history.check(key, await system.get(ledger, key).ask.entries());
    }
    await system.shutdown();
  });
});
