import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { OtlpEndpoint } from "./otlp-endpoint.ts";
import { type Attempt, AttemptKind, CONNECT_TIMEOUT, postOtlp } from "./otlp-post.ts";

/** Back-off between attempts, as in OpenTelemetry's exporters. */
const FIRST_BACK_OFF_MS = 1_000;
const BACK_OFF_FACTOR = 1.5;
const MAX_BACK_OFF_MS = 5_000;
const JITTER = 0.2;
const MAX_RETRIES = 5;

/** Status codes that the protocol defines as retryable. */
const RETRYABLE_STATUS: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** Result of a payload after its last attempt. */
export type Delivery =
  | { readonly delivered: true; readonly answer: Uint8Array }
  | { readonly delivered: false; readonly errorType: string; readonly message: string };

type FailedAttempt = Exclude<Attempt, { readonly kind: typeof AttemptKind.Accepted }>;

/** Progress of a delivery. */
interface Progress {
  readonly retries: number;
  readonly expiryMs: number;
  readonly signal: AbortSignal;
}

/**
 * Delivers payloads to one collector, with retries within the endpoint's timeout.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#failures | OTLP: failures and retries}
 */
export class OtlpDelivery {
  readonly #endpoint: OtlpEndpoint;
  readonly #clock: Clock;
  readonly #sleepers = new Set<() => void>();
  /** Whether the endpoint has ever answered, with any status. */
  #answered = false;
  #hurried = false;

  constructor(endpoint: OtlpEndpoint, clock: Clock) {
    this.#endpoint = endpoint;
    this.#clock = clock;
  }

  /**
   * Starts a flush: a collector that has never answered is no longer waited for. Pending back-offs end with
   * one more attempt each.
   */
  beginFlush(): void {
    this.#hurried = true;
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Ends the flush; the process continues. */
  endFlush(): void {
    this.#hurried = false;
  }

  /** Sends `payload`. Never rejects. */
  async deliver(payload: Uint8Array, signal: AbortSignal): Promise<Delivery> {
    const clock = this.#clock;
    const expiryMs = clock.monotonicMs() + this.#endpoint.timeoutMs;
    for (let retries = 0; ; ) {
      const timeoutMs = Math.max(1, expiryMs - clock.monotonicMs());
      const attempt = await postOtlp(this.#endpoint, payload, { clock, timeoutMs, signal });
      if (attempt.kind !== AttemptKind.Unanswered) this.#answered = true;
      if (attempt.kind === AttemptKind.Accepted) return { delivered: true, answer: attempt.body };
      if (!(await this.#pause(attempt, { retries, expiryMs, signal }))) return failure(attempt);
      if (!isStale(attempt)) retries += 1;
    }
  }

  /**
   * Waits until the next attempt is due.
   *
   * @returns `false` when another attempt is pointless
   */
  async #pause(attempt: FailedAttempt, progress: Progress): Promise<boolean> {
    const { retries, expiryMs, signal } = progress;
    const delayMs = this.#retryDelayMs(attempt, retries);
    if (delayMs === undefined || signal.aborted) return false;
    if (this.#clock.monotonicMs() + delayMs >= expiryMs) return false;
    if (delayMs > 0) await this.#sleep(delayMs, signal);
    // Another connection attempt without an answer would again delay the end of the process.
    return !(this.#hurried && !this.#answered && timedOut(attempt));
  }

  /** Returns the delay before the next attempt, or `undefined` when another attempt is pointless. */
  #retryDelayMs(attempt: FailedAttempt, retries: number): number | undefined {
    if (retries >= MAX_RETRIES) return undefined;
    if (attempt.kind === AttemptKind.Refused) {
      if (!RETRYABLE_STATUS.has(attempt.status)) return undefined;
      return retryAfterMs(attempt.retryAfter, this.#clock) ?? backOffMs(retries);
    }
    if (isStale(attempt)) return 0;
    return this.#hurried && !this.#answered ? undefined : backOffMs(retries);
  }

  #sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let timer: ClockTimer | undefined;
      const wake = (): void => {
        timer?.cancel();
        this.#sleepers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      timer = this.#clock.schedule(wake, delayMs, KeepAlive.No);
      this.#sleepers.add(wake);
      signal.addEventListener("abort", wake);
    });
  }
}

/**
 * The collector closed a kept-alive connection, as it may at any time. That is not a failure; a new request
 * succeeds.
 */
function isStale(attempt: Attempt): boolean {
  return attempt.kind === AttemptKind.Unanswered && attempt.stale;
}

function timedOut(attempt: Attempt): boolean {
  return attempt.kind === AttemptKind.Unanswered && attempt.errorType === CONNECT_TIMEOUT;
}

function backOffMs(retries: number): number {
  const jitter = 1 + (Math.random() * 2 - 1) * JITTER;
  return Math.min(FIRST_BACK_OFF_MS * BACK_OFF_FACTOR ** retries * jitter, MAX_BACK_OFF_MS);
}

/**
 * Parses `Retry-After`, in seconds or as a date. Returns `undefined` also for a time in the past: an
 * immediate attempt would add load to a busy collector.
 */
function retryAfterMs(header: string | undefined, clock: Clock): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  const delayMs = Number.isNaN(seconds) ? Date.parse(header) - clock.epochMs() : seconds * 1_000;
  return delayMs > 0 ? delayMs : undefined;
}

function failure(attempt: FailedAttempt): Delivery {
  if (attempt.kind === AttemptKind.Unanswered) {
    return { delivered: false, errorType: attempt.errorType, message: attempt.message };
  }
  const message = `the collector answered with status ${attempt.status}`;
  return { delivered: false, errorType: String(attempt.status), message };
}
