import { Deferred } from "../../base/async/deferred.ts";
import { KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { requireSize } from "../embedded/engine-errors.ts";
import { MAX_MESSAGE_BYTES } from "../embedded/shared-state.ts";
import type {
  Bus,
  BusMessage,
  BusSubscription,
  ReceivedMessage,
  RequestOptions,
} from "../engine/bus.ts";
import { requireTokens } from "../engine/tokens.ts";
import type { Link } from "./link.ts";
import { Traffic } from "./network.ts";
import type { SimHost } from "./sim-host.ts";

interface Subscription {
  readonly subject: string;
  readonly receive: (message: ReceivedMessage) => void;
}

/** Subscriptions and their ends keep this order: a later one is not known before an earlier one. */
const SUBSCRIPTIONS = "bus";

/** The bus behind a link. Subscriptions are made again on each connection. */
export class SimBus implements Bus {
  readonly #link: Link;
  readonly #host: SimHost;
  readonly #inboxes: string;
  readonly #subscriptions = new Map<Subscription, () => void>();
  readonly #replies = new Map<string, (message: BusMessage) => void>();
  readonly #ends = new Set<() => void>();
  #inbox = 0;
  #isClosed = false;

  /** @param name is unique to the session */
  constructor(link: Link, host: SimHost, name: string) {
    this.#link = link;
    this.#host = host;
    this.#inboxes = `_inbox.${name}`;
    this.subscribe(`${this.#inboxes}.r.>`, ({ subject, headers, body }) =>
      this.#replies.get(subject)?.({ headers, body }),
    );
    link.onChange((isConnected) => {
      if (isConnected)
        for (const subscription of this.#subscriptions.keys()) this.#listen(subscription);
      else for (const end of [...this.#ends]) end();
    });
  }

  async request(
    subject: string,
    message: BusMessage,
    { timeoutMs, signal }: RequestOptions,
  ): Promise<BusMessage> {
    requireTokens("subject", subject);
    this.#requireOpen();
    if (signal?.aborted === true) throw error(ErrorCode.Aborted, subject, "it was aborted");
    requireSize(`the request to ${subject}`, message.body.byteLength, MAX_MESSAGE_BYTES);
    if (!this.#link.isConnected) {
      throw error(ErrorCode.EngineUnavailable, subject, "the engine is not connected");
    }
    const reply = new Deferred<BusMessage>();
    const fail = (code: ErrorCode, why: string) => (): void =>
      reply.reject(error(code, subject, why));
    const abort = fail(ErrorCode.Aborted, "it was aborted");
    const lost = fail(ErrorCode.EngineNoReply, "the connection was lost");
    const timeout = fail(ErrorCode.EngineNoReply, `no reply within ${timeoutMs} ms`);
    const nobody = fail(ErrorCode.EngineNoListener, "nothing listens");
    const timer = this.#host.clock.schedule(timeout, timeoutMs, KeepAlive.No);
    this.#inbox += 1;
    const inbox = `${this.#inboxes}.r.${this.#inbox}`;
    this.#replies.set(inbox, reply.resolve);
    this.#ends.add(lost);
    signal?.addEventListener("abort", abort, { once: true });
    this.#send(subject, message, inbox, nobody);
    try {
      return await reply.promise;
    } finally {
      timer.cancel();
      this.#replies.delete(inbox);
      this.#ends.delete(lost);
      signal?.removeEventListener("abort", abort);
    }
  }

  publish(subject: string, message: BusMessage, replyTo?: string): boolean {
    requireTokens("subject", subject);
    if (this.#isClosed || !this.#link.isConnected) return false;
    if (message.body.byteLength > MAX_MESSAGE_BYTES) return false;
    this.#send(subject, message, replyTo, () => {});
    return true;
  }

  subscribe(subject: string, receive: (message: ReceivedMessage) => void): BusSubscription {
    requireTokens("subject", subject.replace(/\.>$/, ""));
    this.#requireOpen();
    const subscription = { subject, receive };
    this.#subscriptions.set(subscription, () => {});
    if (this.#link.isConnected) this.#listen(subscription);
    const stop = (): void => {
      if (!this.#subscriptions.has(subscription)) return;
      const end = this.#endOf(subscription);
      this.#subscriptions.delete(subscription);
      this.#link.toServer(Traffic.Stream, SUBSCRIPTIONS, end);
    };
    return { stop, drain: stop };
  }

  inbox(): string {
    this.#inbox += 1;
    return `${this.#inboxes}.i.${this.#inbox}`;
  }

  close(): void {
    this.#isClosed = true;
    for (const end of [...this.#ends]) end();
    this.#subscriptions.clear();
  }

  #send(
    subject: string,
    { headers, body }: BusMessage,
    replyTo: string | undefined,
    nobody: () => void,
  ): void {
    const message = { headers, body: new Uint8Array(body) };
    this.#link.toServer(Traffic.Bus, `bus.${subject}`, ({ bus }) => {
      if (bus.send(subject, message, replyTo) > 0) return;
      this.#link.toHost(Traffic.Reply, "", nobody);
    });
  }

  #listen(subscription: Subscription): void {
    let stop = (): void => {};
    let isEnded = false;
    this.#subscriptions.set(subscription, () => {
      isEnded = true;
      stop();
    });
    this.#link.toServer(Traffic.Stream, SUBSCRIPTIONS, ({ bus }) => {
      if (isEnded) return;
      stop = bus.listen(subscription.subject, (message) =>
        this.#link.toHost(Traffic.Bus, `bus.${message.subject}`, () => {
          if (this.#subscriptions.has(subscription)) subscription.receive(message);
        }),
      );
      this.#link.onServerSideEnd(stop);
    });
  }

  #endOf(subscription: Subscription): () => void {
    return this.#subscriptions.get(subscription) ?? (() => {});
  }

  #requireOpen(): void {
    if (!this.#isClosed) return;
    throw new ClusterError("the session is closed", { code: ErrorCode.EngineClosed });
  }
}

function error(code: ErrorCode, subject: string, why: string): ClusterError {
  return new ClusterError(`the request to ${subject} has failed: ${why}`, { code });
}
