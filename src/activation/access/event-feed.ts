import type { WhenSlow } from "../definition/event-types.ts";

/** An event on its way to connections. */
export interface Published {
  /** Of a broadcast: its number in the feed. Of an event to one connection: its number there, from 1 on. */
  readonly number: number;
  readonly event: string;
  /** JSON text, made once; `undefined` for an event without a body. */
  readonly body: string | undefined;
  /** `traceparent` of the span that has published it, if that is recorded. */
  readonly traceparent: string | undefined;
  readonly whenSlow: WhenSlow;
  /** Ids of the connections that get it. `undefined`: all. */
  readonly only: ReadonlySet<string> | undefined;
  /** Id of the connection that does not get it. */
  readonly except: string | undefined;
}

/** The last broadcasts of one activation of an actor, by number. A subscriber is a place in it. */
export interface EventFeed {
  /** Number of the oldest event that is kept for clients that reconnect; `last + 1` if there is none. */
  readonly first: number;
  /** Number of the newest event; 0 before the first one. */
  readonly last: number;
  /** Returns the position after an event, as clients get it: a text that no other activation uses. */
  position(number: number): string;
  /**
   * Returns an event; `undefined` for one that has left the feed. Some of those before `first` stay for a while: the
   * feed is what subscribers are sent from, also where nothing is kept for clients that reconnect.
   */
  at(number: number): Published | undefined;
  /** Returns the number of the newest event of this name before `first`; 0 if there is none. */
  evicted(event: string): number;
}

/** Ids by which events find a connection. */
export interface Addressee {
  readonly connectionId: string;
  /** The connection that it continues: events from before the break may name that one. */
  readonly formerId: string | undefined;
}

/** Returns whether a connection gets an event, if it has subscribed to it. */
export function isAddressedTo({ only, except }: Published, to: Addressee): boolean {
  const { connectionId, formerId } = to;
  if (except !== undefined && (except === connectionId || except === formerId)) return false;
  if (only === undefined || only.has(connectionId)) return true;
  return formerId !== undefined && only.has(formerId);
}
