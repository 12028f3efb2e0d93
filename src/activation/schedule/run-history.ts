import type { ScheduleOutcome, ScheduleRun } from "../definition/schedule-types.ts";
import { MAX_RUNS } from "../records/schedule-record.ts";

/** Returns the history with one more run at its end; of its error only the code or class is kept. */
export function withRun(
  runs: readonly ScheduleRun[],
  atMs: number,
  outcome: ScheduleOutcome,
  errorType?: string,
): readonly ScheduleRun[] {
  return [...runs, { atMs, outcome, errorType }].slice(-MAX_RUNS);
}
