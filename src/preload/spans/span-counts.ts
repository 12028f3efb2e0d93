import { NameCap } from "../../base/names.ts";

/** Why a span was not passed to the exporter. */
export const DropReason = {
  /** The queue was full. The value is OpenTelemetry's. */
  QueueFull: "queue_full",
  /** The span ended after `stopTelemetry()`. */
  AlreadyShutdown: "already_shutdown",
  /** The deadline of a shutdown passed first. */
  ShutdownDeadline: "shutdown_deadline",
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Distinct `error.type` values of failed exports. Further ones are reported as `_OTHER`. */
const MAX_ERROR_TYPES = 50;

/** Counts of a process's spans so far. made = waiting + in flight + exported + failed + dropped. */
export interface SpanTotals {
  /** Sampled spans that ended. */
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

/** The counts before the first span. */
export const NO_SPANS: SpanTotals = {
  made: 0,
  waiting: 0,
  inFlight: 0,
  exported: 0,
  failed: 0,
  dropped: 0,
};

/** Counts the results of all sampled spans of a queue, in plain numbers that metrics and reports read. */
export class SpanCounts {
  made = 0;
  /** Number of spans passed to the exporter. */
  submitted = 0;
  exported = 0;
  readonly #dropped = new Map<DropReason, number>([[DropReason.QueueFull, 0]]);
  readonly #failed = new Map<string, number>();
  readonly #errorTypes = new NameCap(MAX_ERROR_TYPES);

  drop(reason: DropReason, spans: number): void {
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + spans);
  }

  fail(errorType: string, spans: number): void {
    const type = this.#errorTypes.admit(errorType);
    this.#failed.set(type, (this.#failed.get(type) ?? 0) + spans);
  }

  /** Spans never sent, by reason. */
  get dropped(): ReadonlyMap<DropReason, number> {
    return this.#dropped;
  }

  /** Spans whose export failed, by `error.type`. */
  get failed(): ReadonlyMap<string, number> {
    return this.#failed;
  }

  totals(): SpanTotals {
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
