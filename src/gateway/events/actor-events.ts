import type { EventFeed, Published } from "../../activation/access/event-feed.ts";
import type { LinkEnding, LinkFigures, Outlet } from "../../activation/access/link.ts";
import type { Clock } from "../../base/clock.ts";
import { DirectedEvents } from "./directed.ts";
import type { FanOut, Slices } from "./fan-out.ts";
import { FrameBytes } from "./frame-bytes.ts";
import { LostConnections } from "./lost-connections.ts";
import type { Subscriber } from "./subscriber.ts";

/** A connection of the actor. */
interface Entry {
  readonly subscriber: Subscriber;
  /** Called when its actor has ended it. */
  readonly onEnded: (ending: LinkEnding) => void;
  readonly figures: () => LinkFigures;
}

interface End extends Entry {
  readonly ending: LinkEnding;
}

/** Parts of {@link ActorEvents}. */
export interface ActorEventsParts {
  /** Number of the actor in events. */
  readonly a: number;
  readonly fanOut: FanOut;
  readonly clock: Clock;
  /** Records how long all subscribers together took. */
  readonly fannedOut: (durationMs: number) => void;
  /** An event was sent to one connection alone. */
  readonly onDirected: () => void;
}

/** Where the events of one actor go: to all connections that a gateway has to it. */
export class ActorEvents implements Outlet, Slices {
  readonly #parts: ActorEventsParts;
  readonly frames: FrameBytes;
  readonly lost: LostConnections;
  readonly #entries = new Map<string, Entry>();
  #ends: End[] = [];
  /** Connections that are being opened. */
  opening = 0;
  #pass: Iterator<Entry> | undefined;
  /** When the events were given that are being sent. */
  #startedMs: number | undefined;
  #isDue = false;

  constructor(parts: ActorEventsParts) {
    this.#parts = parts;
    this.frames = new FrameBytes(parts.a);
    this.lost = new LostConnections(parts.clock);
  }

  get a(): number {
    return this.#parts.a;
  }

  /** Whether it has no connection, and remembers none. */
  get isUnused(): boolean {
    return this.opening + this.#entries.size + this.lost.size + this.#ends.length === 0;
  }

  /** Adds a connection, in the turn in which it was opened. */
  add(entry: Entry): void {
    this.#entries.set(entry.subscriber.connectionId, entry);
  }

  /** Removes a connection. @param isLost whether its client may come back for events to it alone */
  remove(subscriber: Subscriber, isLost: boolean): void {
    const { connectionId, directed, callerId } = subscriber;
    subscriber.end();
    if (this.#entries.delete(connectionId) && isLost) {
      this.lost.add(connectionId, directed, callerId);
    }
  }

  advanced(_feed: EventFeed): void {
    this.#startedMs ??= this.#parts.clock.monotonicMs();
    this.#isDue = true;
    this.#parts.fanOut.add(this);
  }

  direct(connectionId: string, event: Published): void {
    this.#parts.onDirected();
    this.#entries.get(connectionId)?.subscriber.direct(event);
  }

  ended(connectionIds: readonly string[], ending: LinkEnding): void {
    for (const id of connectionIds) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) this.#ends.push({ ...entry, ending });
    }
    this.#parts.fanOut.add(this);
  }

  figuresOf(connectionId: string): LinkFigures | undefined {
    return this.#entries.get(connectionId)?.figures();
  }

  work(isOver: () => boolean): boolean {
    if (!this.#sendEvents(isOver)) return false;
    // After the events: nothing follows the end of a connection.
    const ends = this.#ends;
    this.#ends = [];
    for (let at = 0; at < ends.length; at += 1) {
      const { subscriber, onEnded, ending } = ends[at] as End;
      subscriber.advance(true);
      onEnded(ending);
      if (isOver() && at + 1 < ends.length) {
        this.#ends = [...ends.slice(at + 1), ...this.#ends];
        return false;
      }
    }
    return true;
  }

  /** Returns whether all subscribers are sent all events, as far as they read. */
  #sendEvents(isOver: () => boolean): boolean {
    while (this.#isDue || this.#pass !== undefined) {
      if (this.#pass === undefined) {
        this.#isDue = false;
        this.#pass = this.#entries.values();
      }
      for (let next = this.#pass.next(); ; next = this.#pass.next()) {
        if (next.done === true) break;
        next.value.subscriber.advance(false);
        if (isOver()) return false;
      }
      this.#pass = undefined;
    }
    this.frames.clear();
    if (this.#startedMs === undefined) return true;
    this.#parts.fannedOut(this.#parts.clock.monotonicMs() - this.#startedMs);
    this.#startedMs = undefined;
    return true;
  }
}

/** Returns the events to one connection alone, of a client that comes back; those of a new client otherwise. */
export function directedOf(
  lost: LostConnections,
  last: { readonly id: string; readonly d: number } | undefined,
  callerId: string | undefined,
  isContinued: boolean,
): DirectedEvents | undefined {
  const known = last === undefined ? undefined : lost.take(last.id, callerId);
  if (last === undefined || !isContinued) return new DirectedEvents();
  return known;
}
