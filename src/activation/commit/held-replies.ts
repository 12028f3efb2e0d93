/** The part of a pending ask that a held reply needs. */
export interface HoldableAsk {
  reply(value: unknown): void;
  reject(error: unknown): void;
}

/** A link of a list: most lists have one, which an array would take more memory for. */
interface Held {
  readonly ask: HoldableAsk;
  readonly value: unknown;
  next: Held | undefined;
}

/**
 * Replies that are given after a commit. Replies of one turn are held together, since the changes that they may depend
 * on are compared once: a reply must not show a state that may not be stored.
 */
export class HeldReplies {
  #first: Held | undefined = undefined;
  #last: Held | undefined = undefined;
  #count = 0;
  #awaiting = 0;

  /** Number of replies that wait for a commit which has begun or was requested. */
  get awaiting(): number {
    return this.#awaiting;
  }

  /** Number of replies that were not given yet. */
  get size(): number {
    return this.#count + this.#awaiting;
  }

  /** Holds a reply until the next {@link HeldReplies.release}. */
  hold(ask: HoldableAsk, value: unknown): void {
    const held = { ask, value, next: undefined };
    if (this.#last === undefined) this.#first = held;
    else this.#last.next = held;
    this.#last = held;
    this.#count += 1;
  }

  /**
   * Gives the replies held so far, in order, once `commit` has resolved; at once if there is none. If it rejects, the
   * asks reject with its error.
   */
  release(commit: Promise<void> | undefined): void {
    const count = this.#count;
    const first = this.#take();
    if (first === undefined) return;
    if (commit === undefined) {
      replyAll(first);
      return;
    }
    this.#awaiting += count;
    void commit.then(
      () => {
        this.#awaiting -= count;
        replyAll(first);
      },
      (error: unknown) => {
        this.#awaiting -= count;
        rejectAll(first, () => error);
      },
    );
  }

  /** Rejects the replies that wait for no commit yet, because the activation has ended. */
  reject(errorFor: (ask: HoldableAsk) => Error): void {
    rejectAll(this.#take(), errorFor);
  }

  /** Returns the replies held so far, and forgets them. */
  #take(): Held | undefined {
    const first = this.#first;
    this.#first = undefined;
    this.#last = undefined;
    this.#count = 0;
    return first;
  }
}

function replyAll(first: Held): void {
  for (let held: Held | undefined = first; held !== undefined; held = held.next) {
    held.ask.reply(held.value);
  }
}

function rejectAll(first: Held | undefined, errorFor: (ask: HoldableAsk) => unknown): void {
  for (let held = first; held !== undefined; held = held.next) {
    held.ask.reject(errorFor(held.ask));
  }
}
