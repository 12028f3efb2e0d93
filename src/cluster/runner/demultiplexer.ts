import type { Clock } from "../../base/clock.ts";
import { backoffDelayMs } from "../../supervision/backoff.ts";
import { wait } from "../engine/wait.ts";

/** Attempts that an item is given before it is given up. */
export const MAX_ATTEMPTS = 6;

/** About 1, 2, 5, 12 and 28 s. */
const RETRIES = { initialMs: 1_000, factor: 2.3, maxMs: 30_000, jitter: 0.2 };

/** What a {@link Demultiplexer} works with. */
export interface DemultiplexerParts<Item> {
  readonly clock: Clock;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Items that may wait for each key, the one at work included. */
  readonly capacity: number;
  /** Does an item. A rejection has it done again later, at most {@link MAX_ATTEMPTS} times in all. */
  handle(item: Item): Promise<void>;
  /** Learns of each rejection. */
  failed(item: Item, error: unknown, attempt: number): void;
  /** Whether to give up at once, since another attempt cannot end otherwise. */
  isFinal(error: unknown): boolean;
  /** Puts aside an item that cannot be done. A rejection has this done again later, until it resolves. */
  giveUp(item: Item, error: unknown): Promise<void>;
  /** Learns of the number of keys with items, when it has changed. */
  activeChanged(active: number): void;
  /** Learns of each item that is neither done nor given up, since the demultiplexer was closed. */
  abandoned(item: Item): void;
}

/**
 * Queues of many keys that are worked off side by side: one item at a time for each key, in the order in which they were
 * pushed. An item that fails keeps its place until it is done or given up, so that no later one overtakes it. A queue is
 * removed only when it is empty, and an item at work is never aborted.
 */
export class Demultiplexer<Item> {
  readonly #parts: DemultiplexerParts<Item>;
  readonly #queues = new Map<string, Item[]>();
  readonly #closing = new AbortController();
  #size = 0;

  constructor(parts: DemultiplexerParts<Item>) {
    this.#parts = parts;
  }

  /** Number of keys with items. */
  get active(): number {
    return this.#queues.size;
  }

  /** Number of items, those at work included. */
  get size(): number {
    return this.#size;
  }

  /** Takes an item. Returns false if the queue of the key is full, or nothing is taken any more. */
  push(key: string, item: Item): boolean {
    if (this.#closing.signal.aborted) return false;
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      const begun = [item];
      this.#queues.set(key, begun);
      this.#size += 1;
      this.#parts.activeChanged(this.active);
      void this.#work(key, begun); // never rejects
      return true;
    }
    if (queue.length >= this.#parts.capacity) return false;
    queue.push(item);
    this.#size += 1;
    return true;
  }

  /** Takes nothing more, and abandons what is not at work. What is at work goes on to its end, and is not repeated. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    for (const queue of this.#queues.values()) {
      const left = queue.splice(1);
      this.#size -= left.length;
      for (const item of left) this.#parts.abandoned(item);
    }
  }

  async #work(key: string, queue: Item[]): Promise<void> {
    for (let item = queue[0]; item !== undefined; item = queue[0]) {
      await this.#do(item);
      queue.shift();
      this.#size -= 1;
    }
    this.#queues.delete(key); // in the turn in which it was found to be empty
    this.#parts.activeChanged(this.active);
  }

  async #do(item: Item): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#parts.handle(item);
        return;
      } catch (error) {
        this.#parts.failed(item, error, attempt);
        if (attempt >= MAX_ATTEMPTS || this.#parts.isFinal(error)) {
          await this.#giveUp(item, error);
          return;
        }
      }
      if (await this.#pause(attempt)) {
        this.#parts.abandoned(item);
        return;
      }
    }
  }

  async #giveUp(item: Item, cause: unknown): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#parts.giveUp(item, cause);
        return;
      } catch (error) {
        this.#parts.failed(item, error, MAX_ATTEMPTS + attempt);
      }
      if (await this.#pause(attempt)) {
        this.#parts.abandoned(item);
        return;
      }
    }
  }

  /** Returns whether nothing more is to be done. */
  async #pause(attempt: number): Promise<boolean> {
    const { clock, luck } = this.#parts;
    const { signal } = this.#closing;
    await wait(clock, backoffDelayMs(RETRIES, attempt, luck()), signal);
    return signal.aborted;
  }
}
