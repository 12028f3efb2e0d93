import assert from "node:assert/strict";
import { systemClock } from "../../src/base/clock.ts";
import { decodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import { decodeRunner } from "../../src/cluster/codec/runner-codec.ts";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { Engine, EngineSession } from "../../src/cluster/engine/engine.ts";
import type { ClusterOptions } from "../../src/cluster/node/cluster-options.ts";
import type { PlacementRecord } from "../../src/cluster/protocol/placement-record.ts";
import type { RunnerRecord } from "../../src/cluster/protocol/runner-record.ts";
import { createSystem, type MonitoredSystem, type SystemOptions } from "../../src/index.ts";
import { MemoryStore } from "../../src/store.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../src/testing.ts";
import { expectClosedBooks } from "./actor-system.ts";
import { until } from "./actor-waiting.ts";

/** One node of a {@link ClusterWorld}. */
export interface WorldNode {
  readonly name: string;
  readonly system: MonitoredSystem;
  readonly telemetry: InMemoryTelemetry;
}

/** Systems of one process on one embedded engine, each a node of the same cluster. */
export class ClusterWorld implements AsyncDisposable {
  readonly engine: Engine;
  /** A look at what the engine holds, from outside of all nodes. */
  readonly session: EngineSession;
  readonly nodes: WorldNode[] = [];
  readonly #ended = new Set<WorldNode>();

  private constructor(engine: Engine, session: EngineSession) {
    this.engine = engine;
    this.session = session;
  }

  static async open(): Promise<ClusterWorld> {
    const engine = embedded({ store: new MemoryStore() });
    const session = await engine.open({
      clock: systemClock,
      luck: Math.random,
      runnerId: "world",
      leaseTtlMs: 15_000,
      onFault: () => {},
    });
    return new ClusterWorld(engine, session);
  }

  /** Creates a node, which may not be ready yet. */
  begin(name: string, options: SystemOptions = {}, cluster: ClusterOptions = {}): WorldNode {
    const telemetry = inMemoryTelemetry();
    const system = createSystem({
      ...telemetry.systemOptions,
      ...options,
      name,
      engine: options.engine ?? this.engine,
      cluster: { name, ...cluster },
    });
    const node = { name, system, telemetry };
    this.nodes.push(node);
    return node;
  }

  /** Creates a node, and waits until it is ready. */
  async add(
    name: string,
    options: SystemOptions = {},
    cluster: ClusterOptions = {},
  ): Promise<WorldNode> {
    const node = this.begin(name, options, cluster);
    await until(() => node.system.health().cluster?.isReady === true);
    return node;
  }

  async runners(): Promise<readonly RunnerRecord[]> {
    const entries = await this.session.runners.list("");
    return entries.map(({ value }) => decodeRunner(value));
  }

  /** Returns the name of the runner that has an actor; `undefined` if none has. */
  async nameAt(address: string): Promise<string | undefined> {
    const runnerId = (await this.placement(address))?.runnerId;
    return (await this.runners()).find((runner) => runner.runnerId === runnerId)?.name;
  }

  async placement(address: string): Promise<PlacementRecord | undefined> {
    const entry = await this.session.placements.read(address);
    return entry === undefined ? undefined : decodePlacement(entry.value);
  }

  /** Shuts one node down. */
  async end(node: WorldNode): Promise<void> {
    this.#ended.add(node);
    await node.system.shutdown();
    expectClosedBooks(node.system);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.nodes.filter((node) => !this.#ended.has(node));
    for (const { system } of left) expectBooks(system);
    for (const node of left) await this.end(node);
    assert.equal((await this.session.commands.state()).messages, 0, "commands are left");
    await this.session.close();
  }
}
