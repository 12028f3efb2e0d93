import type { ActorCell } from "../actor/cell/cell.ts";
import { CellRef } from "../actor/delivery/cell-ref.ts";
import { write } from "../actor/lifecycle/logging.ts";
import { requireRuntime } from "../actor/system/create-runtime.ts";
import type { Clock } from "../base/clock.ts";
import type { PointBook } from "../telemetry/metrics/point-book.ts";
import type { ActorTracing } from "../telemetry/traces/actor-tracing.ts";
import type { SystemInteractions } from "../wire/interactions.ts";
import { beforeShutdown, hasShutdownBegun } from "./before-shutdown.ts";
import { type MonitoredSystem, monitoredRuntimes, monitorOf } from "./monitored-system.ts";
import type { InteractionFilter } from "./rows/interaction-rows.ts";

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

/** What a gateway uses of its system, besides the actors. */
export interface GatewayHost {
  readonly name: string;
  readonly clock: Clock;
  readonly book: PointBook;
  readonly tracing: Pick<ActorTracing, "openServer" | "active">;
  /** Whether lines of requests are written. */
  readonly isVerbose: () => boolean;
  /** Writes a line. Never throws. */
  readonly log: (level: "debug" | "info" | "warn" | "error", fields: object, text: string) => void;
  /** Logs a degraded condition, at most 3 times in 30 s per event and key. */
  readonly warn: (event: string, key: string, fields: object, text: string) => void;
  /** Whether the system is being shut down, or was. */
  readonly isEnding: () => boolean;
  /** Adds work that is done first when the system is shut down. Returns what removes it. */
  readonly beforeShutdown: (work: (deadlineMs: number) => Promise<unknown>) => () => void;
}

/** Returns what a gateway uses of `system`. */
export function gatewayHostOf(system: MonitoredSystem): GatewayHost {
  const runtime = requireRuntime(system);
  const { name, clock, book, tracing, logger } = runtime;
  runtime.bindTelemetry();
  return {
    name,
    clock,
    book,
    tracing,
    isVerbose: () => logger.isLevelEnabled("debug"),
    log: (level, fields, text) => write(logger, level, fields, text),
    warn: (event, key, fields, text) => runtime.warn(event, key, fields, text),
    isEnding: () => hasShutdownBegun(system),
    beforeShutdown: (work) => beforeShutdown(system, work),
  };
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

/** Returns who has sent to whom in a system, by type of actor. */
export function interactionsOf(
  system: MonitoredSystem,
  filter: InteractionFilter,
): Omit<SystemInteractions, "system"> {
  return monitorOf(system)?.interactions(filter) ?? { windowMs: 0, edges: [], hidden: 0 };
}

/** Releases data a system keeps for snapshots if none has been taken for a minute. */
export function forgetIfUnused(system: MonitoredSystem): void {
  monitorOf(system)?.forgetIfUnused();
}
