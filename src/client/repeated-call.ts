import { CallOutcome } from "../wire/gateway-frames.ts";
import { repeatMs } from "./backoff.ts";
import { CallError, withOutcome } from "./call-error.ts";
import type { Platform } from "./platform.ts";

/** Codes of calls that were not handled, and that may succeed a little later. */
const PASSING = new Set([
  "ERR_ACTOR_DESTROYED",
  "ERR_ACTOR_STOPPED",
  "ERR_AUTH_UNAVAILABLE",
  "ERR_DISCONNECTED",
  "ERR_DRAINING",
  "ERR_ENGINE_UNAVAILABLE",
  "ERR_LIMIT",
  "ERR_MAILBOX_FULL",
  "ERR_NOT_OWNER",
  "ERR_NO_RUNNER",
  "ERR_OVERLOADED",
  "ERR_PLACEMENT_OVERLOADED",
  "ERR_QUEUE_FULL",
  "ERR_RATE_LIMITED",
  "ERR_RESIDENT_LIMIT",
  "ERR_RUNNER_DRAINING",
  "ERR_STORE_OVERLOADED",
  "ERR_STORE_UNAVAILABLE",
  "ERR_SYSTEM_STOPPED",
  "ERR_TIMEOUT", // also of a gateway that was too busy to read
]);

/** Whether a call that failed may succeed a little later, and was not handled. */
export function isPassing({ outcome, code, retryAfterMs }: CallError): boolean {
  if (outcome !== CallOutcome.NotHandled) return false;
  return PASSING.has(code) || retryAfterMs !== undefined;
}

/** Options of a call, complete. */
export interface CallSettings {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly idempotent: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Gets the result of an attempt, at most once. */
export interface Settle {
  reply(value: unknown): void;
  fail(error: CallError): void;
}

/** One attempt of a call. */
export interface Attempt extends Settle {
  /** Which it is, from 0 on. */
  readonly number: number;
  /** Tells that the handler may run from now on. */
  sent(): void;
  /** Ends the call without a further attempt. */
  give(error: CallError): void;
  /** Returns how much of the call's time is left, in milliseconds. */
  leftMs(): number;
}

/**
 * Makes a call, and repeats it if it was not handled, or if it is idempotent and its outcome is unknown. All attempts
 * share one time-out.
 *
 * @param attempt begins an attempt, and returns what cancels it
 */
export function callWithRepeats(
  platform: Platform,
  settings: CallSettings,
  attempt: (attempt: Attempt) => () => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    new RepeatedCall(platform, settings, attempt, { reply: resolve, fail: reject }).start();
  });
}

/** Settles by plain calls: with a promise between, a reply would arrive later than the events after it. */
class RepeatedCall {
  readonly #platform: Platform;
  readonly #settings: CallSettings;
  readonly #attempt: (attempt: Attempt) => () => void;
  readonly #settle: Settle;
  readonly #endsAtMs: number;
  /** Number of the attempt under way, or of the next one. */
  #number = 0;
  #underWay = false;
  /** Whether the attempt under way was sent. */
  #isSent = false;
  #ended = false;
  /** Whether an attempt may have run the handler. */
  #mayHaveRun = false;
  #last: CallError | undefined;
  #cancelAttempt: () => void = () => undefined;
  #cancelTimer: () => void = () => undefined;
  #cancelRepeat: () => void = () => undefined;

  constructor(
    platform: Platform,
    settings: CallSettings,
    attempt: (attempt: Attempt) => () => void,
    settle: Settle,
  ) {
    this.#platform = platform;
    this.#settings = settings;
    this.#attempt = attempt;
    this.#settle = settle;
    this.#endsAtMs = platform.nowMs() + settings.timeoutMs;
  }

  start(): void {
    const { signal, timeoutMs } = this.#settings;
    if (signal?.aborted === true) {
      this.#abort();
      return;
    }
    signal?.addEventListener("abort", this.#abort);
    this.#cancelTimer = this.#platform.schedule(() => this.#timeOut(), timeoutMs);
    this.#begin();
  }

  #begin(): void {
    const number = this.#number;
    const isCurrent = (): boolean => !this.#ended && this.#underWay && this.#number === number;
    this.#underWay = true;
    this.#isSent = false;
    const cancel = this.#attempt({
      number,
      leftMs: () => this.#leftMs(),
      sent: () => {
        if (isCurrent()) this.#isSent = true;
      },
      reply: (value) => {
        if (!isCurrent()) return;
        this.#end();
        this.#settle.reply(value);
      },
      fail: (error) => {
        if (isCurrent()) this.#failed(error);
      },
      give: (error) => {
        if (isCurrent()) this.#reject(error);
      },
    });
    if (isCurrent()) this.#cancelAttempt = cancel;
  }

  #leftMs(): number {
    return Math.max(0, this.#endsAtMs - this.#platform.nowMs());
  }

  #failed(error: CallError): void {
    this.#underWay = false;
    this.#last = error;
    const repeat = this.#number;
    const delayMs = Math.max(error.retryAfterMs ?? 0, repeatMs(repeat, this.#platform.random()));
    if (repeat >= this.#settings.retries || !this.#isRepeated(error) || delayMs >= this.#leftMs()) {
      this.#reject(error);
      return;
    }
    this.#mayHaveRun ||= error.outcome !== CallOutcome.NotHandled;
    this.#number += 1;
    this.#cancelRepeat = this.#platform.schedule(() => this.#begin(), delayMs);
  }

  #isRepeated(error: CallError): boolean {
    const isUnknown = error.outcome === CallOutcome.Unknown;
    return isPassing(error) || (isUnknown && this.#settings.idempotent);
  }

  #timeOut(): void {
    if (!this.#underWay && this.#last !== undefined) {
      this.#reject(this.#last);
      return;
    }
    const { timeoutMs } = this.#settings;
    this.#giveUp("ERR_ASK_TIMEOUT", `no reply within ${timeoutMs} ms`);
  }

  readonly #abort = (): void => {
    this.#giveUp("ERR_ABORTED", "the call was aborted", this.#settings.signal?.reason);
  };

  #giveUp(code: string, message: string, cause?: unknown): void {
    const isSent = this.#underWay && this.#isSent;
    const outcome = isSent ? CallOutcome.Unknown : CallOutcome.NotHandled;
    if (this.#underWay) this.#cancelAttempt();
    this.#reject(new CallError(message, { code, outcome, cause }));
  }

  #reject(error: CallError): void {
    this.#end();
    const isUncertain = this.#mayHaveRun && error.outcome === CallOutcome.NotHandled;
    this.#settle.fail(isUncertain ? withOutcome(error, CallOutcome.Unknown) : error);
  }

  #end(): void {
    this.#ended = true;
    this.#cancelTimer();
    this.#cancelRepeat();
    this.#settings.signal?.removeEventListener("abort", this.#abort);
  }
}
