import { createHistogram } from "node:perf_hooks";

/** Results of the load generator, for its log line. */
export interface LoadSummary {
  readonly sent: number;
  /** Number of answers by HTTP status. */
  readonly by_status: Readonly<Record<string, number>>;
  /** Requests that could not connect, because the shop no longer listened. */
  readonly refused: number;
  /** Requests that were sent and not answered. */
  readonly lost: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

const MICROSECONDS_PER_MS = 1_000;

/** Counts requests and their results, in bounded memory however long the load lasts. */
export class LoadTally {
  readonly #latencyUs = createHistogram();
  readonly #byStatus = new Map<number, number>();
  #sent = 0;
  #refused = 0;
  #lost = 0;

  get sent(): number {
    return this.#sent;
  }

  send(): void {
    this.#sent += 1;
  }

  answered(status: number, latencyMs: number): void {
    this.#byStatus.set(status, (this.#byStatus.get(status) ?? 0) + 1);
    this.#latencyUs.record(Math.max(1, Math.round(latencyMs * MICROSECONDS_PER_MS)));
  }

  failed(error: unknown): void {
    if (isRefused(error)) this.#refused += 1;
    else this.#lost += 1;
  }

  summary(): LoadSummary {
    return {
      sent: this.#sent,
      by_status: Object.fromEntries(this.#byStatus),
      refused: this.#refused,
      lost: this.#lost,
      p50_ms: this.#percentileMs(50),
      p99_ms: this.#percentileMs(99),
    };
  }

  #percentileMs(percentile: number): number {
    if (this.#byStatus.size === 0) return 0;
    return Math.round(this.#latencyUs.percentile(percentile) / 100) / 10;
  }
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause && cause.code === "ECONNREFUSED";
}
