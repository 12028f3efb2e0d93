import { Deferred } from "../../base/async/deferred.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import type {
  Bus,
  BusMessage,
  BusSubscription,
  ReceivedMessage,
  RequestOptions,
} from "../engine/bus.ts";
import { requireTokens } from "../engine/tokens.ts";
import { requireSize, sessionClosed } from "./engine-errors.ts";
import type { LocalBus } from "./local-bus.ts";

function sizeOf({ headers, body }: BusMessage): number {
  return JSON.stringify(headers).length + body.byteLength;
}

function noReply(subject: string, why: string): ClusterError {
  return new ClusterError(`the request to ${subject} got no reply: ${why}`, {
    code: ErrorCode.EngineNoReply,
  });
}

/** The bus as one session has it. What it has begun ends with it. */
export class SessionBus implements Bus {
  readonly #bus: LocalBus;
  readonly #clock: Clock;
  readonly #maxBytes: number;
  /** What ends each subscription and each request that waits. */
  readonly #ends = new Set<() => void>();
  #isClosed = false;

  constructor(bus: LocalBus, clock: Clock, maxBytes: number) {
    this.#bus = bus;
    this.#clock = clock;
    this.#maxBytes = maxBytes;
  }

  async request(
    subject: string,
    message: BusMessage,
    { timeoutMs, signal }: RequestOptions,
  ): Promise<BusMessage> {
    requireTokens("subject", subject);
    if (this.#isClosed) throw sessionClosed();
    if (signal?.aborted === true) throw aborted(subject);
    requireSize(`the request to ${subject}`, sizeOf(message), this.#maxBytes);
    const reply = new Deferred<BusMessage>();
    const inbox = this.#bus.inbox();
    const stop = this.#bus.listen(inbox, ({ headers, body }) => reply.resolve({ headers, body }));
    const abort = (): void => reply.reject(aborted(subject));
    const closed = (): void => reply.reject(noReply(subject, "the session was closed"));
    const timeout = (): void => reply.reject(noReply(subject, `none within ${timeoutMs} ms`));
    const timer = this.#clock.schedule(timeout, timeoutMs, KeepAlive.No);
    signal?.addEventListener("abort", abort, { once: true });
    this.#ends.add(closed);
    if (this.#bus.send(subject, message, inbox) === 0) {
      reply.reject(
        new ClusterError(`nothing listens to ${subject}`, { code: ErrorCode.EngineNoListener }),
      );
    }
    try {
      return await reply.promise;
    } finally {
      this.#ends.delete(closed);
      signal?.removeEventListener("abort", abort);
      timer.cancel();
      stop();
    }
  }

  publish(subject: string, message: BusMessage, replyTo?: string): boolean {
    requireTokens("subject", subject);
    if (this.#isClosed || sizeOf(message) > this.#maxBytes) return false;
    this.#bus.send(subject, message, replyTo);
    return true;
  }

  subscribe(subject: string, receive: (message: ReceivedMessage) => void): BusSubscription {
    requireTokens("subject", subject.replace(/\.>$/, ""));
    if (this.#isClosed) throw sessionClosed();
    const end = this.#bus.listen(subject, receive);
    const stop = (): void => {
      this.#ends.delete(stop);
      end();
    };
    this.#ends.add(stop);
    return { stop, drain: stop };
  }

  inbox(): string {
    return this.#bus.inbox();
  }

  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#ends]) end();
  }
}

function aborted(subject: string): ClusterError {
  return new ClusterError(`the request to ${subject} was aborted`, { code: ErrorCode.Aborted });
}
