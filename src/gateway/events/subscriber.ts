import type { EventFeed, Published } from "../../activation/access/event-feed.ts";
import type { Link } from "../../activation/access/link.ts";
import { WhenSlow } from "../../activation/definition/event-types.ts";
import { type Gap, GapReason } from "../../wire/gateway-frames.ts";
import type { DirectedEvents } from "./directed.ts";
import type { BlockedReader, EventSink } from "./event-sink.ts";
import type { FrameBytes, FrameReader } from "./frame-bytes.ts";

/** What a {@link Subscriber} is made of. */
export interface SubscriberParts {
  readonly link: Link;
  readonly sink: EventSink;
  /** Number of the connection on its socket. */
  readonly c: number;
  /** Number of the actor in events for this connection. */
  readonly a: number;
  readonly frames: FrameBytes;
  readonly whenSlow: (event: string) => WhenSlow;
  readonly directed: DirectedEvents;
  readonly counts: EventCounts;
  readonly callerId: string | undefined;
}

/** Counts what becomes of events. */
interface EventCounts {
  delivered(count: number): void;
  /** Events that were left out because the client is slow. */
  dropped(count: number): void;
  /** A client was told that events are missing. */
  resynced(reason: GapReason): void;
}

/** One connection as a place in the feed of its actor. It moves on as long as its socket has room. */
export class Subscriber implements FrameReader, BlockedReader {
  readonly #parts: SubscriberParts;
  readonly connectionId: string;
  readonly formerId: string | undefined;
  readonly a: number;
  readonly events: Set<string> = new Set();
  eventsKey = "";
  /** Events that its client was sent. */
  sent = 0;
  /** Events that were left out because its client is slow. */
  dropped = 0;
  /** Number of the last event that is behind it. */
  #place: number;
  /** Until the first subscription, events wait for it in the feed. */
  #hasSubscribed = false;
  #isBlocked = false;
  /** Events that were left out since the last gap; `undefined` if it is not known how many. */
  #skipped: number | undefined = 0;
  #isEnded = false;

  constructor(parts: SubscriberParts, events: readonly string[]) {
    const { link, a } = parts;
    this.#parts = parts;
    this.connectionId = link.connectionId;
    this.formerId = link.formerId;
    this.a = a;
    this.#place = link.start;
    if (events.length > 0) this.#add(events);
  }

  get feed(): EventFeed {
    return this.#parts.link.feed;
  }

  /** Events to this connection alone, for its client when it comes back. */
  get directed(): DirectedEvents {
    return this.#parts.directed;
  }

  get callerId(): string | undefined {
    return this.#parts.callerId;
  }

  subscribe(events: readonly string[]): void {
    if (this.#isEnded) return;
    if (this.#hasSubscribed)
      this.advance(true); // what came before is not for the new subscriptions
    else this.#skipGone(); // what it has not subscribed to is not missed
    this.#add(events);
    this.#parts.link.subscribe(events);
    this.advance(false);
  }

  unsubscribe(events: readonly string[]): void {
    if (this.#isEnded) return;
    for (const event of events) this.events.delete(event);
    this.eventsKey = [...this.events].sort().join(" ");
    this.#parts.link.unsubscribe(events);
  }

  /**
   * Sends the events that it has not been sent yet.
   *
   * @param isForced also beyond the limit of the send buffer: something follows that must not overtake them
   */
  advance(isForced: boolean): void {
    const { sink, frames } = this.#parts;
    const { feed } = this;
    if (this.#isEnded || !this.#hasSubscribed) return;
    while (this.#place < feed.last) {
      if (sink.isFull && !isForced) {
        this.#block();
        break;
      }
      if (!this.#skipLost()) return;
      const frame = frames.frameFor(this, feed, this.#place + 1, this.#isBlocked);
      if (frame.to <= this.#place) break; // nothing is left of it
      this.#place = frame.to;
      this.#skip(frame.skipped);
      if (frame.bytes === undefined) continue;
      sink.send(frame.bytes);
      this.#delivered(frame.count);
    }
    if (this.#isBlocked && (!sink.isFull || isForced) && this.#place >= feed.last) this.#caughtUp();
  }

  /** Sends an event to this connection alone, after the broadcasts before it. */
  direct(event: Published): void {
    const { sink, directed, c } = this.#parts;
    if (this.#isEnded) return;
    if (sink.isFull && event.whenSlow === WhenSlow.Drop) {
      this.#block();
      this.#skip(1);
      return;
    }
    this.advance(true);
    sink.send(directed.add(c, event));
    this.#delivered(1);
  }

  resume(): void {
    this.advance(false);
  }

  /** Nothing is sent any more. */
  end(): void {
    this.#isEnded = true;
  }

  #add(events: readonly string[]): void {
    for (const event of events) this.events.add(event);
    this.eventsKey = [...this.events].sort().join(" ");
    this.#hasSubscribed = true;
  }

  #block(): void {
    if (!this.#isBlocked) this.#isBlocked = true;
    this.#parts.sink.whenRoom(this);
    this.#skipLost();
  }

  #delivered(count: number): void {
    this.sent += count;
    this.#parts.counts.delivered(count);
  }

  #skip(count: number): void {
    if (count === 0) return;
    this.dropped += count;
    if (this.#skipped !== undefined) this.#skipped += count;
    this.#parts.counts.dropped(count);
  }

  /** It reads again: tells its client what was left out. */
  #caughtUp(): void {
    this.#isBlocked = this.#parts.sink.isFull;
    const missed = this.#skipped;
    if (missed === 0) return;
    this.#skipped = 0;
    this.tellGap(
      missed === undefined ? { reason: GapReason.Slow } : { reason: GapReason.Slow, missed },
    );
  }

  tellGap(gap: Gap): void {
    const { c, sink, counts } = this.#parts;
    const at = this.feed.position(this.#place);
    sink.send(JSON.stringify({ t: "gap", c, at, gap }));
    counts.resynced(gap.reason);
  }

  /**
   * Moves past events that have left the feed before they were sent. Returns `false` if one of them may not be missed:
   * the socket is closed then, and its client comes back for them, or is told.
   */
  #skipLost(): boolean {
    const { feed } = this;
    const { sink, whenSlow } = this.#parts;
    const from = this.#place + 1;
    if (from > feed.last || feed.at(from) !== undefined) return true;
    let isMissed = false;
    for (const event of this.events) {
      if (feed.evicted(event) < from) continue;
      if (whenSlow(event) === WhenSlow.Close) {
        this.end();
        sink.overtaken();
        return false;
      }
      isMissed = true;
    }
    if (isMissed) {
      this.#isBlocked = true;
      this.#skipped = undefined;
    }
    this.#skipGone();
    return true;
  }

  #skipGone(): void {
    const { feed } = this;
    while (this.#place < feed.last && feed.at(this.#place + 1) === undefined) this.#place += 1;
  }
}
