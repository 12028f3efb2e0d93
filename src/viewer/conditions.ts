import type { ActorRow, Deadlock, StuckHandler } from "../wire/snapshot.ts";
import type { SystemModel } from "./model.ts";

/** How an actor is doing, in one word: the worst that holds. */
export const Condition = {
  Deadlock: "deadlock",
  Stuck: "stuck",
  /** Ended, and not because anybody wanted it to. */
  Failed: "failed",
  Restarting: "restarting",
  /** Behind a full mailbox or an answer that does not come. */
  Waiting: "waiting",
  Starting: "starting",
  Stopping: "stopping",
  Busy: "busy",
  Idle: "idle",
  Stopped: "stopped",
} as const;
export type Condition = (typeof Condition)[keyof typeof Condition];

/** Conditions somebody should look at. */
export const PROBLEMS: ReadonlySet<Condition> = new Set([
  Condition.Deadlock,
  Condition.Stuck,
  Condition.Failed,
  Condition.Restarting,
]);

const ORDER: readonly Condition[] = [
  Condition.Stopped,
  Condition.Idle,
  Condition.Busy,
  Condition.Stopping,
  Condition.Starting,
  Condition.Waiting,
  Condition.Restarting,
  Condition.Failed,
  Condition.Stuck,
  Condition.Deadlock,
];
const SEVERITY: ReadonlyMap<Condition, number> = new Map(ORDER.map((name, at) => [name, at]));

/** The worse, the higher. */
export function severity(condition: Condition): number {
  return SEVERITY.get(condition) ?? 0;
}

/** Ends that were part of a plan. */
const WANTED_ENDS: ReadonlySet<string> = new Set(["normal", "parent_stopped", "shutdown"]);

/** What the monitor has found of a system, by actor. */
export interface Findings {
  readonly deadlocks: ReadonlyMap<string, Deadlock>;
  readonly stuck: ReadonlyMap<string, StuckHandler>;
}

/** The system's deadlocks and stuck handlers by the actors in them. */
export function findingsOf({ state }: SystemModel): Findings {
  const deadlocks = new Map<string, Deadlock>();
  for (const deadlock of state.deadlocks) {
    for (const { id } of deadlock.members) deadlocks.set(id, deadlock);
  }
  return { deadlocks, stuck: new Map(state.stuck.map((handler) => [handler.id, handler])) };
}

/** How an actor is doing. */
export function conditionOf(row: ActorRow, { deadlocks, stuck }: Findings): Condition {
  if (row.stopped !== null) {
    return WANTED_ENDS.has(row.stopped.reason) ? Condition.Stopped : Condition.Failed;
  }
  if (deadlocks.has(row.id)) return Condition.Deadlock;
  if (stuck.has(row.id)) return Condition.Stuck;
  return stateCondition(row);
}

function stateCondition({ state, supervision, waits, busy, mailbox }: ActorRow): Condition {
  if (state === "restarting" || supervision.backingOff) return Condition.Restarting;
  if (state === "starting") return Condition.Starting;
  if (state === "stopping") return Condition.Stopping;
  if (state === "stopped") return Condition.Stopped;
  if (waits.length > 0) return Condition.Waiting;
  return busy !== null || mailbox.depth > 0 ? Condition.Busy : Condition.Idle;
}

/** How full a mailbox is. */
export const Fill = { Normal: "normal", High: "high", Critical: "critical" } as const;
export type Fill = (typeof Fill)[keyof typeof Fill];

/** High from half full, critical from four fifths. */
export function fillLevel(share: number): Fill {
  if (share >= 0.8) return Fill.Critical;
  return share >= 0.5 ? Fill.High : Fill.Normal;
}
