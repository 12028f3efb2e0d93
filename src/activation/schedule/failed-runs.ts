import type { ScheduleRecord } from "../records/schedule-record.ts";

/** Number of failed runs that are remembered; beyond it the oldest is forgotten, and its schedule runs again at once. */
const MAX_FAILED = 10_000;

/** What a failed run leads to. */
export interface FailedRun {
  /** When the run was due. */
  readonly dueAtMs: number;
  /** The schedule afterwards; `undefined`: removed. */
  readonly next: ScheduleRecord | undefined;
  /** `error.type` of the failure. */
  readonly errorType: string;
  /** Whether it was logged that the schedule is given up. */
  reported: boolean;
}

/**
 * Failed runs whose consequences are not stored yet, of all actors of a system.
 *
 * A failure restarts or ends the life of the actor, and with it everything that was buffered. What follows for the
 * schedule is kept here and buffered again by the next life, so that the schedule waits for its next attempt.
 */
export class FailedRuns {
  readonly #runs = new Map<string, FailedRun>();

  /** @param id the schedule's key in the store */
  add(id: string, run: FailedRun): void {
    this.#runs.delete(id);
    this.#runs.set(id, run);
    if (this.#runs.size <= MAX_FAILED) return;
    const [oldest = ""] = this.#runs.keys();
    this.#runs.delete(oldest);
  }

  /** Returns the failed run of a schedule that is due at `dueAtMs`. */
  find(id: string, dueAtMs: number): FailedRun | undefined {
    const run = this.#runs.get(id);
    if (run === undefined || run.dueAtMs === dueAtMs) return run;
    this.#runs.delete(id); // the schedule was replaced
    return undefined;
  }

  /** Forgets a run whose consequences are stored. */
  settle(id: string, run: FailedRun): void {
    if (this.#runs.get(id) === run) this.#runs.delete(id);
  }
}
