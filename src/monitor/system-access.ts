import type { ActorCell } from "../actor/cell/cell.ts";
import { CellRef } from "../actor/delivery/cell-ref.ts";
import { requireRuntime } from "../actor/system/create-runtime.ts";
import type { PointBook } from "../telemetry/metrics/point-book.ts";
import { type MonitoredSystem, monitoredRuntimes, monitorOf } from "./monitored-system.ts";

/*
 * Data of a system that viewers may use besides its snapshots. Viewers never get an actor itself; the
 * permitted operations on actors are in `operations`.
 */

/** Returns the systems of this process that have not been shut down, in order of creation. */
export function openSystems(): readonly MonitoredSystem[] {
  return [...monitoredRuntimes()].map(({ facade }) => facade).filter(isMonitoredSystem);
}

/** Returns whether `value` is a system created by `createSystem` of this copy of limelight. */
export function isMonitoredSystem(value: unknown): value is MonitoredSystem {
  return monitorOf(value) !== undefined;
}

/** Returns all time series of a system. */
export function pointsOf(system: MonitoredSystem): PointBook {
  return requireRuntime(system).book;
}

/**
 * Returns the running actor with that id; `undefined` when there is no such actor.
 *
 * @internal for the monitor's own files
 */
export function findCell(system: MonitoredSystem, actorId: string): ActorCell | undefined {
  for (const cell of requireRuntime(system).topLevel.descendants()) {
    if (cell.actorId === actorId) return cell;
  }
  return undefined;
}

/** Returns the state of a running actor, not a copy. It must not be modified. */
export function stateOf(
  system: MonitoredSystem,
  actorId: string,
): { readonly state: unknown } | undefined {
  const cell = findCell(system, actorId);
  return cell === undefined ? undefined : { state: cell.life.state };
}

/** Returns the id of the actor addressed by `value`; `undefined` when it is not a ref. */
export function refId(value: unknown): string | undefined {
  return CellRef.targetOf(value)?.actorId;
}

/** Releases data a system keeps for snapshots if none has been taken for a minute. */
export function forgetIfUnused(system: MonitoredSystem): void {
  monitorOf(system)?.forgetIfUnused();
}
