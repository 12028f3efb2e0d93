import type { Msg } from "@nats-io/transport-node";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { TimerWheel, type WheelEntry } from "../../base/timer-wheel.ts";
import type { BusMessage } from "../engine/bus.ts";
import { headersOf } from "./message-headers.ts";

/** Status of a reply that the server sends where nothing listens. */
const NO_RESPONDERS = 503;

/** Requests of one session that may wait at a time. */
const MAX_PENDING = 100_000;

/** Who waits for the reply to a request. */
interface Waiter {
  readonly subject: string;
  readonly reply: Deferred<BusMessage>;
  readonly expire: () => void;
  /** Removes the listener to the caller's signal. */
  readonly release: (() => void) | undefined;
}

/**
 * A request that waits for its reply. It forgets its waiter when it ends: the tables that a map has outgrown hold what was
 * in them until the next full garbage collection, and with it everything of the call.
 */
class PendingRequest implements WheelEntry {
  previous: WheelEntry | undefined = undefined;
  next: WheelEntry | undefined = undefined;
  due = 0;
  waiter: Waiter | undefined;

  constructor(waiter: Waiter) {
    this.waiter = waiter;
  }

  expire(): void {
    this.waiter?.expire();
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
    readonly reply: Promise<BusMessage>;
  } {
    this.#lastToken += 1;
    const token = this.#lastToken.toString(36);
    const expire = (): void => this.fail(token, noReply(subject, `no reply in ${timeoutMs} ms`));
    let release: (() => void) | undefined;
    if (signal !== undefined) {
      const abort = (): void => this.fail(token, aborted(subject));
      signal.addEventListener("abort", abort, { once: true });
      release = () => signal.removeEventListener("abort", abort);
    }
    const reply = new Deferred<BusMessage>();
    const request = new PendingRequest({ subject, reply, expire, release });
    this.#pending.set(token, request);
    this.#wheel.add(request, timeoutMs);
    return { token, reply: reply.promise };
  }

  /** Takes a reply. A late one is dropped: its request was rejected. */
  settle(token: string, message: Msg): void {
    const waiter = this.#take(token);
    if (waiter === undefined) return;
    const { headers, data: body } = message; // decoded on access
    if (headers?.code === NO_RESPONDERS && body.length === 0) {
      waiter.reply.reject(
        new ClusterError(`nothing listens to ${waiter.subject}`, {
          code: ErrorCode.EngineNoListener,
        }),
      );
    } else waiter.reply.resolve({ headers: headersOf(headers), body });
  }

  /** Rejects one request. */
  fail(token: string, error: Error): void {
    this.#take(token)?.reply.reject(error);
  }

  /** Rejects all requests, or those of one subject. */
  failAll(errorOf: (subject: string) => Error, subject?: string): void {
    for (const [token, { waiter }] of [...this.#pending]) {
      if (waiter === undefined || (subject ?? waiter.subject) !== waiter.subject) continue;
      this.fail(token, errorOf(waiter.subject));
    }
  }

  #take(token: string): Waiter | undefined {
    const request = this.#pending.get(token);
    if (request === undefined) return undefined;
    this.#pending.delete(token);
    this.#wheel.remove(request);
    const { waiter } = request;
    request.waiter = undefined;
    waiter?.release?.();
    return waiter;
  }
}

/** The request was sent, and may have been received. */
export function noReply(subject: string, text: string): ClusterError {
  return new ClusterError(`${subject}: ${text}`, { code: ErrorCode.EngineNoReply });
}

export function aborted(subject: string): ClusterError {
  return new ClusterError(`the request to ${subject} was aborted`, { code: ErrorCode.Aborted });
}
