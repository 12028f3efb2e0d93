import type { DeadLetter, DeadLetters } from "../definition/dead-letter.ts";

/** Number of dead letters that are kept. */
const REMEMBERED = 100;

/** The dead letters of one system: the most recent ones, their total, and the listeners. */
export class DeadLetterLog implements DeadLetters {
  readonly #listeners = new Set<(letter: DeadLetter) => void>();
  readonly #onListenerError: (error: unknown) => void;
  readonly #recent: DeadLetter[] = [];
  #total = 0;

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  get total(): number {
    return this.#total;
  }

  recent(): readonly DeadLetter[] {
    return [...this.#recent];
  }

  subscribe(listener: (letter: DeadLetter) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  add(letter: DeadLetter): void {
    this.#total += 1;
    this.#recent.push(letter);
    if (this.#recent.length > REMEMBERED) this.#recent.shift();
    for (const listener of this.#listeners) {
      try {
        listener(letter);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
