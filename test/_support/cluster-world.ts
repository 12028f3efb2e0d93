import { systemClock } from "../../src/base/clock.ts";
import { decodeRunner } from "../../src/cluster/codec/runner-codec.ts";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { Engine, EngineSession } from "../../src/cluster/engine/engine.ts";
import type { ClusterOptions } from "../../src/cluster/node/cluster-options.ts";
import type { RunnerRecord } from "../../src/cluster/protocol/runner-record.ts";
import { createSystem, type MonitoredSystem, type SystemOptions } from "../../src/index.ts";
import { MemoryStore } from "../../src/store.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../src/testing.ts";
import { expectClosedBooks } from "./actor-system.ts";
import { until } from "./actor-waiting.ts";
import { ScriptedCoordinator } from "./scripted-coordinator.ts";

/** One node of a {@link ClusterWorld}. */
export interface WorldNode {
  readonly name: string;
  readonly system: MonitoredSystem;
  readonly telemetry: InMemoryTelemetry;
}

/** Systems of one process on one embedded engine, each a node of the same cluster. */
export class ClusterWorld implements AsyncDisposable {
  readonly engine: Engine;
  readonly coordinator: ScriptedCoordinator;
  readonly nodes: WorldNode[] = [];
  readonly #session: EngineSession;
  readonly #ended = new Set<WorldNode>();

  private constructor(engine: Engine, session: EngineSession) {
    this.engine = engine;
    this.#session = session;
    this.coordinator = new ScriptedCoordinator(session);
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
    const world = new ClusterWorld(engine, session);
    await world.coordinator.open();
    return world;
  }

  get session(): EngineSession {
    return this.#session;
  }

  /** Adds a node, and waits until it is ready. */
  async add(
    name: string,
    options: SystemOptions = {},
    cluster: ClusterOptions = {},
  ): Promise<WorldNode> {
    const telemetry = inMemoryTelemetry();
    const system = createSystem({
      ...telemetry.systemOptions,
      ...options,
      name,
      engine: this.engine,
      cluster: { name, coordinator: false, ...cluster },
    });
    const node = { name, system, telemetry };
    this.nodes.push(node);
    await until(() => system.health().cluster?.isReady === true);
    return node;
  }

  /** Returns the id of the runner with a name. */
  async runnerOf(name: string): Promise<string> {
    const found = (await this.runners()).find((runner) => runner.name === name);
    if (found === undefined) throw new Error(`there is no runner ${name}`);
    return found.runnerId;
  }

  async runners(): Promise<readonly RunnerRecord[]> {
    const entries = await this.#session.runners.list("");
    return entries.map(({ value }) => decodeRunner(value));
  }

  /** Shuts one node down. */
  async end(node: WorldNode): Promise<void> {
    this.#ended.add(node);
    await node.system.shutdown();
    expectClosedBooks(node.system);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.nodes) {
      if (this.#ended.has(node)) continue;
      expectBooks(node.system);
      await this.end(node);
    }
    await this.#session.close();
  }
}
