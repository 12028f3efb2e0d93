import type { Msg } from "@nats-io/transport-node";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { TimerWheel, type WheelEntry } from "../../base/timer-wheel.ts";

/** Status of a reply that the server sends where nothing listens. */
const NO_RESPONDERS = 503;

/** Requests of one session that may wait at a time. */
const MAX_PENDING = 100_000;

/** A request that waits for its reply. */
class PendingRequest implements WheelEntry {
  previous: WheelEntry | undefined = undefined;
  next: WheelEntry | undefined = undefined;
  due = 0;
  readonly subject: string;
  readonly expire: () => void;
  readonly reply: Deferred<Msg> = new Deferred<Msg>();
  /** Removes the listener to the caller's signal. */
  release: () => void = () => {};

  constructor(subject: string, expire: () => void) {
    this.subject = subject;
    this.expire = expire;
  }
}

/** What a request is waited for with. */
export interface Waiting {
  readonly subject: string;
  readonly timeoutMs: number;
  readonly signal?: AbortNotice | undefined;
}

/**
 * Requests that wait for their replies, by token. Not the client's own: those go on waiting when the connection is lost,
 * have a timer each, and cannot be aborted.
 */
export class PendingRequests {
  readonly #wheel: TimerWheel;
  readonly #maxPending: number;
  readonly #pending = new Map<string, PendingRequest>();
  #lastToken = 0;

  constructor(clock: Clock, maxPending: number = MAX_PENDING) {
    this.#wheel = new TimerWheel(clock);
    this.#maxPending = maxPending;
  }

  get size(): number {
    return this.#pending.size;
  }

  /**
   * Checks whether one more request may wait.
   *
   * @throws ClusterError `ERR_ENGINE_UNAVAILABLE`
   */
  requireSpace(subject: string): void {
    if (this.#pending.size < this.#maxPending) return;
    throw new ClusterError(`${subject}: ${this.#pending.size} requests wait for their replies`, {
      code: ErrorCode.EngineUnavailable,
    });
  }

  /** Waits for a reply. Returns the token that it will come with. */
  add({ subject, timeoutMs, signal }: Waiting): {
    readonly token: string;
    readonly reply: Promise<Msg>;
  } {
    this.#lastToken += 1;
    const token = this.#lastToken.toString(36);
    const expire = (): void => this.fail(token, noReply(subject, `no reply in ${timeoutMs} ms`));
    const request = new PendingRequest(subject, expire);
    this.#pending.set(token, request);
    this.#wheel.add(request, timeoutMs);
    if (signal !== undefined) {
      const abort = (): void => this.fail(token, aborted(subject));
      signal.addEventListener("abort", abort, { once: true });
      request.release = () => signal.removeEventListener("abort", abort);
    }
    return { token, reply: request.reply.promise };
  }

  /** Takes a reply. A late one is dropped: its request was rejected. */
  settle(token: string, message: Msg): void {
    const request = this.#take(token);
    if (request === undefined) return;
    if (message.headers?.code === NO_RESPONDERS && message.data.length === 0) {
      request.reply.reject(
        new ClusterError(`nothing listens to ${request.subject}`, {
          code: ErrorCode.EngineNoListener,
        }),
      );
    } else request.reply.resolve(message);
  }

  /** Rejects one request. */
  fail(token: string, error: Error): void {
    this.#take(token)?.reply.reject(error);
  }

  /** Rejects all requests, or those of one subject. */
  failAll(errorOf: (subject: string) => Error, subject?: string): void {
    for (const [token, request] of [...this.#pending]) {
      if (subject !== undefined && request.subject !== subject) continue;
      this.fail(token, errorOf(request.subject));
    }
  }

  #take(token: string): PendingRequest | undefined {
    const request = this.#pending.get(token);
    if (request === undefined) return undefined;
    this.#pending.delete(token);
    this.#wheel.remove(request);
    request.release();
    return request;
  }
}

/** The request was sent, and may have been received. */
export function noReply(subject: string, text: string): ClusterError {
  return new ClusterError(`${subject}: ${text}`, { code: ErrorCode.EngineNoReply });
}

export function aborted(subject: string): ClusterError {
  return new ClusterError(`the request to ${subject} was aborted`, { code: ErrorCode.Aborted });
}
