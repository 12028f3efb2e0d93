import { NameCap } from "../base/names.ts";

/** Why a span never reached the exporter. */
export const DropReason = {
  /** The queue was full. The word is OpenTelemetry's. */
  QueueFull: "queue_full",
  /** It ended after `stopTelemetry()`. */
  AlreadyShutdown: "already_shutdown",
  /** The deadline of a shutdown came first. */
  ShutdownDeadline: "shutdown_deadline",
} as const;
export type DropReason = (typeof DropReason)[keyof typeof DropReason];

/** Distinct `error.type` values of failed exports; further ones become `_OTHER`. */
const MAX_ERROR_TYPES = 50;

/** The spans of a process so far. made = waiting + in flight + exported + failed + dropped. */
export interface SpanTotals {
  /** Sampled spans that ended. */
  readonly made: number;
  /** In the queue. */
  readonly waiting: number;
  /** Handed to the exporter, whose answer is not in yet. */
  readonly inFlight: number;
  /** Taken by the collector. */
  readonly exported: number;
  /** Sent, and refused or lost. */
  readonly failed: number;
  /** Never sent. */
  readonly dropped: number;
}

/** The books before the first span. */
export const NO_SPANS: SpanTotals = {
  made: 0,
  waiting: 0,
  inFlight: 0,
  exported: 0,
  failed: 0,
  dropped: 0,
};

/** Where every sampled span of a queue went: plain numbers that metrics and reports read. */
export class SpanCounts {
  made = 0;
  /** Handed to the exporter. */
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
