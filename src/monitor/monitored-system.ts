import type { ActorSystem } from "../actor/definition/actor-system.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import type { Monitor, SystemMonitor } from "./monitor.ts";
import type { SystemHealth } from "./system-health.ts";

/** A system and its monitor. */
export interface MonitoredSystem extends ActorSystem {
  /** Reports deadlocks, stuck handlers and warnings. */
  readonly monitor: Monitor;

  /**
   * Reads whether the system is open and its actors make progress. Cheap; see `limelight/health` for probes.
   *
   * @example
   * ```ts
   * const { phase, permanentDeadlocks } = system.health();
   * console.log(phase, permanentDeadlocks); // "open" 0
   * ```
   */
  health(): SystemHealth;
}

const monitors = new WeakMap<object, SystemMonitor>();

/** The systems of this process that are not shut down. An actor may wait for one of another system. */
const runtimes = new Set<SystemRuntime>();

/** Returns the monitor of a system; `undefined` unless this copy of limelight created it with a monitor. */
export function monitorOf(system: unknown): SystemMonitor | undefined {
  return typeof system === "object" && system !== null ? monitors.get(system) : undefined;
}

/** Returns the runtimes of all monitored systems that are not shut down, in order of creation. */
export function monitoredRuntimes(): Iterable<SystemRuntime> {
  return runtimes;
}

/** Registers the monitor of a new system. */
export function addMonitored(system: SystemRuntime, monitor: SystemMonitor): void {
  monitors.set(system.facade, monitor);
  runtimes.add(system);
}

/** Removes a system that has been shut down from the list. Its monitor remains usable. */
export function removeMonitored(system: SystemRuntime): void {
  runtimes.delete(system);
}
