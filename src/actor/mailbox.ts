import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { Envelope } from "./envelope.ts";
import type { PendingAsk } from "./pending-ask.ts";
import { Route } from "./route.ts";

/** A message without an envelope: the route of a tell, or the pending ask of an ask. */
export type Plain = Route | PendingAsk;

/** Slots of one message: what it is, first argument, second argument, context. */
const WIDTH = 4;
/** Messages of the smallest and of the largest segment. */
const SMALLEST = 8;
const LARGEST = 512;
/** Empty slots kept for reuse, over all sizes: 4 MiB. */
const MAX_POOLED_SLOTS = 524_288;

/** A piece of a mailbox: the slots of some messages, and the segment that follows in the last slot. */
type Segment = unknown[];

/** Unused segments by size: a mailbox has one only while messages wait in it. */
const pool = new Map<number, Segment[]>();
let pooledSlots = 0;

function takeSegment(messages: number): Segment {
  const slots = messages * WIDTH + 1;
  const segment = pool.get(slots)?.pop();
  if (segment === undefined) return new Array<unknown>(slots).fill(undefined);
  pooledSlots -= slots;
  return segment;
}

/** @param segment which must not keep anything of a message alive */
function giveBack(segment: Segment): void {
  const slots = segment.length;
  if (pooledSlots + slots > MAX_POOLED_SLOTS) return;
  const segments = pool.get(slots);
  if (segments === undefined) pool.set(slots, [segment]);
  else segments.push(segment);
  pooledSlots += slots;
}

function nextOf(segment: Segment): Segment | undefined {
  return segment[segment.length - 1] as Segment | undefined;
}

function messagesOf(segment: Segment): number {
  return (segment.length - 1) / WIDTH;
}

/** Where a mailbox puts what it hands out with a message; one for each system, used over and over. */
export class Departure {
  first: unknown = undefined;
  second: unknown = undefined;
  /** Where a message without an envelope was sent; `undefined` for one that has an envelope. */
  context: Context | undefined = undefined;
}

/**
 * First-in, first-out queue of one actor. Holds messages; never runs a handler.
 *
 * A plain tell is four slots of an array and no object at all; only a message that has more to carry (a
 * time, three arguments, an ask's span) is an envelope in the first of its slots. That makes sending
 * cheap, and a backlog next to invisible to the garbage collector. It grows by segments of up to 512
 * messages, so that nothing is ever copied. The actor's cell extends this class, so that an idle actor is
 * one object less.
 */
export class Mailbox {
  #head: Segment | undefined = undefined;
  #tail: Segment | undefined = undefined;
  /** Slot of the oldest message in the first segment, and of the next one in the last. */
  #readAt = 0;
  #writeAt = 0;
  #depth = 0;
  /** Size of segment to begin with: half of what was needed last time. */
  #hint = SMALLEST;

  /** Number of messages that wait. */
  get depth(): number {
    return this.#depth;
  }

  /** Puts in a message that needs no envelope: a tell as its route, an ask as what its caller waits on. */
  enqueuePlain(item: Plain, first: unknown, second: unknown, context: Context): void {
    const segment = this.#room();
    const at = this.#writeAt;
    segment[at] = item;
    segment[at + 1] = first;
    segment[at + 2] = second;
    segment[at + 3] = context;
    this.#writeAt = at + WIDTH;
    this.#depth += 1;
  }

  enqueue(envelope: Envelope): void {
    const segment = this.#room();
    const at = this.#writeAt;
    segment[at] = envelope;
    segment[at + 3] = undefined;
    this.#writeAt = at + WIDTH;
    this.#depth += 1;
  }

  /**
   * Takes the oldest message out: its envelope, or what stands for it with the rest in `departure`.
   * `undefined` when there is none.
   */
  dequeueTo(departure: Departure): Envelope | Plain | undefined {
    const segment = this.#head;
    if (segment === undefined) return undefined;
    const at = this.#readAt;
    const item = segment[at] as Envelope | Plain;
    const context = segment[at + 3] as Context | undefined;
    departure.context = context;
    segment[at] = undefined;
    if (context !== undefined) {
      departure.first = segment[at + 1];
      departure.second = segment[at + 2];
      segment[at + 1] = undefined;
      segment[at + 2] = undefined;
      if (context !== ROOT_CONTEXT) segment[at + 3] = undefined;
    }
    this.#readAt = at + WIDTH;
    this.#depth -= 1;
    if (this.#depth === 0) this.#release(segment);
    else if (this.#readAt === segment.length - 1) this.#advance(segment);
    return item;
  }

  /** Takes the oldest message out, in an envelope in any case. */
  dequeue(): Envelope | undefined {
    const departure = new Departure();
    const item = this.dequeueTo(departure);
    return item === undefined ? undefined : envelopeOf(item, departure);
  }

  /**
   * When the oldest message was sent, as far as it is known: only some messages carry a time, and the
   * first one that does gives a lower bound. Where none does the oldest is marked with `nowMs`, so that
   * a message that stays is seen to age from the first look on.
   */
  oldestSentAtMs(nowMs: number): number | undefined {
    let segment = this.#head;
    if (segment === undefined) return undefined;
    let at = this.#readAt;
    for (let index = 0; index < this.#depth; index += 1) {
      if (at === segment.length - 1) {
        segment = nextOf(segment) ?? segment;
        at = 0;
      }
      const item = segment[at] as Envelope | Plain;
      if (!(item instanceof Route) && item.sentAtMs !== undefined) return item.sentAtMs;
      at += WIDTH;
    }
    this.#markOldest(nowMs);
    return nowMs;
  }

  #markOldest(nowMs: number): void {
    const segment = this.#head;
    if (segment === undefined) return;
    const at = this.#readAt;
    const departure = new Departure();
    departure.first = segment[at + 1];
    departure.second = segment[at + 2];
    departure.context = segment[at + 3] as Context | undefined;
    const envelope = envelopeOf(segment[at] as Envelope | Plain, departure);
    envelope.sentAtMs = nowMs;
    segment[at] = envelope;
    segment[at + 3] = undefined;
  }

  /** The segment that takes one more message, at `#writeAt`. */
  #room(): Segment {
    const tail = this.#tail;
    if (tail !== undefined && this.#writeAt < tail.length - 1) return tail;
    return this.#extend(tail);
  }

  #extend(full: Segment | undefined): Segment {
    const messages = full === undefined ? this.#hint : Math.min(LARGEST, messagesOf(full) * 2);
    const segment = takeSegment(messages);
    if (full === undefined) {
      this.#head = segment;
      this.#readAt = 0;
    } else {
      full[full.length - 1] = segment;
    }
    this.#tail = segment;
    this.#writeAt = 0;
    return segment;
  }

  /** The first segment is used up and another follows. */
  #advance(used: Segment): void {
    this.#head = nextOf(used);
    this.#readAt = 0;
    used[used.length - 1] = undefined;
    giveBack(used);
  }

  #release(last: Segment): void {
    this.#hint = Math.max(SMALLEST, messagesOf(last) / 2);
    this.#head = undefined;
    this.#tail = undefined;
    giveBack(last);
  }
}

/** A message that was taken out, as an envelope in any case. */
export function envelopeOf(
  item: Envelope | Plain,
  { first, second, context }: Departure,
): Envelope {
  if (item instanceof Envelope) return item;
  const envelope = new Envelope(item.route);
  envelope.first = first;
  envelope.second = second;
  if (!(item instanceof Route)) {
    envelope.ask = item;
    envelope.sentAtMs = item.sentAtMs;
  }
  if (context !== undefined) envelope.address(context);
  return envelope;
}
