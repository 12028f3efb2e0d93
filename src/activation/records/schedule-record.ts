import { MissedRuns, ScheduleOutcome, type ScheduleRun } from "../definition/schedule-types.ts";
import {
  decodeRecord,
  encodeRecord,
  isAny,
  isCount,
  isText,
  optional,
  type Shape,
} from "./record-format.ts";

/** Maximum number of runs that a record keeps. */
export const MAX_RUNS = 10;

/** A schedule as it is stored; its id is part of the key. */
export interface ScheduleRecord {
  /** The message that is sent. */
  readonly message: string;
  readonly args: readonly unknown[];
  /** The next time. */
  readonly dueAtMs: number;
  /** Expression of a cron schedule, with its time zone and policy. */
  readonly cron?: string;
  readonly timeZone?: string;
  readonly missed?: MissedRuns;
  /** Failed runs since the last success. */
  readonly attempts: number;
  /** The last runs, oldest first. */
  readonly runs: readonly ScheduleRun[];
  /** Trace in which the schedule was set, as in a `traceparent` header. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** Id of the request from outside that has caused it. */
  readonly requestId?: string;
}

const OUTCOMES: readonly unknown[] = Object.values(ScheduleOutcome);
const POLICIES: readonly unknown[] = Object.values(MissedRuns);

function isRun(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { atMs, outcome, errorType } = value as Partial<ScheduleRun>;
  return isCount(atMs) && OUTCOMES.includes(outcome) && optional(isText)(errorType);
}

const SHAPE: Shape<ScheduleRecord> = {
  message: isText,
  args: Array.isArray,
  dueAtMs: isCount,
  cron: optional(isText),
  timeZone: optional(isText),
  missed: optional((value) => POLICIES.includes(value)),
  attempts: isCount,
  runs: (value) => Array.isArray(value) && value.every(isRun),
  traceparent: optional(isText),
  tracestate: optional(isAny),
  requestId: optional(isText),
};

/** Returns the bytes of a schedule with its last {@link MAX_RUNS} runs. */
export function encodeSchedule(record: ScheduleRecord): Uint8Array {
  return encodeRecord({ ...record, runs: record.runs.slice(-MAX_RUNS) });
}

/**
 * Reads a schedule.
 *
 * @throws {@link StoreError} `ERR_STORE_CORRUPT`, `ERR_STORE_NEWER_FORMAT`. Such a schedule is logged and stays stored:
 *   it does not prevent the start of its actor.
 */
export function decodeSchedule(key: string, value: Uint8Array): ScheduleRecord {
  const record: ScheduleRecord = decodeRecord(key, value, SHAPE);
  const runs = record.runs.map(({ atMs, outcome, errorType }) => ({ atMs, outcome, errorType }));
  return { ...record, runs };
}
