import type { Schedule } from "../definition/schedule-types.ts";
import type { ScheduleRecord } from "../records/schedule-record.ts";

/** Where an entry is on its way to its handler. */
export const EntryPhase = { Waiting: "waiting", Queued: "queued", Running: "running" } as const;
export type EntryPhase = (typeof EntryPhase)[keyof typeof EntryPhase];

/** A schedule in memory. Setting it again makes another entry, which a run under way does not affect. */
export interface ScheduleEntry {
  readonly id: string;
  readonly record: ScheduleRecord;
  phase: EntryPhase;
}

/** Returns what users see of an entry. */
export function publicSchedule({ id, record }: ScheduleEntry): Schedule {
  return {
    id,
    messageType: record.message,
    dueAtMs: record.dueAtMs,
    cron: record.cron,
    attempts: record.attempts,
    lastRun: record.runs.at(-1),
  };
}

/** Orders entries by due time, then id. */
export function byDueTime(one: ScheduleEntry, other: ScheduleEntry): number {
  return one.record.dueAtMs - other.record.dueAtMs || (one.id < other.id ? -1 : 1);
}
