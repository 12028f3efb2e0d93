/** What a message takes besides its body and headers: its line, subjects, and inboxes. */
const OVERHEAD_BYTES = 128;

/** The share of the limit that may stay unconfirmed. */
const SLACK_SHARE = 1 / 64;

/**
 * Bounds what was sent and not confirmed by the server. The client and the socket buffer without bound, also while the
 * server does not read.
 *
 * Bytes count until the reply to a ping that followed them; one ping is under way at a time. A ping is a write to the
 * socket and a packet of its own, which costs as much as a small message: the first 64th of the limit is sent without one.
 */
export class OutboundLimit {
  readonly #maxBytes: number;
  /** Up to as many bytes, no confirmation is asked for, and every message is taken. */
  readonly #slackBytes: number;
  readonly #flush: () => Promise<void>;
  #bytes = 0;
  /** Of these, the ping that is under way confirms. */
  #pingedBytes = 0;
  #isPinging = false;

  /**
   * @param maxBytes most bytes that may be unconfirmed
   * @param flush resolves when the server has read everything before; rejects when the connection is lost
   */
  constructor(maxBytes: number, flush: () => Promise<void>) {
    this.#maxBytes = maxBytes;
    this.#slackBytes = maxBytes * SLACK_SHARE;
    this.#flush = flush;
  }

  /** Bytes that are not confirmed; up to a 64th of the limit may stay so for ever. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Counts a message of `sizeBytes`, and returns true, if there is space for it. */
  take(sizeBytes: number): boolean {
    const bytes = sizeBytes + OVERHEAD_BYTES;
    if (this.#bytes > this.#slackBytes && this.#bytes + bytes > this.#maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Asks for confirmation of what was sent, after it was, unless it is little. */
  sent(): void {
    if (this.#isPinging || this.#bytes <= this.#slackBytes) return;
    this.#isPinging = true;
    this.#pingedBytes = this.#bytes;
    void this.#confirm(); // never rejects
  }

  async #confirm(): Promise<void> {
    try {
      await this.#flush();
      this.#bytes -= this.#pingedBytes;
    } catch {
      this.#bytes = 0; // what was buffered went with the connection
    }
    this.#isPinging = false;
    this.sent();
  }
}
