import type { Context } from "@opentelemetry/api";
import type { Envelope } from "./envelope.ts";
import { type BareMessage, DequeuedArgs, envelopeOf, MessageQueue } from "./message-queue.ts";
import { BareTell } from "./route.ts";

/**
 * First-in, first-out queue of one actor. Stores messages; never runs a handler.
 *
 * A queue is attached only while messages wait. The actor's cell extends this class, which saves one object
 * per idle actor.
 */
export class Mailbox {
  #queue: MessageQueue | undefined = undefined;
  #depth = 0;

  /** Number of waiting messages. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether the next message has no envelope and has the same context as the previous one. */
  get continues(): boolean {
    return this.#queue?.continues === true;
  }

  /** Adds a message that needs no envelope: a tell as its route's form, an ask as its pending ask. */
  enqueueBare(item: BareMessage, first: unknown, second: unknown, context: Context): void {
    this.#queue ??= MessageQueue.acquire();
    this.#queue.put(item, first, second, context);
    this.#depth += 1;
  }

  enqueue(envelope: Envelope): void {
    this.#queue ??= MessageQueue.acquire();
    this.#queue.putEnvelope(envelope);
    this.#depth += 1;
  }

  /**
   * Removes the oldest message: its envelope, or its bare form with the rest in `dequeued`. Returns
   * `undefined` when the mailbox is empty.
   */
  dequeueTo(dequeued: DequeuedArgs): Envelope | BareMessage | undefined {
    const queue = this.#queue;
    if (queue === undefined) return undefined;
    const item = queue.take(dequeued);
    this.#depth -= 1;
    if (this.#depth === 0) {
      this.#queue = undefined;
      queue.release();
    }
    return item;
  }

  /** Removes the oldest message, always as an envelope. */
  dequeue(): Envelope | undefined {
    const dequeued = new DequeuedArgs();
    const item = this.dequeueTo(dequeued);
    return item === undefined ? undefined : envelopeOf(item, dequeued);
  }

  /**
   * Returns when the oldest message was sent, as far as is known. Only some messages carry a time; the first
   * one that does gives a lower bound. If none does, the oldest message is marked with `nowMs`, so that its
   * age is measured from the first reading on.
   */
  oldestSentAtMs(nowMs: number): number | undefined {
    const queue = this.#queue;
    if (queue === undefined) return undefined;
    for (const item of queue.items()) {
      if (!(item instanceof BareTell) && item.sentAtMs !== undefined) return item.sentAtMs;
    }
    const oldest = this.oldest();
    if (oldest !== undefined) oldest.sentAtMs = nowMs;
    return nowMs;
  }

  /** Returns the oldest message without removing it. From then on it has an envelope. */
  oldest(): Envelope | undefined {
    const queue = this.#queue;
    if (queue === undefined) return undefined;
    const dequeued = new DequeuedArgs();
    const oldest = envelopeOf(queue.take(dequeued), dequeued);
    queue.putBack(oldest);
    return oldest;
  }
}
