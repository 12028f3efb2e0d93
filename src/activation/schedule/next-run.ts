import { MissedRuns, type ScheduleOutcome } from "../definition/schedule-types.ts";
import type { ScheduleRecord } from "../records/schedule-record.ts";
import { nextOccurrence } from "./cron.ts";
import { withRun } from "./run-history.ts";

/** How long a schedule waits after each failed run; it is given up after the last one. */
const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 16_000];

/** How a run has ended. */
export interface RunEnd {
  readonly atMs: number;
  readonly outcome: ScheduleOutcome;
  readonly errorType?: string;
}

/** Returns the schedule after a run that did not fail; `undefined` when there is nothing left to run. */
export function afterRun(record: ScheduleRecord, end: RunEnd): ScheduleRecord | undefined {
  return nextTime(record, end, 0);
}

/**
 * Returns the schedule after a failed run; `undefined` when it is given up. The next attempt of a cron schedule is its
 * next occurrence.
 */
export function afterFailure(record: ScheduleRecord, end: RunEnd): ScheduleRecord | undefined {
  const attempts = record.attempts + 1;
  if (record.cron !== undefined) return nextTime(record, end, attempts);
  const waitMs = RETRY_MS[record.attempts];
  if (waitMs === undefined) return undefined;
  const runs = withRun(record.runs, end.atMs, end.outcome, end.errorType);
  return { ...record, attempts, runs, dueAtMs: Math.ceil(end.atMs) + waitMs };
}

/**
 * The next occurrence is derived from the expression, so that late runs do not shift later ones. It is after the last
 * one even if the clock was set back.
 */
function nextTime(
  record: ScheduleRecord,
  end: RunEnd,
  attempts: number,
): ScheduleRecord | undefined {
  const { cron: expression, timeZone = "UTC" } = record;
  if (expression === undefined) return undefined;
  const afterMs = Math.max(end.atMs, record.dueAtMs);
  const dueAtMs = nextOccurrence({ expression, timeZone }, afterMs);
  if (dueAtMs === undefined) return undefined;
  return {
    ...record,
    attempts,
    dueAtMs,
    runs: withRun(record.runs, end.atMs, end.outcome, end.errorType),
  };
}

/**
 * Returns whether an occurrence has passed while no process ran and is to be left out.
 *
 * @param latenessMs time since it was due
 * @param upMs for how long the process has been running
 */
export function isLeftOut(record: ScheduleRecord, latenessMs: number, upMs: number): boolean {
  if (record.cron === undefined || record.missed === MissedRuns.RunOnce) return false;
  return latenessMs > upMs;
}
