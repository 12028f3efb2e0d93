import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** What a proxy does to bytes of one way that are not lost. */
export interface Passage {
  /** Resolves as soon as something may pass. */
  readonly open: () => Promise<void>;
  /** Time from the arrival at the proxy until a chunk is sent on, in milliseconds. */
  readonly latencyMs: () => number;
  /** How much passes in a second; Infinity: everything at once. */
  readonly bytesPerS: () => number;
}

interface Chunk {
  readonly bytes: Buffer;
  readonly dueMs: number;
}

/** A slow way is cut into pieces, this many in a second: ends of pieces lie anywhere in a message. */
const PIECES_PER_S = 50;
/** What is kept of one way; whoever sends more has to wait, as on a real network. */
const MAX_BYTES = 64 * 1024;

/** One way of a connection: what it keeps, and what it sends on in order. */
export class FaultWay {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #passage: Passage;
  readonly #chunks: Chunk[] = [];
  #bytes = 0;
  #isSending = false;

  constructor(from: Socket, to: Socket, passage: Passage) {
    this.#from = from;
    this.#to = to;
    this.#passage = passage;
  }

  send(bytes: Buffer): void {
    this.#chunks.push({ bytes, dueMs: performance.now() + this.#passage.latencyMs() });
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_BYTES) this.#from.pause();
    if (!this.#isSending) void this.#sendAll(); // ends with the chunks; never rejects
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    for (let chunk = this.#chunks.shift(); chunk !== undefined; chunk = this.#chunks.shift()) {
      const leftMs = chunk.dueMs - performance.now();
      if (leftMs > 0) await delay(leftMs);
      await this.#sendOne(chunk.bytes);
      this.#bytes -= chunk.bytes.length;
      if (this.#bytes <= MAX_BYTES) this.#from.resume();
    }
    this.#isSending = false;
  }

  async #sendOne(bytes: Buffer): Promise<void> {
    for (let at = 0; at < bytes.length && this.#to.writable; ) {
      const bytesPerS = this.#passage.bytesPerS();
      const length = Math.max(1, Math.min(bytes.length - at, bytesPerS / PIECES_PER_S));
      const end = Math.ceil(at + length);
      if (bytesPerS < Infinity) await delay(1_000 / PIECES_PER_S);
      await this.#passage.open();
      await this.#write(bytes.subarray(at, end));
      at = end;
    }
  }

  async #write(bytes: Buffer): Promise<void> {
    if (this.#to.destroyed || this.#to.write(bytes)) return;
    const waiting = new AbortController();
    const { signal } = waiting;
    await Promise.race([once(this.#to, "drain", { signal }), once(this.#to, "close", { signal })])
      .catch(() => {}) // it has failed, and closes
      .finally(() => waiting.abort());
  }
}
