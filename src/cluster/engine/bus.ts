import type { AbortNotice } from "../../base/async/abort-notice.ts";
import type { MessageHeaders } from "./log.ts";

/** A message that is not stored. */
export interface BusMessage {
  /** The headers. */
  readonly headers: MessageHeaders;
  /** The bytes. */
  readonly body: Uint8Array;
}

/** A message that was received. */
export interface ReceivedMessage extends BusMessage {
  /** What it was sent to. */
  readonly subject: string;
  /** Where replies go; `undefined` if none is waited for. Several may be sent, as parts of one reply. */
  readonly replyTo: string | undefined;
}

/** Of a message without headers. */
export const NO_HEADERS: MessageHeaders = Object.freeze({});

/** How a request is waited for. */
export interface RequestOptions {
  /** How long the reply is waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends the wait when aborted: an `AbortSignal`, or something that costs less. Default: nothing does. */
  readonly signal?: AbortNotice;
}

/** Messages between processes: at most once, and only to who listens. Subjects are tokens joined by dots. */
export interface Bus {
  /**
   * Sends a message and resolves with the first reply.
   *
   * Rejects with `ERR_ENGINE_NO_LISTENER` if nothing listens: it was not received; with `ERR_ENGINE_UNAVAILABLE` if it was
   * not sent; with `ERR_ENGINE_TOO_LARGE`; with `ERR_ENGINE_NO_REPLY` after the time-out, with `ERR_ABORTED`, or when the
   * connection was lost: it may have been received.
   */
  request(subject: string, message: BusMessage, options: RequestOptions): Promise<BusMessage>;
  /** Sends a message. Returns false if it was not sent, since the engine is not connected or its buffer is full. */
  publish(subject: string, message: BusMessage, replyTo?: string): boolean;
  /** Listens. `subject` may end with the token `>`, which stands for any further ones. `receive` must not throw. */
  subscribe(subject: string, receive: (message: ReceivedMessage) => void): BusSubscription;
  /** Returns a subject, unique to this session, that replies can be sent to once it is subscribed to. */
  inbox(): string;
}

/** A subscription at work. */
export interface BusSubscription {
  /** Ends it. No further message is given. */
  stop(): void;
  /** Ends it, and gives what is already on its way, so that it can be answered. Engines without a network just stop. */
  drain(): void;
}
