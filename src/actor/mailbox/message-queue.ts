import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { keepShape } from "../../base/shapes.ts";
import { ABSENT, Envelope } from "./envelope.ts";
import type { PendingAsk } from "./pending-ask.ts";
import { BareTell } from "./route.ts";
import { LARGEST, nextOf, type Segment, SMALLEST, segmentPool, slotsOf } from "./segments.ts";

/** A message without an envelope: a tell as a form of its route, or an ask as its pending ask. */
export type BareMessage = BareTell | PendingAsk;

/** Precedes a context in the queue, which is the one of the messages that follow. */
const CONTEXT: unique symbol = Symbol("limelight.context");

/** Slots of the longest message: a context marker, the context, the message, two arguments. */
const LONGEST = 5;
/** Slots of the largest segment that an unused queue keeps as its first: 16 KiB. */
const LARGEST_FIRST = 2_048;
/** Empty slots kept by all unused queues together: 2 MiB. */
const MAX_QUEUE_SLOTS = 262_144;

/** Unused queues with their first segment, and the sum of their slots. */
const queues: MessageQueue[] = [];
let slotsInQueues = 0;

/** Receives the parts of a removed message. One per system, reused for every message. */
export class DequeuedArgs {
  first: unknown = ABSENT;
  second: unknown = ABSENT;
  /** Context of the sender, if the message has no envelope. */
  context: Context = ROOT_CONTEXT;
}

/**
 * The queue of one mailbox while it has messages; reused by another mailbox afterwards.
 *
 * ```
 *  #head                                           #tail
 *    v                                               v
 *  +---+---+---+----+----+---+---+---+------+      +---+---+---+---+---+---+------+
 *  | . | . | p | a1 | a2 | E | . | . | link | ---> | C | x | q | . | . | . |      |
 *  +---+---+---+----+----+---+---+---+------+      +---+---+---+---+---+---+------+
 *            ^                                                   ^
 *         #readAt                                             #writeAt
 *
 *  p, q    a message without an envelope: a form of its route, or a pending ask
 *  a1, a2  its arguments, as many as its `slots` says (0 to 2)
 *  E       a message with an envelope, which carries context and arguments itself
 *  C x     context marker: the messages without an envelope that follow, also in later segments, were sent
 *          under context x; written only where the context changes
 *  .       an empty slot, already read or not yet written; at the start of a message it means that the
 *          queue continues in the next segment
 *  link    the last slot: the next segment, `undefined` in the last one
 * ```
 *
 * A message is always within one segment: `#lastAt` is the last slot at which the longest one still fits.
 *
 * A plain tell takes one array slot and one more for each argument, without any object. Its context takes
 * slots only where it differs from that of the previous message. Only a message that carries more (a time,
 * three arguments, an ask's span) is an envelope. This keeps sending cheap and a backlog almost free for the
 * garbage collector. The queue grows by segments, so nothing is ever copied.
 */
export class MessageQueue {
  #head: Segment = segmentPool.take(SMALLEST);
  #tail: Segment = this.#head;
  /** Slot of the oldest message in the first segment, and of the next free one in the last. */
  #readAt = 0;
  #writeAt = 0;
  /** The last slot of the last segment at which the longest message may begin. */
  #lastAt = lastBeginning(this.#tail);
  /** The current context of the reading end, and of the writing end. */
  #readContext: Context = ROOT_CONTEXT;
  #writeContext: Context = ROOT_CONTEXT;

  /** Returns an empty queue, reused if possible. */
  static acquire(): MessageQueue {
    const queue = queues.pop();
    if (queue === undefined) return new MessageQueue();
    slotsInQueues -= slotsOf(queue.#head);
    return queue;
  }

  /** Returns the queue, which must be empty, for reuse. */
  release(): void {
    this.#readAt = 0;
    this.#writeAt = 0;
    this.#readContext = ROOT_CONTEXT;
    this.#writeContext = ROOT_CONTEXT;
    if (slotsOf(this.#head) > LARGEST_FIRST) {
      segmentPool.giveBack(this.#head);
      this.#head = segmentPool.take(LARGEST_FIRST);
      this.#tail = this.#head;
    }
    this.#lastAt = lastBeginning(this.#tail);
    segmentPool.trimInTime();
    const slots = slotsOf(this.#head);
    if (slotsInQueues + slots > MAX_QUEUE_SLOTS) return;
    queues.push(this);
    slotsInQueues += slots;
  }

  /** Whether the next message has no envelope and has the same context as the previous one. */
  get continues(): boolean {
    const item = this.#head[this.#readAt];
    return item !== undefined && item !== CONTEXT && !(item instanceof Envelope);
  }

  /** Adds a message that needs no envelope. */
  put(item: BareMessage, first: unknown, second: unknown, context: Context): void {
    if (this.#writeAt > this.#lastAt) this.#extend();
    const segment = this.#tail;
    let at = this.#writeAt;
    if (context !== this.#writeContext) {
      this.#writeContext = context;
      segment[at] = CONTEXT;
      segment[at + 1] = context;
      at += 2;
    }
    segment[at] = item;
    const { slots } = item;
    if (slots > 0) segment[at + 1] = first;
    if (slots > 1) segment[at + 2] = second;
    this.#writeAt = at + 1 + slots;
  }

  /** Adds a message that carries its own context. */
  putEnvelope(envelope: Envelope): void {
    if (this.#writeAt > this.#lastAt) this.#extend();
    this.#tail[this.#writeAt] = envelope;
    this.#writeAt += 1;
  }

  /** Removes the oldest message of a queue that is not empty, and puts its other parts into `dequeued`. */
  take(dequeued: DequeuedArgs): Envelope | BareMessage {
    const at = this.#skipToMessage();
    const segment = this.#head;
    const item = segment[at] as Envelope | BareMessage;
    segment[at] = undefined;
    const { slots } = item;
    this.#readAt = at + 1 + slots;
    dequeued.context = this.#readContext;
    if (slots === 0) {
      dequeued.first = ABSENT;
      return item;
    }
    dequeued.first = segment[at + 1];
    segment[at + 1] = undefined;
    if (slots === 1) {
      dequeued.second = ABSENT;
    } else {
      dequeued.second = segment[at + 2];
      segment[at + 2] = undefined;
    }
    return item;
  }

  /** Yields the messages, oldest first. */
  *items(): Generator<Envelope | BareMessage> {
    let segment = this.#head;
    let at = this.#readAt;
    while (segment !== this.#tail || at < this.#writeAt) {
      const item = segment[at];
      if (item === undefined) {
        segment = nextOf(segment);
        at = 0;
      } else if (item === CONTEXT) {
        at += 2;
      } else {
        yield item as Envelope | BareMessage;
        at += 1 + (item as Envelope | BareMessage).slots;
      }
    }
  }

  /** Makes `envelope` the oldest message, in place of the one that has just been removed. */
  putBack(envelope: Envelope): void {
    // There is room: the removed message took at least one slot.
    this.#readAt -= 1;
    this.#head[this.#readAt] = envelope;
  }

  /** Advances to the oldest message and returns its slot. */
  #skipToMessage(): number {
    const at = this.#readAt;
    const item = this.#head[at];
    if (item !== undefined && item !== CONTEXT) return at;
    if (item === undefined) this.#advance();
    return this.#skipContext();
  }

  #skipContext(): number {
    const at = this.#readAt;
    const segment = this.#head;
    if (segment[at] !== CONTEXT) return at;
    this.#readContext = segment[at + 1] as Context;
    segment[at] = undefined;
    segment[at + 1] = undefined;
    return at + 2;
  }

  #extend(): void {
    const full = this.#tail;
    const segment = segmentPool.take(Math.min(LARGEST, slotsOf(full) * 2));
    full[slotsOf(full)] = segment;
    this.#tail = segment;
    this.#writeAt = 0;
    this.#lastAt = lastBeginning(segment);
  }

  /** Moves to the next segment after the first one has been read completely. */
  #advance(): void {
    const used = this.#head;
    this.#head = nextOf(used);
    this.#readAt = 0;
    used[slotsOf(used)] = undefined;
    segmentPool.giveBack(used);
  }
}

/** Returns the last start slot. One slot stays empty to mark that the queue continues in the next segment. */
function lastBeginning(segment: Segment): number {
  return slotsOf(segment) - 1 - LONGEST;
}

/** Returns a removed message as an envelope. */
export function envelopeOf(
  item: Envelope | BareMessage,
  { first, second, context }: DequeuedArgs,
): Envelope {
  if (item instanceof Envelope) return item;
  const envelope = new Envelope(item.route);
  envelope.first = first;
  envelope.second = second;
  if (!(item instanceof BareTell)) {
    envelope.ask = item;
    envelope.sentAtMs = item.sentAtMs;
  }
  envelope.address(context);
  return envelope;
}

keepShape(new MessageQueue());
