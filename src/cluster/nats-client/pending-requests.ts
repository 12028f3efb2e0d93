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

/** A request that waits for its reply. */
class PendingRequest implements WheelEntry {
  previous: WheelEntry | undefined = undefined;
  next: WheelEntry | undefined = undefined;
  due = 0;
  readonly token: string;
  readonly subject: string;
  readonly timeoutMs: number;
  readonly reply: Deferred<BusMessage> = new Deferred();
  /** Removes the listener to the caller's signal. */
  release: (() => void) | undefined = undefined;
  readonly #expired: (request: PendingRequest) => void;

  constructor(
    token: string,
    subject: string,
    timeoutMs: number,
    expired: (request: PendingRequest) => void,
  ) {
    this.token = token;
    this.subject = subject;
    this.timeoutMs = timeoutMs;
    this.#expired = expired;
  }

  expire(): void {
    this.#expired(this);
  }
}

/** What a request is waited for with. */
export interface Waiting {
  readonly subject: string;
  readonly timeoutMs: number;
  readonly signal?: AbortNotice | undefined;
}

/** Base of the numbers in tokens. */
const RADIX = 36;

/**
 * Requests that wait for their replies, by token. Not the client's own: those go on waiting when the connection is lost,
 * have a timer each, and cannot be aborted.
 *
 * A token is the number of a slot and that of the request, joined by `-`. Not keys of a `Map`: one that becomes empty again
 * and again makes a new table each time, and the tables that it has outgrown keep their successors, with what is in them,
 * until the next full garbage collection.
 */
export class PendingRequests {
  readonly #wheel: TimerWheel;
  readonly #maxPending: number;
  readonly #slots: (PendingRequest | undefined)[] = [];
  /** Numbers of slots without a request. */
  readonly #free: number[] = [];
  readonly #expired = ({ token, subject, timeoutMs }: PendingRequest): void => {
    this.fail(token, noReply(subject, `no reply in ${timeoutMs} ms`));
  };
  #lastNumber = 0;

  constructor(clock: Clock, maxPending: number = MAX_PENDING) {
    this.#wheel = new TimerWheel(clock);
    this.#maxPending = maxPending;
  }

  get size(): number {
    return this.#slots.length - this.#free.length;
  }

  /**
   * Checks whether one more request may wait.
   *
   * @throws ClusterError `ERR_ENGINE_UNAVAILABLE`
   */
  requireSpace(subject: string): void {
    if (this.size < this.#maxPending) return;
    throw new ClusterError(`${subject}: ${this.size} requests wait for their replies`, {
      code: ErrorCode.EngineUnavailable,
    });
  }

  /** Waits for a reply. Returns the token that it will come with. */
  add({ subject, timeoutMs, signal }: Waiting): {
    readonly token: string;
    readonly reply: Promise<BusMessage>;
  } {
    this.#lastNumber += 1;
    const slot = this.#free.pop() ?? this.#slots.length;
    const token = `${slot.toString(RADIX)}-${this.#lastNumber.toString(RADIX)}`;
    const request = new PendingRequest(token, subject, timeoutMs, this.#expired);
    if (signal !== undefined) {
      const abort = (): void => this.fail(token, aborted(subject));
      signal.addEventListener("abort", abort, { once: true });
      request.release = () => signal.removeEventListener("abort", abort);
    }
    this.#slots[slot] = request;
    this.#wheel.add(request, timeoutMs);
    return { token, reply: request.reply.promise };
  }

  /** Takes a reply. A late one is dropped: its request was rejected. */
  settle(token: string, message: Msg): void {
    const request = this.#take(token);
    if (request === undefined) return;
    const { headers, data: body } = message; // decoded on access
    if (headers?.code === NO_RESPONDERS && body.length === 0) {
      request.reply.reject(
        new ClusterError(`nothing listens to ${request.subject}`, {
          code: ErrorCode.EngineNoListener,
        }),
      );
    } else request.reply.resolve({ headers: headersOf(headers), body });
  }

  /** Rejects one request. */
  fail(token: string, error: Error): void {
    this.#take(token)?.reply.reject(error);
  }

  /** Rejects all requests, or those of one subject. */
  failAll(errorOf: (subject: string) => Error, subject?: string): void {
    for (const request of [...this.#slots]) {
      if (request === undefined || (subject ?? request.subject) !== request.subject) continue;
      this.fail(request.token, errorOf(request.subject));
    }
  }

  #take(token: string): PendingRequest | undefined {
    const slot = Number.parseInt(token, RADIX); // reads up to the `-`
    const request = this.#slots[slot];
    if (request?.token !== token) return undefined;
    this.#slots[slot] = undefined;
    this.#free.push(slot);
    this.#wheel.remove(request);
    request.release?.();
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
