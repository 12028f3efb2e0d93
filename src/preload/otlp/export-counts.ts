import { NameCap } from "../../base/names.ts";

/** Why an item was not passed to the exporter. */
export const DropReason = {
  /** The queue held as many items as it may. The value is OpenTelemetry's. */
  QueueFull: "queue_full",
  /** The items in the queue and those being sent were as large as they may be together. */
  QueueBytesFull: "queue_bytes_full",
  /** The item was made after `stopTelemetry()`. */
  AlreadyShutdown: "already_shutdown",
  /** The deadline of a shutdown passed first. */
  ShutdownDeadline: "shutdown_deadline",
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Distinct `error.type` values of failed exports. Further ones are reported as `_OTHER`. */
const MAX_ERROR_TYPES = 50;

/** Counts of a process's spans or log records so far. made = waiting + in flight + exported + failed + dropped. */
export interface ExportTotals {
  /** Sampled spans that ended, or log records that were written. */
  readonly made: number;
  /** In the queue. */
  readonly waiting: number;
  /** Passed to the exporter, which has not reported the result yet. */
  readonly inFlight: number;
  /** Accepted by the collector. */
  readonly exported: number;
  /** Sent, and rejected or lost. */
  readonly failed: number;
  /** Never sent. */
  readonly dropped: number;
}

/** The counts before the first item. */
export const NOTHING_MADE: ExportTotals = {
  made: 0,
  waiting: 0,
  inFlight: 0,
  exported: 0,
  failed: 0,
  dropped: 0,
};

/** Counts the results of all items of a queue, in plain numbers that metrics and reports read. */
export class ExportCounts {
  made = 0;
  /** Number of items passed to the exporter. */
  submitted = 0;
  exported = 0;
  readonly #dropped = new Map<DropReason, number>([[DropReason.QueueFull, 0]]);
  readonly #failed = new Map<string, number>();
  readonly #errorTypes = new NameCap(MAX_ERROR_TYPES);

  drop(reason: DropReason, items: number): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + items);
  }

  fail(errorType: string, items: number): void {
    const type = this.#errorTypes.admit(errorType);
    this.#failed.set(type, (this.#failed.get(type) ?? 0) + items);
  }

  /** Items never sent, by reason. */
  get dropped(): ReadonlyMap<DropReason, number> {
    return this.#dropped;
  }

  /** Items whose export failed, by `error.type`. */
  get failed(): ReadonlyMap<string, number> {
    return this.#failed;
  }

  totals(): ExportTotals {
    const { made, submitted, exported } = this;
    const failed = sum(this.#failed);
    const dropped = sum(this.#dropped);
    const waiting = made - submitted - dropped;
    return { made, waiting, inFlight: submitted - exported - failed, exported, failed, dropped };
  }
}

function sum(counts: ReadonlyMap<string, number>): number {
  let total = 0;
  for (const count of counts.values()) total += count;
  return total;
}
