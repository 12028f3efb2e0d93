import { isAbnormal } from "../../telemetry/attributes.ts";
import type { Deadlock, StuckHandler } from "../../wire/snapshot.ts";
import { Tone } from "../text/styled-line.ts";
import type { LiveActor, LiveActors } from "./live-actors.ts";

/** How an actor fares: the first that holds, the worst first. */
export const Condition = {
  Deadlock: "deadlock",
  Stuck: "stuck",
  Restarting: "restarting",
  /** It has ended, and nobody had planned that. */
  Dead: "dead",
  Stopping: "stopping",
  Starting: "starting",
  /** In the middle of a message for half a second. */
  Busy: "busy",
  Running: "running",
  Idle: "idle",
  /** It has ended as it was to. */
  Ended: "ended",
} as const;
export type Condition = (typeof Condition)[keyof typeof Condition];

const BUSY_AFTER_MS = 500;
const SEVERITY = Object.values(Condition).toReversed();

/** Grows with how bad it is. */
export function severity(condition: Condition): number {
  return SEVERITY.indexOf(condition);
}

/** What is wrong in all systems, by actor; made once a frame. */
export interface Troubles {
  readonly deadlocks: ReadonlyMap<string, Deadlock>;
  readonly stuck: ReadonlyMap<string, StuckHandler>;
  readonly nowAtMs: number;
}

export function findTroubles({ systems, nowAtMs }: LiveActors): Troubles {
  const deadlocks = new Map<string, Deadlock>();
  const stuck = new Map<string, StuckHandler>();
  for (const { snapshot } of systems.values()) {
    for (const deadlock of snapshot.deadlocks) {
      for (const { id } of deadlock.members) deadlocks.set(id, deadlock);
    }
    for (const handler of snapshot.stuck) stuck.set(handler.id, handler);
  }
  return { deadlocks, stuck, nowAtMs };
}

export function conditionOf({ row }: LiveActor, troubles: Troubles): Condition {
  if (troubles.deadlocks.has(row.id)) return Condition.Deadlock;
  if (troubles.stuck.has(row.id)) return Condition.Stuck;
  switch (row.state) {
    case "restarting":
      return Condition.Restarting;
    case "stopped":
      return row.stopped !== null && isAbnormal(row.stopped.reason)
        ? Condition.Dead
        : Condition.Ended;
    case "stopping":
      return Condition.Stopping;
    case "starting":
      return Condition.Starting;
    case "running": {
      if (row.busy === null) return Condition.Idle;
      const busyMs = troubles.nowAtMs - row.busy.sinceAtMs;
      return busyMs >= BUSY_AFTER_MS ? Condition.Busy : Condition.Running;
    }
  }
}

export function conditionTone(condition: Condition): Tone {
  switch (condition) {
    case Condition.Deadlock:
      return Tone.Alarm;
    case Condition.Stuck:
    case Condition.Dead:
      return Tone.Bad;
    case Condition.Restarting:
    case Condition.Stopping:
    case Condition.Starting:
      return Tone.Warn;
    case Condition.Ended:
    case Condition.Idle:
      return Tone.Dim;
    case Condition.Busy:
      return Tone.Busy;
    case Condition.Running:
      return Tone.Good;
  }
}

/** Restarts that were seen within the actor's window, and whether one more would be too many. */
export function restartsInWindow(
  { row, restartedAtMs }: LiveActor,
  nowAtMs: number,
): { readonly count: number; readonly atLimit: boolean } {
  const { windowMs, maxRestarts } = row.supervision;
  const count = restartedAtMs.filter((atMs) => atMs > nowAtMs - windowMs).length;
  return { count, atLimit: count > 0 && count >= maxRestarts };
}

/**
 * What is remarkable about an actor, a letter each: `D` in a deadlock, `S` stuck, `B` waits before a
 * restart, `!` at its limit of restarts, `R` has restarted, `W` waits for somebody, `F` its mailbox is full, `L`
 * has links, `X` ended.
 */
export function flagsOf(actor: LiveActor, troubles: Troubles): string {
  const { row } = actor;
  const { supervision, mailbox, waits } = row;
  const flags: readonly (readonly [string, boolean])[] = [
    ["D", troubles.deadlocks.has(row.id)],
    ["S", troubles.stuck.has(row.id)],
    ["!", restartsInWindow(actor, troubles.nowAtMs).atLimit],
    ["B", supervision.backingOff],
    ["F", mailbox.depth >= mailbox.limit],
    ["X", row.stopped !== null],
    ["R", supervision.restarts > 0],
    ["W", waits.length > 0],
    ["L", supervision.links.length > 0],
  ];
  return flags.map(([letter, holds]) => (holds ? letter : "")).join("");
}
