import type { Envelope } from "./envelope.ts";

/**
 * First-in, first-out queue of one actor, as a list through the envelopes themselves: an empty mailbox
 * is three fields, and taking one out never moves the others. Holds envelopes; never runs a handler.
 *
 * The actor's cell extends it, so that an idle actor is one object less.
 */
export class Mailbox {
  #head: Envelope | undefined = undefined;
  #tail: Envelope | undefined = undefined;
  #depth = 0;

  /** Number of envelopes that wait. */
  get depth(): number {
    return this.#depth;
  }

  /** The envelope that waits longest. */
  get oldest(): Envelope | undefined {
    return this.#head;
  }

  enqueue(envelope: Envelope): void {
    if (this.#tail === undefined) this.#head = envelope;
    else this.#tail.next = envelope;
    this.#tail = envelope;
    this.#depth += 1;
  }

  dequeue(): Envelope | undefined {
    const envelope = this.#head;
    if (envelope === undefined) return undefined;
    this.#head = envelope.next;
    if (this.#head === undefined) this.#tail = undefined;
    envelope.next = undefined;
    this.#depth -= 1;
    return envelope;
  }
}
