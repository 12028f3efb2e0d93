import type { ActorAccess } from "../activation/access/actor-access.ts";
import { LocalAccess } from "../activation/access/local-access.ts";
import { Reach } from "../activation/access/local-address.ts";
import { addAccess } from "../activation/access/system-access.ts";
import { isKeyedDefinition } from "../activation/definition/keyed-definition.ts";
import { LocalHost } from "../activation/hosting/local-host.ts";
import type { Seat } from "../activation/hosting/seat.ts";
import { Activations } from "../activation/residence/activations.ts";
import { closeActivations } from "../activation/residence/close-activations.ts";
import type { ActorSystem, Books, ShutdownReport } from "../actor/definition/actor-system.ts";
import type { DeadLetters } from "../actor/definition/dead-letter.ts";
import type {
  ActorDefinition,
  AnyActorDefinition,
  SpawnArguments,
} from "../actor/definition/definition.ts";
import type {
  ActorKey,
  GetArguments,
  KeyedAddress,
  KeyedType,
  KeyListing,
  KeysOptions,
} from "../actor/definition/keyed-address.ts";
import type { AnyHandlers, WhenFull } from "../actor/definition/messages.ts";
import type { PoolArguments, PoolRef } from "../actor/definition/pool-ref.ts";
import type { ActorRef } from "../actor/definition/ref.ts";
import { CellRef } from "../actor/delivery/cell-ref.ts";
import { spawnPool } from "../actor/pool/pool.ts";
import { readBooks } from "../actor/system/books.ts";
import { createRuntime, type RuntimeOptions } from "../actor/system/create-runtime.ts";
import { shutDown } from "../actor/system/shutdown.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { Deferred } from "../base/async/deferred.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { optionKeys, requireKnownKeys } from "../base/options.ts";
import type { Engine } from "../cluster/engine/engine.ts";
import type { ClusterNode } from "../cluster/node/cluster-node.ts";
import { type ClusterOptions, settleCluster } from "../cluster/node/cluster-options.ts";
import { workBeforeShutdown } from "../monitor/before-shutdown.ts";
import { addClusterViews } from "../monitor/cluster/cluster-views.ts";
import { addKeyViews } from "../monitor/keys/key-views.ts";
import { type SnapshotOptions, SystemMonitor } from "../monitor/monitor.ts";
import { type MonitoringOptions, settleMonitor } from "../monitor/monitor-options.ts";
import { type MonitoredSystem, monitorOf } from "../monitor/monitored-system.ts";
import { HealthReader, type SystemHealth } from "../monitor/system-health.ts";
import type { Store } from "../store/contract/store.ts";
import { runClean } from "../telemetry/context/frames.ts";
import type { Snapshot } from "../wire/snapshot.ts";
import { createNode } from "./create-node.ts";
import { SystemKeyViews } from "./keyed-views.ts";

/** Options of {@link createSystem}. */
export interface SystemOptions extends RuntimeOptions, MonitoringOptions {
  /** Definitions whose metrics are created, at zero, before the first actor is spawned. Default: none. */
  readonly actors?: readonly (AnyActorDefinition | KeyedAddress<never, unknown>)[];
  /**
   * Where the states of keyed actors are stored. A store serves one system, which closes it at its shutdown. Default: a
   * store in memory, which is gone with the process.
   */
  readonly store?: Store;
  /**
   * Keyed actors in memory at a time. When another key wakes, the actor that has been idle for the longest time goes to
   * sleep; while there is none, the key waits. Default: unlimited.
   */
  readonly maxResident?: number;
  /** Keys that may wait because of `maxResident`; messages to further ones are refused. Default 10,000. */
  readonly maxWaitingKeys?: number;
  /**
   * How long the store may take for a commit of a keyed actor, in milliseconds, before this is reported by the warning
   * `actor.save.slow`. Default 5,000.
   */
  readonly slowSaveMs?: number;
  /**
   * How long the answer of the store to a commit is waited for, in milliseconds. The outcome is unknown then: replies
   * are rejected with `ERR_SAVE_UNKNOWN`, and the activation ends. Default 30,000; `Infinity`: without an end.
   */
  readonly saveDeadlineMs?: number;
  /**
   * Spreads keyed actors over the processes that use the same engine, which also stores them. An engine serves one system.
   * Without `store`. Default: all keyed actors of a system are in its process.
   */
  readonly engine?: Engine;
  /** How the process takes part in the cluster of `engine`. Default: it runs actors, and may become the coordinator. */
  readonly cluster?: ClusterOptions;
}

const SYSTEM_OPTIONS = optionKeys<SystemOptions>({
  name: true,
  actors: true,
  logger: true,
  askTimeoutMs: true,
  shutdownDeadlineMs: true,
  metrics: true,
  tracing: true,
  clock: true,
  carry: true,
  store: true,
  maxResident: true,
  maxWaitingKeys: true,
  slowSaveMs: true,
  saveDeadlineMs: true,
  engine: true,
  cluster: true,
  onDeadlock: true,
  monitor: true,
});

/** The public object of a system, composed of the runtime of its actors and its monitor. */
class ComposedSystem implements MonitoredSystem {
  readonly monitor: SystemMonitor;
  readonly #runtime: SystemRuntime;
  readonly #activations: Activations;
  readonly #health: HealthReader;
  readonly #node: ClusterNode | undefined;
  #down = false;
  #closed: Promise<ShutdownReport> | undefined;

  constructor(options: SystemOptions, given: Seat | undefined) {
    const monitorSettings = settleMonitor(options);
    const { actors = [] } = options;
    if (!Array.isArray(actors)) {
      throw new UsageError("`actors` must be a list of definitions", {
        code: ErrorCode.InvalidOption,
      });
    }
    const cluster = settleCluster(options);
    this.#runtime = createRuntime(options, this);
    this.#node = cluster === undefined ? undefined : createNode(cluster, this.#runtime);
    const seat = this.#node ?? given;
    const store = this.#node?.store ?? options.store;
    this.#activations = new Activations(this.#runtime, { ...options, store }, seat?.placement);
    try {
      for (const definition of actors) this.#announce(definition);
    } catch (thrown) {
      this.#activations.abandon();
      throw thrown;
    }
    addAccess(this, this.#access(seat));
    const keys = new SystemKeyViews(this.#activations, this.#runtime);
    addKeyViews(this, keys);
    this.#node?.show(keys, (opened) => {
      addClusterViews(this, opened.views);
      addKeyViews(this, opened.keys);
    });
    this.monitor = new SystemMonitor(this.#runtime, monitorSettings);
    const node = this.#node;
    this.#health = new HealthReader(this.#runtime, this.monitor, node && (() => node.health()));
  }

  /** Returns what gateways reach keyed actors by. */
  #access(seat: Seat | undefined): ActorAccess {
    const local = new LocalAccess(this.#activations);
    if (seat === undefined) return local;
    const host = new LocalHost(this.#activations, this.#runtime.clock);
    const everywhere = new LocalAccess(this.#activations, Reach.Everywhere);
    return seat.attach(host, local, everywhere);
  }

  #announce(definition: NonNullable<SystemOptions["actors"]>[number]): void {
    if (isKeyedDefinition(definition)) this.#activations.typeOf(definition);
    else this.#runtime.typeOf(definition as AnyActorDefinition);
  }

  /** Not a plain object, see `CellRef`. */
  get [Symbol.toStringTag](): string {
    return "ActorSystem";
  }

  get name(): string {
    return this.#runtime.name;
  }

  get deadLetters(): DeadLetters {
    return this.#runtime.deadLetters;
  }

  spawn<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: SpawnArguments<Input>
  ): ActorRef<Messages, Full> {
    return this.#runtime.spawn(definition, options[0], undefined);
  }

  spawnPool<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full> {
    return spawnPool(this.#runtime, undefined, definition, options[0]);
  }

  find<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    name: string,
  ): ActorRef<Messages, Full> | undefined {
    const cell = this.#runtime.find(definition, name);
    return cell === undefined ? undefined : new CellRef(cell, undefined);
  }

  get<Input, Ref>(
    definition: KeyedAddress<Input, Ref>,
    key: ActorKey,
    ...options: GetArguments<Input>
  ): Ref {
    const [given] = options as readonly [{ readonly input?: unknown }?];
    requireKnownKeys("`get`", given, ["input"]);
    return this.#activations.get(definition, key, given?.input);
  }

  keys(type: KeyedType, options?: KeysOptions): Promise<KeyListing> {
    return this.#activations.lists.keys(type, options);
  }

  destroy(type: KeyedType, key: ActorKey): Promise<boolean> {
    return this.#activations.removals.destroy(type, key);
  }

  books(): Books {
    return readBooks(this.#runtime);
  }

  health(): SystemHealth {
    return this.#health.read(this.#down);
  }

  shutdown(): Promise<ShutdownReport> {
    if (this.#closed !== undefined) return this.#closed;
    // Stored before it begins, since it runs abort listeners, which may ask for it again.
    const { promise, resolve } = new Deferred<ShutdownReport>();
    this.#closed = promise;
    resolve(this.#end());
    return promise;
  }

  async #end(): Promise<ShutdownReport> {
    try {
      // Gateways first: what they have accepted is answered by actors that still take messages.
      const startedMs = this.#runtime.clock.monotonicMs();
      const before = workBeforeShutdown(this, this.#runtime.shutdownDeadlineMs / 2);
      if (before !== undefined) await before;
      const node = this.#node;
      if (node !== undefined) await node.drain(this.#runtime.shutdownDeadlineMs / 2);
      const report = await shutDown(this.#runtime, startedMs);
      await closeActivations(this.#activations, this.#runtime, report.durationMs);
      if (node !== undefined) await node.close();
      return report;
    } finally {
      this.#down = true;
      this.monitor.close();
    }
  }
}

/**
 * Creates an actor system.
 *
 * The code of its actors (handlers, tasks, timers, hooks, state factories) sees no store of any
 * AsyncLocalStorage, regardless of where the system is created and messages are sent. Stores listed in
 * {@link SystemOptions.carry} propagate with messages: `createSystem({ carry: [requestStore] })`.
 *
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 * @example
 * ```ts
 * const shop = createSystem({
 *   name: "shop",
 *   askTimeoutMs: 2_000, // for asks without a `timeoutMs` of their own
 *   shutdownDeadlineMs: 15_000,
 * });
 * await shop.shutdown();
 * ```
 */
export function createSystem(options: SystemOptions = {}): MonitoredSystem {
  requireKnownKeys("`createSystem`", options, SYSTEM_OPTIONS);
  return createPlacedSystem(options, undefined);
}

/** The same for a system whose keyed actors may be in other processes. */
export function createPlacedSystem(
  options: SystemOptions,
  seat: Seat | undefined,
): MonitoredSystem {
  // Objects that live as long as the system, such as its timers, must not retain the creating context.
  return runClean(() => new ComposedSystem(options, seat));
}

/**
 * Returns the state of `system`, such as a handler's `c.system`; see {@link Monitor.snapshot}.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when it was not created by `createSystem`
 * @example
 * ```ts
 * const { totals, deadlocks } = snapshot(system);
 * console.log(`${totals.active} actors, ${deadlocks.length} deadlocks`);
 * ```
 */
export function snapshot(system: ActorSystem, options?: SnapshotOptions): Snapshot {
  const monitor = monitorOf(system);
  if (monitor !== undefined) return monitor.snapshot(options);
  throw new UsageError("only the state of a system made by `createSystem` can be seen", {
    code: ErrorCode.InvalidOption,
  });
}
