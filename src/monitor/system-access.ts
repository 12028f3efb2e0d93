import type { ActorCell } from "../actor/cell/cell.ts";
import { CellRef } from "../actor/delivery/cell-ref.ts";
import { requireRuntime } from "../actor/system/create-runtime.ts";
import type { PointBook } from "../telemetry/point-book.ts";
import { type MonitoredSystem, monitoredRuntimes, monitorOf } from "./monitored-system.ts";

/*
 * What viewers may have of a system besides its snapshots. Whoever shows a system gets no actor in hand:
 * what they may do to one is in `operations`.
 */

/** The systems of this process that have not been shut down, in the order they were made. */
export function openSystems(): readonly MonitoredSystem[] {
  return [...monitoredRuntimes()].map(({ facade }) => facade).filter(isMonitoredSystem);
}

/** Whether `value` is a system that `createSystem` of this copy of limelight has made. */
export function isMonitoredSystem(value: unknown): value is MonitoredSystem {
  return monitorOf(value) !== undefined;
}

/** All time series of a system. */
export function pointsOf(system: MonitoredSystem): PointBook {
  return requireRuntime(system).book;
}

/**
 * The living actor of that id; `undefined` when there is none.
 *
 * @internal for the monitor's own files
 */
export function findCell(system: MonitoredSystem, actorId: string): ActorCell | undefined {
  for (const cell of requireRuntime(system).topLevel.descendants()) {
    if (cell.actorId === actorId) return cell;
  }
  return undefined;
}

/** The state of a living actor, itself and no copy: it is for reading. */
export function stateOf(
  system: MonitoredSystem,
  actorId: string,
): { readonly state: unknown } | undefined {
  const cell = findCell(system, actorId);
  return cell === undefined ? undefined : { state: cell.life.state };
}

/** The id of the actor that `value` is the address of; `undefined` when it is none. */
export function refId(value: unknown): string | undefined {
  return CellRef.targetOf(value)?.actorId;
}

/** Lets go of what a system keeps for snapshots, when nobody has taken one for a minute. */
export function forgetIfUnused(system: MonitoredSystem): void {
  monitorOf(system)?.forgetIfUnused();
}
