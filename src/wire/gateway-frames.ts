/*
 * The frames of a gateway's sockets, version 1 of the protocol: text frames of UTF-8 JSON, each a message or an array of
 * messages. Names are short because events are sent often. Numbers are safe integers. `c` numbers a connection and `i` a
 * request of the socket; the client chooses both, from 1 on, in increasing order. Unknown members are ignored; an
 * unknown `t` closes the socket (1002). New members may be added within a version; a new `t` needs a new version.
 */

/** The newest version of the protocol. */
export const PROTOCOL = 1;

/**
 * The WebSocket subprotocol. It names no version: a browser drops a connection whose subprotocol is not chosen, and
 * the page cannot read why. `hello` has the versions instead.
 */
export const SUBPROTOCOL = "limelight";

/** Where a message comes from. */
export interface MessageOrigin {
  /** `traceparent`. */
  readonly tp?: string;
  /** `tracestate`. */
  readonly ts?: string;
  /** Request id: 8 to 64 of `A-Z a-z 0-9 _ -`. */
  readonly rid?: string;
}

/** What a client received on a connection that was lost. */
export interface LastReceived {
  /** Id of that connection. */
  readonly id: string;
  /** Last position: of `opened`, of an event to all, of `gap` or of `closed`. */
  readonly at: string;
  /** Number of the last event to that connection alone; 0 if there was none. */
  readonly d: number;
}

/** First message of a socket, within `authTimeoutMs`. */
interface HelloMessage {
  readonly t: "hello";
  /** Versions that the client knows. */
  readonly v: readonly number[];
  readonly token?: string;
}

/** Replaces the token of the socket. The caller must have the same id. Its reply is an {@link AuthReply}. */
interface AuthMessage {
  readonly t: "auth";
  readonly i: number;
  readonly token: string;
}

/** Opens a connection. Answered by `opened` or `closed`. */
interface OpenMessage extends MessageOrigin {
  readonly t: "open";
  readonly c: number;
  readonly type: string;
  readonly key: readonly string[];
  readonly params?: unknown;
  readonly input?: unknown;
  /** Events that it subscribes to from the beginning. */
  readonly sub?: readonly string[];
  readonly last?: LastReceived;
}

/** Closes a connection. Answered by `closed` without `again`, after the events that were sent before. */
interface CloseMessage {
  readonly t: "close";
  readonly c: number;
}

/** Subscribes to events, or unsubscribes from them. The reply has no value. */
interface SubscribeMessage {
  readonly t: "sub" | "unsub";
  readonly c: number;
  readonly i: number;
  readonly e: readonly string[];
}

/** Calls a handler. A `tell` is replied to, without a value, once the message is in the mailbox. */
export interface CallMessage extends MessageOrigin {
  readonly t: "ask" | "tell";
  readonly c: number;
  readonly i: number;
  /** Name of the message. */
  readonly m: string;
  /** Its arguments. */
  readonly a: readonly unknown[];
  /** How long the client waits, in milliseconds. */
  readonly ms?: number;
}

/**
 * Sends to a queue. Without `ms` the reply is a {@link StoredReply}, once the message is stored. With `ms` it is the reply
 * of the message, once it is completed, or `ERR_ASK_TIMEOUT` after that time; the message stays in the queue then.
 */
export interface SendMessage extends MessageOrigin {
  readonly t: "send";
  readonly c: number;
  readonly i: number;
  /** Name of the queue. */
  readonly q: string;
  /** Body of the message. */
  readonly b: unknown;
  /** How long the client waits, in milliseconds. */
  readonly ms?: number;
}

/** The client does not wait for this request any longer. No reply follows. */
interface CancelMessage {
  readonly t: "cancel";
  readonly i: number;
}

/** Answered by `pong` with the same `n`, which is at least 1. */
interface PingMessage {
  readonly t: "ping";
  readonly n: number;
}

/** What clients send. */
export type ClientMessage =
  | HelloMessage
  | AuthMessage
  | OpenMessage
  | CloseMessage
  | SubscribeMessage
  | CallMessage
  | SendMessage
  | CancelMessage
  | PingMessage;

/** First message of a gateway. */
export interface WelcomeMessage {
  readonly t: "welcome";
  /** The highest version that both know. */
  readonly v: number;
  /** After how long without a frame the client sends a `ping`, in milliseconds. */
  readonly pingMs: number;
  /** Largest frame that the gateway reads. */
  readonly frameBytes: number;
  /** How long the caller is valid, in milliseconds from now: clocks of clients may be wrong. Left out if it is for ever. */
  readonly expMs?: number;
}

/** A connection is open. No event of it was sent before. */
export interface OpenedMessage {
  readonly t: "opened";
  readonly c: number;
  /** Id of the connection: 128 random bits. */
  readonly id: string;
  /**
   * The `a` of the events to all that are sent for this connection. No two connections of a socket have the same one:
   * it is the actor's, so that frames are made once for all sockets, except for a socket's further connections to
   * that actor.
   */
  readonly a: number;
  /** Position after which events are sent. */
  readonly at: string;
  /** Whether `last` was continued. */
  readonly resumed: boolean;
  /** Set if events are missing between `last` and `at`. */
  readonly gap?: Gap;
}

/** A connection has ended, or was refused. */
export interface ClosedMessage {
  readonly t: "closed";
  readonly c: number;
  /** Whether the client opens it again. Otherwise it is closed for good. */
  readonly again: boolean;
  /** Last position. */
  readonly at?: string;
  readonly error?: WireError;
}

/** The reply to a request. */
interface ReplyMessage {
  readonly t: "reply";
  readonly i: number;
  /** Left out if it is `undefined`. */
  readonly r?: unknown;
  /** `traceresponse`, if the request had `tp`. */
  readonly tr?: string;
}

/** A request that has failed. */
interface FailMessage {
  readonly t: "fail";
  readonly i: number;
  readonly error: WireError;
}

/** An event to all: the same bytes for all sockets. `n` is its position. */
export interface BroadcastMessage {
  readonly t: "event";
  readonly a: number;
  readonly n: string;
  readonly e: string;
  /** Left out if it is `undefined`. */
  readonly b?: unknown;
  /** `traceparent` of the span that published it. */
  readonly tp?: string;
}

/** An event to one connection. `d` numbers them, from 1 on, across reconnects that were resumed. */
export interface DirectedMessage {
  readonly t: "event";
  readonly c: number;
  readonly d: number;
  readonly e: string;
  /** Left out if it is `undefined`. */
  readonly b?: unknown;
  /** `traceparent` of the span that published it. */
  readonly tp?: string;
}

/** Events were left out before position `at`. */
export interface GapMessage {
  readonly t: "gap";
  readonly c: number;
  readonly at: string;
  readonly gap: Gap;
}

/** Answers a `ping`; with `n` 0, sent without one while the gateway does not read. */
interface PongMessage {
  readonly t: "pong";
  readonly n: number;
}

/** The gateway stops. No new connections and calls on this socket, which is closed within `ms`. */
interface DrainMessage {
  readonly t: "drain";
  readonly ms: number;
}

/** What gateways send. */
export type ServerMessage =
  | WelcomeMessage
  | OpenedMessage
  | ClosedMessage
  | ReplyMessage
  | FailMessage
  | BroadcastMessage
  | DirectedMessage
  | GapMessage
  | PongMessage
  | DrainMessage;

/** Reply to `auth`. */
export interface AuthReply {
  /** As in `welcome`. */
  readonly expMs?: number;
}

/** Reply to `send` without `ms`, and body of the answer over HTTP. */
export interface StoredReply {
  /** Id of the stored message. */
  readonly id: string;
}

/**
 * Why events are missing.
 *
 * @enum
 */
export const GapReason = {
  /** They are no longer kept. */
  EventsLost: "events_lost",
  /** The actor has ended without recording its last position. */
  ActorRestarted: "actor_restarted",
  /** The actor was destroyed; this is a new one. */
  ActorDestroyed: "actor_destroyed",
  /** The client did not read fast enough. */
  Slow: "slow",
} as const;
export type GapReason = (typeof GapReason)[keyof typeof GapReason];

/** Events that a client has missed. */
export interface Gap {
  readonly reason: GapReason;
  /** How many, if that is known. */
  readonly missed?: number;
}

/**
 * What a call that failed has done.
 *
 * @enum
 */
export const CallOutcome = {
  /** The handler did not run. The call can be repeated. */
  NotHandled: "not_handled",
  /** The handler threw, or what it changed was not stored. */
  Failed: "failed",
  /** The handler may have run. */
  Unknown: "unknown",
} as const;
export type CallOutcome = (typeof CallOutcome)[keyof typeof CallOutcome];

/** One problem of an argument. */
export interface WireIssue {
  /** Where it is, from the list of arguments on. */
  readonly path: readonly (string | number)[];
  /** Left out if the gateway has `issueMessages: false`. */
  readonly message?: string;
}

/** An error in frames, and the `error` of answers over HTTP. */
export interface WireError {
  /** Identifies the kind of error. */
  readonly code: string;
  /** For people. Has nothing that the client sent. */
  readonly message: string;
  /** What the call has done. */
  readonly outcome: CallOutcome;
  /** By which the logs of the server have the request. */
  readonly requestId: string;
  /** `traceresponse`. */
  readonly trace?: string;
  /** The call is not repeated earlier than after this time. */
  readonly retryAfterMs?: number;
  /** `data` of a `PublicError`. */
  readonly data?: unknown;
  /** Of `ERR_INVALID_ARGUMENTS`. */
  readonly issues?: readonly WireIssue[];
}
