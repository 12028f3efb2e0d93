/**
 * The reference of all ratios: a plain microtask mailbox, about the least that a queue per actor
 * costs in JavaScript. No addresses, no limits, no failure handling, no telemetry, no fairness.
 */
export class PlainActor<State, Message> {
  readonly #state: State;
  readonly #handle: (state: State, message: Message) => void;
  readonly #queue: Message[] = [];
  #head = 0;
  #scheduled = false;

  constructor(state: State, handle: (state: State, message: Message) => void) {
    this.#state = state;
    this.#handle = handle;
  }

  send(message: Message): void {
    this.#queue.push(message);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(this.#drain);
  }

  /** Handles everything that waits, also what arrives meanwhile. */
  readonly #drain = (): void => {
    const queue = this.#queue;
    while (this.#head < queue.length) {
      const message = queue[this.#head] as Message;
      this.#head += 1;
      this.#handle(this.#state, message);
    }
    queue.length = 0;
    this.#head = 0;
    this.#scheduled = false;
  };
}
