import type { DisconnectReason } from "../definition/connection-types.ts";
import type { EventFeed, Published } from "./event-feed.ts";

/** A client that wants to connect. Where it comes from is in the context of the `Sending`. */
export interface ConnectRequest {
  /** Unique: 128 random bits. */
  readonly connectionId: string;
  readonly params: unknown;
  /** Events that it subscribes to from the beginning, each one of the definition. */
  readonly events: readonly string[];
  /** What the client received on a connection that was lost; `undefined` for its first one. */
  readonly last: LastEvents | undefined;
}

/** What a client received before. */
export interface LastEvents {
  readonly connectionId: string;
  /** As the client gave it. */
  readonly position: string;
}

/**
 * Why events cannot be sent again, as in the frames. `events_lost`: they are no longer kept, or it is not known whether
 * they were for this client. `actor_restarted`: an activation has ended without storing its last position.
 * `actor_destroyed`: the position is of another creation of the actor.
 */
export type LinkGapReason = "events_lost" | "actor_restarted" | "actor_destroyed";

/** Events that a client has missed. */
export interface LinkGap {
  readonly reason: LinkGapReason;
  /** How many, if that is known. */
  readonly missed: number | undefined;
}

/** One connection, as its gateway uses it. */
export interface Link {
  readonly connectionId: string;
  /** The former connection, if this one continues it. */
  readonly formerId: string | undefined;
  /** The events after this number are for it, as far as it subscribes to them. */
  readonly start: number;
  /** Set if the former connection could not be continued. */
  readonly gap: LinkGap | undefined;
  readonly feed: EventFeed;
  subscribe(events: readonly string[]): void;
  unsubscribe(events: readonly string[]): void;
  /**
   * Ends the connection. Resolves when `onDisconnect` has run, or will not run because the activation has ended. The
   * outlet is not told.
   */
  close(reason: DisconnectReason): Promise<void>;
}

/** How connections end that their gateway has not closed. */
export interface LinkEnding {
  readonly reason: DisconnectReason;
  /** Whether the client is to open it again. `false` with the reason `ended`: the actor was destroyed. */
  readonly again: boolean;
  /** The text given to `connection.close()`. */
  readonly text: string | undefined;
}

/** What a gateway knows of a connection, for viewers. */
export interface LinkFigures {
  /** Id of its caller; `undefined` without one, and unless the gateway has `logCallers`. */
  readonly callerId: string | undefined;
  /** When anything was last received on its socket, pings included, in milliseconds since the epoch. */
  readonly receivedAtMs: number;
  /** Events that were sent to its client. */
  readonly sent: number;
  /** Events that were left out because its client is slow, as far as they were counted. */
  readonly dropped: number;
  /** Bytes that its socket has not sent yet. A socket may carry several connections. */
  readonly bufferedBytes: number;
}

/**
 * Where the events of one actor go: one per actor and gateway, however many connections there are. Its methods are called
 * in a turn of the actor. They must neither throw nor send messages.
 */
export interface Outlet {
  /** The feed has grown. */
  advanced(feed: EventFeed): void;
  /** An event to one connection, which has been opened. */
  direct(connectionId: string, event: Published): void;
  /** The actor has closed connections, or its activation has ended. No event of the feed follows. */
  ended(connectionIds: readonly string[], ending: LinkEnding): void;
  /** Returns what is known of a connection here; `undefined` if nothing is. Called at any time. */
  figuresOf?(connectionId: string): LinkFigures | undefined;
}

/** Gets the result of a `connect`, once, in the turn of the actor in which it is given. */
export interface ConnectAnswer {
  /** The connection is open. Events to it alone follow. */
  opened(link: Link): void;
  /** @param handled whether a hook has run, at least in part */
  fail(error: unknown, handled: boolean): void;
}
