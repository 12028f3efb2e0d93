import { requireSignal } from "../../actor/delivery/call-options.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ErrorCode, LimelightError } from "../../base/errors.ts";
import { requireKnownKeys, requireNumber } from "../../base/options.ts";
import type { NextOptions } from "../definition/queue-types.ts";
import type { HandedOut } from "./handed-out.ts";

const YEAR_MS = 31_536_000_000;

/** The errors of waits that have ended because their actor ends. */
const ends = new WeakSet<Error>();

/** Returns the error of a wait that ends because its actor begins to end. */
export function waitEndError(actorId: string): Error {
  const text = `${actorId} is ending and takes no more queue messages`;
  const error = new LimelightError(text, { code: ErrorCode.ActorStopped });
  ends.add(error);
  return error;
}

/** Returns whether code has ended because its wait for queue messages did, which is no failure. */
export function isWaitEnd(error: unknown): boolean {
  return error instanceof Error && ends.has(error);
}

/**
 * Checks the options of a wait, before anything of it has begun.
 *
 * @throws UsageError `ERR_INVALID_OPTION`
 */
export function requireNextOptions(options: NextOptions): void {
  requireKnownKeys("the options of a wait for queue messages", options ?? null, [
    "timeoutMs",
    "signal",
  ]);
  const { timeoutMs, signal } = options;
  if (timeoutMs !== undefined) requireNumber("timeoutMs", timeoutMs, { min: 0, max: YEAR_MS });
  requireSignal(signal);
}

/** Returns the error of a wait that its signal has ended. */
function abortError(signal: AbortSignal): LimelightError {
  const cause: unknown = signal.reason;
  return new LimelightError("the wait for a queue message was aborted", {
    code: ErrorCode.Aborted,
    cause,
  });
}

/** What a {@link MessageWait} is made of. */
export interface MessageWaitParts {
  /** Maximum number of messages to wait for. */
  readonly max: number;
  /** As {@link requireNextOptions} has checked them. */
  readonly options: NextOptions;
  readonly clock: Clock;
  /** Whether it ends without a message, instead of an error, when the actor begins to end. */
  readonly endsQuietly: boolean;
  /** Called once when the wait has ended, in whatever way. */
  readonly end: () => void;
}

/** Code that waits for messages of a queue. */
export class MessageWait {
  readonly max: number;
  /** Whether it ends at once if there is no message. */
  readonly immediate: boolean;
  readonly promise: Promise<readonly HandedOut[]>;
  readonly #settle: PromiseWithResolvers<readonly HandedOut[]>;
  readonly #endsQuietly: boolean;
  readonly #end: () => void;
  #timer: ClockTimer | undefined;
  #abort: (() => void) | undefined;
  #signal: AbortSignal | undefined;
  #left = false;

  constructor({ max, options, clock, endsQuietly, end }: MessageWaitParts) {
    const { timeoutMs, signal } = options;
    this.max = max;
    this.immediate = timeoutMs === 0;
    this.#settle = Promise.withResolvers();
    this.promise = this.#settle.promise;
    this.#endsQuietly = endsQuietly;
    this.#end = end;
    if (timeoutMs !== undefined && timeoutMs > 0) {
      this.#timer = clock.schedule(() => this.give([]), timeoutMs, KeepAlive.Yes);
    }
    if (signal !== undefined) this.#listen(signal);
  }

  /** Ends the wait with messages, or with none. */
  give(messages: readonly HandedOut[]): void {
    this.leave();
    this.#settle.resolve(messages);
  }

  /** Ends the wait because the actor begins to end. */
  stop(error: Error): void {
    if (this.#endsQuietly) this.give([]);
    else this.refuse(error);
  }

  refuse(error: unknown): void {
    this.leave();
    this.#settle.reject(error);
  }

  /** Ends the wait if its signal was aborted before it began: no message may be taken for it. */
  refuseIfAborted(): void {
    if (this.#signal?.aborted === true) this.refuse(abortError(this.#signal));
  }

  /** Ends neither by time nor by its signal any more: messages for it are being handed out. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#timer?.cancel();
    if (this.#abort !== undefined) this.#signal?.removeEventListener("abort", this.#abort);
    this.#end();
  }

  #listen(signal: AbortSignal): void {
    const abort = (): void => this.refuse(abortError(signal));
    this.#signal = signal;
    this.#abort = abort;
    signal.addEventListener("abort", abort, { once: true });
  }
}
