import { ActorState, isAbnormal } from "../telemetry/attributes.ts";
import type { ActorRow, Deadlock, Snapshot, StuckHandler } from "./snapshot.ts";

/**
 * The condition of an actor in one word. If several apply, the most severe one is taken; they are listed by
 * severity.
 *
 * @enum
 */
export const Condition = {
  /** It is part of a cycle of actors that wait for each other. */
  Deadlock: "deadlock",
  /** Its handler or hook has been running for longer than its type allows. */
  Stuck: "stuck",
  /** It ended abnormally. */
  Failed: "failed",
  /** It is being restarted; this includes the back-off. */
  Restarting: "restarting",
  /** Its handler or one of its tasks waits for another actor. */
  Waiting: "waiting",
  Starting: "starting",
  Stopping: "stopping",
  /** It is handling a message, or has messages in its mailbox. */
  Busy: "busy",
  Idle: "idle",
  /** It ended normally. */
  Stopped: "stopped",
} as const;
export type Condition = (typeof Condition)[keyof typeof Condition];

const LEAST_SEVERE_FIRST: readonly Condition[] = Object.values(Condition).toReversed();

/** Returns the severity of a condition, from 0; higher is worse. */
export function severity(condition: Condition): number {
  return LEAST_SEVERE_FIRST.indexOf(condition);
}

/** Semantic colour of a condition. Each viewer maps it to a colour of its own. */
export const ConditionTone = {
  Alarm: "alarm",
  Bad: "bad",
  Warn: "warn",
  Wait: "wait",
  Work: "work",
  Faint: "faint",
} as const;
export type ConditionTone = (typeof ConditionTone)[keyof typeof ConditionTone];

export function conditionTone(condition: Condition): ConditionTone {
  switch (condition) {
    case Condition.Deadlock:
      return ConditionTone.Alarm;
    case Condition.Stuck:
    case Condition.Failed:
      return ConditionTone.Bad;
    case Condition.Restarting:
      return ConditionTone.Warn;
    case Condition.Waiting:
      return ConditionTone.Wait;
    case Condition.Starting:
    case Condition.Stopping:
    case Condition.Busy:
      return ConditionTone.Work;
    case Condition.Idle:
    case Condition.Stopped:
      return ConditionTone.Faint;
  }
}

/** Returns whether a condition needs attention. */
export function isProblem(condition: Condition): boolean {
  switch (condition) {
    case Condition.Deadlock:
    case Condition.Stuck:
    case Condition.Failed:
    case Condition.Restarting:
      return true;
    case Condition.Waiting:
    case Condition.Starting:
    case Condition.Stopping:
    case Condition.Busy:
    case Condition.Idle:
    case Condition.Stopped:
      return false;
  }
}

/** The monitor's findings by actor. */
export interface Findings {
  readonly deadlocks: ReadonlyMap<string, Deadlock>;
  readonly stuck: ReadonlyMap<string, StuckHandler>;
}

/** Returns the deadlocks and stuck handlers of the given systems, indexed by the actors in them. */
export function findingsOf(snapshots: Iterable<Pick<Snapshot, "deadlocks" | "stuck">>): Findings {
  const deadlocks = new Map<string, Deadlock>();
  const stuck = new Map<string, StuckHandler>();
  for (const snapshot of snapshots) {
    for (const deadlock of snapshot.deadlocks) {
      for (const { id } of deadlock.members) deadlocks.set(id, deadlock);
    }
    for (const handler of snapshot.stuck) stuck.set(handler.id, handler);
  }
  return { deadlocks, stuck };
}

/**
 * Returns the condition of an actor. Findings about an ended actor are outdated and ignored.
 */
export function conditionOf(row: ActorRow, { deadlocks, stuck }: Findings): Condition {
  if (row.stopped !== null) {
    return isAbnormal(row.stopped.reason) ? Condition.Failed : Condition.Stopped;
  }
  if (deadlocks.has(row.id)) return Condition.Deadlock;
  if (stuck.has(row.id)) return Condition.Stuck;
  if (row.supervision.backingOff) return Condition.Restarting;
  switch (row.state) {
    case ActorState.Starting:
      return Condition.Starting;
    case ActorState.Running:
      return runningCondition(row);
    case ActorState.Restarting:
      return Condition.Restarting;
    case ActorState.Stopping:
      return Condition.Stopping;
    case "stopped":
      return Condition.Stopped;
  }
}

function runningCondition({ waits, busy, mailbox }: ActorRow): Condition {
  if (waits.length > 0) return Condition.Waiting;
  return busy !== null || mailbox.depth > 0 ? Condition.Busy : Condition.Idle;
}
