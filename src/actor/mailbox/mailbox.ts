import type { Context } from "@opentelemetry/api";
import type { Envelope } from "./envelope.ts";
import { type BareMessage, DequeuedArgs, envelopeOf, MessageQueue } from "./message-queue.ts";
import { BareTell } from "./route.ts";

/**
 * First-in, first-out queue of one actor. Holds messages; never runs a handler.
 *
 * It has a queue only while messages wait. The actor's cell extends this class, so that an idle actor is
 * one object less.
 */
export class Mailbox {
  #queue: MessageQueue | undefined = undefined;
  #depth = 0;

  /** Number of messages that wait. */
  get depth(): number {
    return this.#depth;
  }

  /** Whether the next message has no envelope and comes from the same context as the last one. */
  get continues(): boolean {
    return this.#queue?.continues === true;
  }

  /** Puts in a message that needs no envelope: a tell as its route, an ask as what its caller waits on. */
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
   * Takes the oldest message out: its envelope, or what stands for it with the rest in `dequeued`.
   * `undefined` when there is none.
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

  /** Takes the oldest message out, in an envelope in any case. */
  dequeue(): Envelope | undefined {
    const dequeued = new DequeuedArgs();
    const item = this.dequeueTo(dequeued);
    return item === undefined ? undefined : envelopeOf(item, dequeued);
  }

  /**
   * When the oldest message was sent, as far as it is known: only some messages carry a time, and the
   * first one that does gives a lower bound. Where none does the oldest is marked with `nowMs`, so that
   * a message that stays is seen to age from the first look on.
   */
  oldestSentAtMs(nowMs: number): number | undefined {
    const queue = this.#queue;
    if (queue === undefined) return undefined;
    for (const item of queue.items()) {
      if (!(item instanceof BareTell) && item.sentAtMs !== undefined) return item.sentAtMs;
    }
    const dequeued = new DequeuedArgs();
    const oldest = envelopeOf(queue.take(dequeued), dequeued);
    oldest.sentAtMs = nowMs;
    queue.putBack(oldest);
    return nowMs;
  }
}
