import {
  type Addressee,
  type EventFeed,
  isAddressedTo,
  type Published,
} from "../../activation/access/event-feed.ts";
import { WhenSlow } from "../../activation/definition/event-types.ts";
import { broadcastText } from "./event-text.ts";

/** Text of events in one frame; a larger event has a frame of its own. Between frames, the send buffer is looked at. */
const MAX_FRAME = 65_536;
/** Frames and texts that are kept; a pass over the subscribers needs one or two. */
const MAX_KEPT = 256;

/** What a frame is made for. */
export interface FrameReader extends Addressee {
  readonly a: number;
  readonly events: ReadonlySet<string>;
  /** Equal for equal {@link FrameReader.events}. */
  readonly eventsKey: string;
}

/** Events of a feed in a row, as they are sent to a reader. */
export interface Frame {
  /** Number of the last event of the row. */
  readonly to: number;
  /** `undefined` if none of them is for the reader. */
  readonly bytes: Buffer | undefined;
  /** How many are in it. */
  readonly count: number;
  /** How many were left out because the reader is slow. */
  readonly skipped: number;
}

/** Makes frames of events, and their bytes once for all readers at the same place. */
export class FrameBytes {
  /** The `a` of the readers that share frames. */
  readonly #a: number;
  #feed: EventFeed | undefined;
  readonly #texts = new Map<number, string>();
  readonly #frames = new Map<string, Frame>();

  constructor(a: number) {
    this.#a = a;
  }

  /**
   * Returns the frame of the events from `from` on, all of which are in the feed.
   *
   * @param isSlow leaves out events that may be dropped
   */
  frameFor(reader: FrameReader, feed: EventFeed, from: number, isSlow: boolean): Frame {
    if (this.#feed !== feed) {
      this.clear();
      this.#feed = feed;
    }
    const { row, mask } = rowFrom(reader, feed, from);
    if (reader.a !== this.#a) return this.#make(reader, feed, row, isSlow);
    const key = `${reader.eventsKey} ${from} ${row.length} ${mask} ${isSlow}`;
    let frame = this.#frames.get(key);
    if (frame === undefined) {
      frame = this.#make(reader, feed, row, isSlow);
      if (this.#frames.size < MAX_KEPT) this.#frames.set(key, frame);
    }
    return frame;
  }

  /** Forgets what it has kept. */
  clear(): void {
    this.#feed = undefined;
    this.#texts.clear();
    this.#frames.clear();
  }

  #make(reader: FrameReader, feed: EventFeed, row: readonly Published[], isSlow: boolean): Frame {
    const texts: string[] = [];
    let skipped = 0;
    for (const event of row) {
      if (!reader.events.has(event.event) || !isAddressedTo(event, reader)) continue;
      if (isSlow && event.whenSlow === WhenSlow.Drop) skipped += 1;
      else texts.push(this.#textOf(reader.a, feed, event));
    }
    const to = row.at(-1)?.number ?? 0;
    const count = texts.length;
    const text = count === 1 ? texts[0] : `[${texts.join(",")}]`;
    return { to, count, skipped, bytes: count === 0 ? undefined : Buffer.from(text ?? "") };
  }

  #textOf(a: number, feed: EventFeed, event: Published): string {
    if (a !== this.#a) return broadcastText(a, feed.position(event.number), event);
    let text = this.#texts.get(event.number);
    if (text === undefined) {
      text = broadcastText(a, feed.position(event.number), event);
      if (this.#texts.size < MAX_KEPT) this.#texts.set(event.number, text);
    }
    return text;
  }
}

/** Events that fit into one frame. */
interface Row {
  readonly row: readonly Published[];
  /** Says of each event that is not for everyone whether it is for the reader. */
  readonly mask: string;
}

function rowFrom(reader: Addressee, feed: EventFeed, from: number): Row {
  const row: Published[] = [];
  let [size, mask] = [0, ""];
  for (let number = from; number <= feed.last; number += 1) {
    const event = feed.at(number);
    if (event === undefined) break;
    size += event.body?.length ?? 0;
    if (row.length > 0 && size > MAX_FRAME) break;
    row.push(event);
    const isForAll = event.only === undefined && event.except === undefined;
    if (!isForAll) mask += isAddressedTo(event, reader) ? "1" : "0";
  }
  return { row, mask };
}
