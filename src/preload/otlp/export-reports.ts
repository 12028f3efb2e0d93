import type { Clock } from "../../base/clock.ts";
import type { Diagnostics } from "../diagnostics.ts";

/** Time between the first two reports of an outage; it doubles with each. */
const FIRST_INTERVAL_MS = 60_000;
const MAX_INTERVAL_MS = 3_600_000;
const SECOND_MS = 1_000;

/** Why an export failed. */
export interface ExportFailure {
  readonly errorType: string;
  readonly reason: string | undefined;
  /** Number of items that were lost; absent where a later export carries the same totals. */
  readonly lost?: number;
}

/**
 * Reports failed exports to one collector: the first failure of an outage, then one line after 1 min, 2 min, 4 min
 * and so on, at most one per hour, and a line when exports succeed again. A failure of another type is reported at
 * once.
 */
export class ExportReports {
  readonly #signal: string;
  readonly #clock: Clock;
  readonly #diagnostics: Diagnostics;
  /** Start of the outage on the monotonic clock; `undefined` while exports succeed. */
  #sinceMs: number | undefined;
  #nextMs = 0;
  #intervalMs = FIRST_INTERVAL_MS;
  #errorType = "";
  #failures = 0;
  #unreportedFailures = 0;
  #unreportedItems = 0;

  /** @param signal what is exported, as in `spans not exported` */
  constructor(signal: string, clock: Clock, diagnostics: Diagnostics) {
    this.#signal = signal;
    this.#clock = clock;
    this.#diagnostics = diagnostics;
  }

  failed({ errorType, reason, lost = 0 }: ExportFailure): void {
    const nowMs = this.#clock.monotonicMs();
    this.#sinceMs ??= nowMs;
    this.#failures += 1;
    this.#unreportedFailures += 1;
    this.#unreportedItems += lost;
    const known = errorType === this.#errorType;
    if (known && nowMs < this.#nextMs) return;
    if (known) this.#intervalMs = Math.min(this.#intervalMs * 2, MAX_INTERVAL_MS);
    this.#errorType = errorType;
    this.#nextMs = nowMs + this.#intervalMs;
    const items = this.#unreportedItems > 0 ? { [this.#signal]: this.#unreportedItems } : {};
    const failures = this.#unreportedFailures > 1 ? { failures: this.#unreportedFailures } : {};
    this.#unreportedFailures = 0;
    this.#unreportedItems = 0;
    this.#diagnostics.report(`${this.#signal} not exported`, {
      ...items,
      ...failures,
      error_type: errorType,
      reason,
    });
  }

  succeeded(): void {
    if (this.#sinceMs === undefined) return;
    const seconds = Math.round((this.#clock.monotonicMs() - this.#sinceMs) / SECOND_MS);
    this.#diagnostics.report(`${this.#signal} exported again`, {
      failures: this.#failures,
      outage_s: seconds,
    });
    this.#sinceMs = undefined;
    this.#errorType = "";
    this.#intervalMs = FIRST_INTERVAL_MS;
    this.#failures = 0;
    this.#unreportedFailures = 0;
    this.#unreportedItems = 0;
  }
}
