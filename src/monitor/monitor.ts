import { write } from "../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { optionKeys, requireKnownKeys } from "../base/options.ts";
import type { TypeMetrics } from "../telemetry/metrics/type-metrics.ts";
import type { SystemInteractions } from "../wire/interactions.ts";
import type { Snapshot } from "../wire/snapshot.ts";
import { type MonitorEvents, Subscriptions } from "./monitor-events.ts";
import { MonitorMetrics } from "./monitor-metrics.ts";
import type { MonitorSettings } from "./monitor-options.ts";
import { addMonitored, monitoredRuntimes, removeMonitored } from "./monitored-system.ts";
import { Reports } from "./reports.ts";
import { type InteractionFilter, InteractionRows } from "./rows/interaction-rows.ts";
import { Snapshots } from "./rows/snapshots.ts";
import { SpawnTimes } from "./rows/spawn-times.ts";
import { SystemRows } from "./rows/system-rows.ts";
import { Times } from "./rows/times.ts";
import type { SystemHealth } from "./system-health.ts";
import { Deadlocks } from "./waits/deadlocks.ts";
import { StuckHandlers } from "./waits/stuck-handlers.ts";
import { WaitPicture } from "./waits/wait-picture.ts";
import { LoopWatch } from "./warnings/loop-watch.ts";
import { Warnings } from "./warnings/warnings.ts";
import { hasPhases, Watch } from "./watch.ts";

/** Options of {@link Monitor.snapshot}. */
export interface SnapshotOptions {
  /** The `sequence` of an earlier snapshot, to get only the changes since then. Default: everything. */
  readonly since?: number;
}

const SNAPSHOT_OPTIONS = optionKeys<SnapshotOptions>({ since: true });

/** Detects deadlocks and stuck handlers of one system, and takes snapshots of it. */
export interface Monitor {
  /**
   * Returns the state of the system, or the changes since an earlier snapshot. If `since` is no longer known
   * or belongs to another system, the snapshot is complete and its `since` is `null`.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION` when `since` is not a number
   * @example
   * ```ts
   * const { sequence, actors } = system.monitor.snapshot(); // everything
   * const changes = system.monitor.snapshot({ since: sequence }); // what has changed since
   * console.log(actors.length, changes.removed);
   * ```
   */
  snapshot(options?: SnapshotOptions): Snapshot;

  /**
   * Calls `listener` with each event of that name. An error it throws is logged and not propagated.
   *
   * @returns a function that ends the subscription
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   * @example
   * ```ts
   * const unsubscribe = system.monitor.on("deadlock", ({ text, untilAtMs }) => {
   *   console.error(text, untilAtMs === null ? "permanent" : new Date(untilAtMs));
   * });
   * unsubscribe();
   * ```
   */
  on<Name extends keyof MonitorEvents>(
    name: Name,
    listener: (event: MonitorEvents[Name]) => void,
  ): () => void;
}

/** The monitor of one system. Assembles its parts and runs them periodically. */
export class SystemMonitor implements Monitor {
  readonly #system: SystemRuntime;
  readonly #subscriptions: Subscriptions;
  readonly #deadlocks: Deadlocks;
  readonly #stuck: StuckHandlers;
  readonly #warnings: Warnings;
  readonly #spawns: SpawnTimes;
  readonly #snapshots: Snapshots;
  readonly #rows: SystemRows;
  readonly #interactions: InteractionRows;
  readonly #watch: Watch | undefined;

  constructor(system: SystemRuntime, { onDeadlock, graveWindowMs, watching }: MonitorSettings) {
    this.#system = system;
    addMonitored(system, this);
    const times = new Times(system.clock);
    this.#subscriptions = new Subscriptions((err) => {
      write(system.logger, "error", { err }, "a monitor listener threw");
    });
    const metrics = new MonitorMetrics(system, {
      deadlocks: () => this.#deadlocks.active.length,
      stuck: () => this.#stuckByType(),
    });
    const reports = new Reports(system, metrics, this.#subscriptions);
    const loop = new LoopWatch(system);
    this.#deadlocks = new Deadlocks(system, times, onDeadlock, reports);
    const parts = { deadlocks: this.#deadlocks, loop };
    this.#stuck = new StuckHandlers(system, times, parts, reports);
    this.#warnings = new Warnings(system, times, loop, (warning) => reports.warning(warning));
    this.#spawns = new SpawnTimes(times.nowMs());
    const rowParts = { times, spawns: this.#spawns, stuck: this.#stuck };
    this.#snapshots = new Snapshots(system, rowParts, graveWindowMs);
    this.#rows = new SystemRows(system, times, loop);
    this.#interactions = new InteractionRows(system, times.nowMs());
    // A message to an ended actor does not wake the dispatcher.
    system.deadLetters.subscribe(() => system.hooks.woke.emit());
    this.#watch = watching ? new Watch(system, loop, (nowMs) => this.#look(nowMs)) : undefined;
  }

  /** Not a plain object, see `CellRef`. */
  get [Symbol.toStringTag](): string {
    return "Monitor";
  }

  snapshot(options: SnapshotOptions = {}): Snapshot {
    const since = requireSince(options);
    this.#spawns.mark(this.#system.clock.monotonicMs());
    const changes = this.#snapshots.take(monitoredRuntimes(), since);
    return this.#rows.snapshot(changes, {
      deadlocks: this.#deadlocks.active,
      stuck: this.#stuck.active,
      warnings: this.#warnings.active,
    });
  }

  on<Name extends keyof MonitorEvents>(
    name: Name,
    listener: (event: MonitorEvents[Name]) => void,
  ): () => void {
    return this.#subscriptions.add(name, listener);
  }

  /** Returns who has sent to whom. */
  interactions(filter: InteractionFilter): Omit<SystemInteractions, "system"> {
    return this.#interactions.read(this.#system.clock.monotonicMs(), filter);
  }

  /** Counts what only a person or a restart ends, as of the last look. */
  troubles(): Pick<SystemHealth, "permanentDeadlocks" | "stuckHandlers"> {
    return {
      permanentDeadlocks: this.#deadlocks.active.filter(({ untilAtMs }) => untilAtMs === null)
        .length,
      stuckHandlers: this.#stuck.active.length,
    };
  }

  /** Releases data kept between snapshots if none has been taken for a minute. */
  forgetIfUnused(): void {
    this.#snapshots.forgetIfUnused(this.#system.clock.monotonicMs());
  }

  /** Reports everything as over, because the system is down. Snapshots can still be taken. */
  close(): void {
    this.#watch?.close();
    this.#deadlocks.close();
    this.#stuck.close();
    removeMonitored(this.#system);
  }

  /** @returns whether a state exists that may end without any further event */
  #look(nowMs: number): boolean {
    const system = this.#system;
    this.#spawns.mark(nowMs);
    this.#interactions.mark(nowMs);
    this.#snapshots.forgetIfUnused(nowMs);
    const waits =
      system.askWheel.size + system.cellsWithParkedSenders.size + system.cellsBeingAwaited.size > 0;
    const phases = hasPhases(system);
    if (waits || phases || this.#deadlocks.active.length > 0 || this.#stuck.tracking) {
      const picture = new WaitPicture(monitoredRuntimes(), nowMs);
      this.#deadlocks.look(picture);
      this.#stuck.look(picture, nowMs);
    }
    return this.#warnings.look(nowMs) || this.#deadlocks.active.length > 0;
  }

  #stuckByType(): ReadonlyMap<TypeMetrics, number> {
    const counts = new Map<TypeMetrics, number>();
    for (const cell of this.#stuck.cells()) {
      const { metrics } = cell.type;
      counts.set(metrics, (counts.get(metrics) ?? 0) + 1);
    }
    return counts;
  }
}

function requireSince(options: SnapshotOptions): number | undefined {
  requireKnownKeys("`snapshot`", options, SNAPSHOT_OPTIONS);
  const { since } = options;
  if (since === undefined || Number.isFinite(since)) return since;
  throw new UsageError(`\`since\` must be the sequence of a snapshot, not ${String(since)}`, {
    code: ErrorCode.InvalidOption,
  });
}
