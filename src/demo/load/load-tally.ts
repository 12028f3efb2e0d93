import { createHistogram } from "node:perf_hooks";
import { CallError, CallOutcome } from "../../client.ts";

/** Results of the load generator, for its log line. */
export interface LoadSummary {
  readonly sent: number;
  /** Number of answers by HTTP status. */
  readonly by_status: Readonly<Record<string, number>>;
  /** Orders whose placement was acknowledged. */
  readonly placed: number;
  /** Requests that could not connect, because the shop no longer listened. */
  readonly refused: number;
  /** Requests that were sent and not answered. */
  readonly lost: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Orders that customers have connected to. */
  readonly followed: number;
  /** Those whose customers were still there when they were delivered, and were told. */
  readonly delivered: number;
}

const OK = 200;
const MICROSECONDS_PER_MS = 1_000;

/** Counts requests and their results, in bounded memory however long the load lasts. */
export class LoadTally {
  readonly #latencyUs = createHistogram();
  readonly #byStatus = new Map<number, number>();
  #sent = 0;
  #placed = 0;
  #refused = 0;
  #lost = 0;
  #followed = 0;
  #delivered = 0;

  send(): void {
    this.#sent += 1;
  }

  replied(latencyMs: number): void {
    this.#answered(OK, latencyMs);
  }

  failed(error: unknown, latencyMs: number): void {
    const { status, outcome } = error instanceof CallError ? error : {};
    if (status !== undefined) this.#answered(status, latencyMs);
    else if (outcome === CallOutcome.NotHandled) this.#refused += 1;
    else this.#lost += 1;
  }

  placed(): void {
    this.#placed += 1;
  }

  follow(): void {
    this.#followed += 1;
  }

  delivered(): void {
    this.#delivered += 1;
  }

  summary(): LoadSummary {
    return {
      sent: this.#sent,
      by_status: Object.fromEntries(this.#byStatus),
      placed: this.#placed,
      refused: this.#refused,
      lost: this.#lost,
      p50_ms: this.#percentileMs(50),
      p99_ms: this.#percentileMs(99),
      followed: this.#followed,
      delivered: this.#delivered,
    };
  }

  #answered(status: number, latencyMs: number): void {
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
    this.#latencyUs.record(Math.max(1, Math.round(latencyMs * MICROSECONDS_PER_MS)));
  }

  #percentileMs(percentile: number): number {
    if (this.#byStatus.size === 0) return 0;
    return Math.round(this.#latencyUs.percentile(percentile) / 100) / 10;
  }
}
