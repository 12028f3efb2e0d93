import type { ShutdownReport } from "../actor/system/shutdown.ts";
import {
  type ActorSystem,
  type SystemOptions as PlainSystemOptions,
  runtimeOf,
  System,
} from "../actor/system/system.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { choiceOption, numberOption } from "../base/options.ts";
import type { Snapshot } from "../wire/snapshot.ts";
import { OnDeadlock } from "./deadlocks.ts";
import {
  type Monitor,
  type MonitorOptions,
  type SnapshotOptions,
  SystemMonitor,
} from "./monitor.ts";

/** Options of {@link createSystem}. */
export interface SystemOptions extends PlainSystemOptions {
  /**
   * What is done about actors that wait for each other: `report` (default) tells of them, `reject` also
   * rejects the latest of their asks with `ERR_DEADLOCK`, so that they go on.
   */
  readonly onDeadlock?: OnDeadlock;
  /** `false` looks at nothing by itself; snapshots can be taken all the same. */
  readonly monitor?: boolean | MonitorOptions;
}

/** A system and its monitor. */
export interface MonitoredSystem extends ActorSystem {
  /** Who waits for whom, what is stuck, and what wants looking at. */
  readonly monitor: Monitor;
}

const HOUR_MS = 3_600_000;

/** A system as `createSystem` makes it, for the parts of limelight that look inside. */
export class WatchedSystem extends System implements MonitoredSystem {
  readonly monitor: SystemMonitor;
  #closed: Promise<ShutdownReport> | undefined;

  constructor(options: SystemOptions) {
    const choices = Object.values(OnDeadlock);
    const onDeadlock = choiceOption("onDeadlock", options.onDeadlock, OnDeadlock.Report, choices);
    const { monitor = true } = options;
    const wishes = typeof monitor === "object" ? monitor : {};
    const limits = { min: 0, max: HOUR_MS };
    const graveWindowMs = numberOption("graveWindowMs", wishes.graveWindowMs, 5_000, limits);
    super(options);
    this.monitor = new SystemMonitor({
      system: requireRuntime(this),
      onDeadlock,
      graveWindowMs,
      watching: monitor !== false,
    });
  }

  override shutdown(): Promise<ShutdownReport> {
    this.#closed ??= super.shutdown().finally(() => this.monitor.close());
    return this.#closed;
  }
}

/** What is behind `system`. */
export function requireRuntime(system: ActorSystem): SystemRuntime {
  const runtime = runtimeOf(system);
  if (runtime !== undefined) return runtime;
  throw new UsageError("this is no system of this copy of limelight", {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Creates an actor system.
 *
 * @throws {@link UsageError} `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
 */
export function createSystem(options: SystemOptions = {}): MonitoredSystem {
  return new WatchedSystem(options);
}

/**
 * The state of `system`, such as a handler's `c.system`; see {@link Monitor.snapshot}.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when it is no system that `createSystem` has made
 */
export function snapshot(system: ActorSystem, options?: SnapshotOptions): Snapshot {
  if (system instanceof WatchedSystem) return system.monitor.snapshot(options);
  throw new UsageError("only the state of a system made by `createSystem` can be seen", {
    code: ErrorCode.InvalidOption,
  });
}
