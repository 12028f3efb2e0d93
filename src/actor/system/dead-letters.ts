import { runInNextTurn } from "../../base/node-timers.ts";
import type { DeadLetter, DeadLetters } from "../definition/dead-letter.ts";

/** Number of dead letters that are kept. */
const REMEMBERED = 100;
/** Number of letters after which timers and I/O get a turn, even if listeners keep causing further letters. */
const LETTERS_A_TURN = 1_000;

/** The dead letters of one system: the most recent ones, their total, and the listeners. */
export class DeadLetterLog implements DeadLetters {
  readonly #listeners = new Set<(letter: DeadLetter) => void>();
  readonly #onListenerError: (error: unknown) => void;
  readonly #recent: DeadLetter[] = [];
  /** Letters that listeners have caused, and that no listener has received yet. */
  readonly #pending: DeadLetter[] = [];
  #delivering = false;
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
    if (this.#listeners.size === 0) return;
    this.#pending.push(letter);
    // A listener may cause further letters, which would otherwise be delivered in its own stack.
    if (!this.#delivering) this.#deliverPending();
  }

  #deliverPending(): void {
    this.#delivering = true;
    let delivered = 0;
    for (; delivered < this.#pending.length && delivered < LETTERS_A_TURN; delivered += 1) {
      this.#deliver(this.#pending[delivered] as DeadLetter);
    }
    this.#pending.splice(0, delivered);
    this.#delivering = this.#pending.length > 0;
    if (this.#delivering) runInNextTurn(() => this.#deliverPending());
  }

  #deliver(letter: DeadLetter): void {
    for (const listener of [...this.#listeners]) {
      if (!this.#listeners.has(listener)) continue; // removed by a listener before it
      try {
        listener(letter);
      } catch (error) {
        this.#onListenerError(error);
      }
    }
  }
}
