import type { EventFeed, Published } from "../../activation/access/event-feed.ts";
import { EVENTS_PER_FRAME, type LinkFrame } from "./link-frames.ts";

/** Size of the bodies in one frame, from which on it is sent. */
const BATCH_LENGTH = 131_072;
/** Frames that may wait, besides events of the feed; and the size of the bodies of events among them. */
const MAX_FRAMES = 2_048;
const MAX_LENGTH = 4_194_304;

/** Events of the feed, from one number to another. They stay in the feed until they are sent. */
interface Range {
  from: number;
  to: number;
  /** Whether they were sent before, and may be missing now. */
  readonly isReplay: boolean;
}

type Entry = Range | { readonly frame: LinkFrame; readonly length: number };

/** What waits to be sent on a link, in order. Events wait in the feed of their actor, which bounds them. */
export class OutletQueue {
  #entries: Entry[] = [];
  #frames = 0;
  #length = 0;

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  /** Whether more waits than is worth keeping. */
  get isFull(): boolean {
    return this.#frames > MAX_FRAMES || this.#length > MAX_LENGTH;
  }

  /** Adds a frame. */
  add(frame: LinkFrame): void {
    const length = frame.kind === "direct" ? (frame.event.body?.length ?? 0) : 0;
    this.#entries.push({ frame, length });
    this.#frames += 1;
    this.#length += length;
  }

  /** Adds new events of the feed, behind those before them. */
  advance(from: number, to: number): void {
    if (from > to) return;
    const last = this.#entries.at(-1);
    if (last !== undefined && "from" in last && !last.isReplay) last.to = to;
    else this.#entries.push({ from, to, isReplay: false });
  }

  /** Adds events that were sent before, for a connection that has missed them. */
  replay(from: number, to: number): void {
    if (from <= to) this.#entries.push({ from, to, isReplay: true });
  }

  /** Takes the next frame; `undefined` if there is none, and `"gone"` if events have left the feed before they were sent. */
  next(feed: EventFeed | undefined): LinkFrame | "gone" | undefined {
    for (let entry = this.#entries[0]; entry !== undefined; entry = this.#entries[0]) {
      if ("frame" in entry) {
        this.#entries.shift();
        this.#frames -= 1;
        this.#length -= entry.length;
        return entry.frame;
      }
      const batch = feed === undefined ? "gone" : takeBatch(entry, feed);
      if (entry.from > entry.to) this.#entries.shift();
      if (batch !== undefined) return batch;
    }
    return undefined;
  }

  clear(): void {
    this.#entries = [];
    this.#frames = 0;
    this.#length = 0;
  }
}

function takeBatch(range: Range, feed: EventFeed): LinkFrame | "gone" | undefined {
  const events: Published[] = [];
  let length = 0;
  while (range.from <= range.to && events.length < EVENTS_PER_FRAME && length < BATCH_LENGTH) {
    const event = feed.at(range.from);
    if (event === undefined && !range.isReplay) return "gone";
    range.from += 1;
    if (event === undefined) continue;
    events.push(event);
    length += event.body?.length ?? 0;
  }
  return events.length === 0 ? undefined : { kind: "events", first: feed.first, events };
}
