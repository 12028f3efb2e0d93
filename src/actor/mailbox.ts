import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { Envelope } from "./envelope.ts";
import type { PendingAsk } from "./pending-ask.ts";
import { Route } from "./route.ts";

/** A message without an envelope: the route of a tell, or the pending ask of an ask. */
export type Plain = Route | PendingAsk;

/** Slots of one message: what it is, first argument, second argument, context. */
const WIDTH = 4;
/** Messages the smallest ring holds. */
const SMALLEST = 8;
/** Slots kept for reuse in each size of ring. */
const POOLED_SLOTS = 131_072;

/** Empty rings of each size, by the power of two: a mailbox has one only while messages wait in it. */
const pool: unknown[][][] = [];

function sizeClass(messages: number): number {
  return 31 - Math.clz32(messages);
}

function takeRing(messages: number): unknown[] {
  return pool[sizeClass(messages)]?.pop() ?? new Array<unknown>(messages * WIDTH).fill(undefined);
}

/** @param ring which must not keep anything of a message alive */
function giveRingBack(ring: unknown[]): void {
  const rings = pool[sizeClass(ring.length / WIDTH)];
  if (rings === undefined) pool[sizeClass(ring.length / WIDTH)] = [ring];
  else if (rings.length * ring.length < POOLED_SLOTS) rings.push(ring);
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
 * A plain tell is four slots of a ring and no object at all; only a message that has more to carry (a
 * time, three arguments, an ask's span) is an envelope in the first of its slots. That makes sending cheap, and
 * a backlog invisible to the garbage collector. The actor's cell extends this class, so that an idle
 * actor is one object less.
 */
export class Mailbox {
  #ring: unknown[] | undefined = undefined;
  /** Index of the oldest message, in messages. */
  #head = 0;
  #depth = 0;
  /** Size of ring to begin with: half of what was needed last time. */
  #hint = SMALLEST;

  /** Number of messages that wait. */
  get depth(): number {
    return this.#depth;
  }

  /** Puts in a message that needs no envelope: a tell as its route, an ask as what its caller waits on. */
  enqueuePlain(item: Plain, first: unknown, second: unknown, context: Context): void {
    const ring = this.#room();
    const at = ((this.#head + this.#depth) * WIDTH) & (ring.length - 1);
    ring[at] = item;
    ring[at + 1] = first;
    ring[at + 2] = second;
    ring[at + 3] = context;
    this.#depth += 1;
  }

  enqueue(envelope: Envelope): void {
    const ring = this.#room();
    const at = ((this.#head + this.#depth) * WIDTH) & (ring.length - 1);
    ring[at] = envelope;
    ring[at + 3] = undefined;
    this.#depth += 1;
  }

  /**
   * Takes the oldest message out: its envelope, or what stands for it with the rest in `departure`.
   * `undefined` when there is none.
   */
  dequeueTo(departure: Departure): Envelope | Plain | undefined {
    const ring = this.#ring;
    if (ring === undefined) return undefined;
    const at = (this.#head * WIDTH) & (ring.length - 1);
    const item = ring[at] as Envelope | Plain;
    const context = ring[at + 3] as Context | undefined;
    departure.context = context;
    if (context === undefined) {
      ring[at] = undefined;
    } else {
      departure.first = ring[at + 1];
      departure.second = ring[at + 2];
      ring[at + 1] = undefined;
      ring[at + 2] = undefined;
      if (context !== ROOT_CONTEXT) ring[at + 3] = undefined;
    }
    this.#head += 1;
    this.#depth -= 1;
    if (this.#depth === 0) this.#release(ring);
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
    const ring = this.#ring;
    if (ring === undefined) return undefined;
    for (let index = 0; index < this.#depth; index += 1) {
      const item = ring[((this.#head + index) * WIDTH) & (ring.length - 1)] as Envelope | Plain;
      if (!(item instanceof Route) && item.sentAtMs !== undefined) return item.sentAtMs;
    }
    this.#markOldest(ring, nowMs);
    return nowMs;
  }

  #markOldest(ring: unknown[], nowMs: number): void {
    const at = (this.#head * WIDTH) & (ring.length - 1);
    const departure = new Departure();
    departure.first = ring[at + 1];
    departure.second = ring[at + 2];
    departure.context = ring[at + 3] as Context | undefined;
    const envelope = envelopeOf(ring[at] as Envelope | Plain, departure);
    envelope.sentAtMs = nowMs;
    ring[at] = envelope;
    ring[at + 3] = undefined;
  }

  /** A ring with room for one more message. */
  #room(): unknown[] {
    const ring = this.#ring;
    if (ring !== undefined && this.#depth * WIDTH < ring.length) return ring;
    if (ring !== undefined) return this.#grow(ring);
    this.#head = 0;
    this.#ring = takeRing(this.#hint);
    return this.#ring;
  }

  #grow(full: unknown[]): unknown[] {
    const ring = takeRing((full.length / WIDTH) * 2);
    const start = (this.#head * WIDTH) & (full.length - 1);
    for (let slot = 0; slot < full.length; slot += 1) {
      const from = (start + slot) & (full.length - 1);
      ring[slot] = full[from];
      full[from] = undefined;
    }
    giveRingBack(full);
    this.#head = 0;
    this.#ring = ring;
    return ring;
  }

  #release(ring: unknown[]): void {
    this.#hint = Math.max(SMALLEST, ring.length / WIDTH / 2);
    this.#ring = undefined;
    giveRingBack(ring);
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
