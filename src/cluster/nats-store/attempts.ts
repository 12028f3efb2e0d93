import { Deferred } from "../../base/async/deferred.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { mayPass } from "../nats-client/nats-errors.ts";
import type { Uplink } from "../nats-client/uplink.ts";
import { toStoreError } from "./store-errors.ts";

/** What {@link Attempts} are made with. */
export interface AttemptsParts {
  readonly clock: Clock;
  readonly uplink: Uplink;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Longest wait for one answer. */
  readonly requestTimeoutMs: number;
}

/** How long a call is tried, repetitions included. */
const TOTAL_MS = 5_000;
/** Longest wait for one answer, so that there is time for another attempt. */
const ATTEMPT_MS = 2_000;
const PAUSE = { initialMs: 10, factor: 2, maxMs: 500, jitter: 0.5 };

/** The attempts of one call: until when, and how long to wait between them. */
export class Attempts {
  readonly #parts: AttemptsParts;
  readonly #endsAtMs: number;
  #failed = 0;

  constructor(parts: AttemptsParts) {
    this.#parts = parts;
    this.#endsAtMs = parts.clock.monotonicMs() + TOTAL_MS;
  }

  /** How long the answer to the next attempt may take. */
  get timeoutMs(): number {
    return Math.max(1, Math.min(this.#parts.requestTimeoutMs, ATTEMPT_MS, this.#leftMs));
  }

  get #leftMs(): number {
    return this.#endsAtMs - this.#parts.clock.monotonicMs();
  }

  /**
   * Waits before the next attempt: a little, and until the connection is up.
   *
   * @returns whether there is time for one
   */
  async another(): Promise<boolean> {
    this.#failed += 1;
    await this.#pause(backoffDelayMs(PAUSE, this.#failed, this.#parts.luck()));
    while (!this.#parts.uplink.isConnected && this.#leftMs > 0)
      await this.#pause(this.#leftMs, true);
    return this.#leftMs > 0;
  }

  async #pause(delayMs: number, untilBack = false): Promise<void> {
    const over = new Deferred<void>();
    const done = (): void => over.resolve();
    const { clock, uplink } = this.#parts;
    const timer = clock.schedule(done, Math.max(0, Math.min(delayMs, this.#leftMs)), KeepAlive.Yes);
    const forget = untilBack ? uplink.onChange(done) : undefined;
    await over.promise;
    timer.cancel();
    forget?.();
  }
}

/**
 * Makes a request that changes nothing until it is answered, for as long as a call is tried.
 *
 * @param key what it is about, for its error
 * @throws {@link StoreError} `ERR_STORE_UNAVAILABLE`, `ERR_STORE_FULL`; what is no error of a request as it is
 */
export async function repeated<Result>(
  parts: AttemptsParts,
  key: string,
  request: (attempts: Attempts) => Promise<Result>,
): Promise<Result> {
  const attempts = new Attempts(parts);
  for (;;) {
    try {
      return await request(attempts);
    } catch (thrown) {
      if (mayPass(thrown) && (await attempts.another())) continue;
      throw toStoreError(thrown, key);
    }
  }
}
