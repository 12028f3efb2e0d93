import type { ActorSystem } from "../actor/definition/actor-system.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import type { Monitor, SystemMonitor } from "./monitor.ts";

/** A system and its monitor. */
export interface MonitoredSystem extends ActorSystem {
  /** Who waits for whom, what is stuck, and what needs attention. */
  readonly monitor: Monitor;
}

const monitors = new WeakMap<object, SystemMonitor>();

/** The systems of this process that are not shut down: an actor of one may wait for one of another. */
const runtimes = new Set<SystemRuntime>();

/** The monitor of a system; `undefined` for what is no system with a monitor of this copy of limelight. */
export function monitorOf(system: unknown): SystemMonitor | undefined {
  return typeof system === "object" && system !== null ? monitors.get(system) : undefined;
}

/** The runtimes of all systems that have a monitor and are not shut down, in the order they were created. */
export function monitoredRuntimes(): Iterable<SystemRuntime> {
  return runtimes;
}

/** Registers the monitor of a new system. */
export function addMonitored(system: SystemRuntime, monitor: SystemMonitor): void {
  monitors.set(system.facade, monitor);
  runtimes.add(system);
}

/** Forgets a system that has been shut down; its monitor can still be asked. */
export function removeMonitored(system: SystemRuntime): void {
  runtimes.delete(system);
}
