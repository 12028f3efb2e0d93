/** The part of a pending ask that a held reply needs. */
export interface HoldableAsk {
  reply(value: unknown): void;
  /** @param handled that the handler has run */
  reject(error: unknown, handled: boolean): void;
}

interface Held {
  readonly ask: HoldableAsk;
  readonly value: unknown;
}

/**
 * Replies that are given after a commit. Replies of one turn are held together, since the changes that they may depend
 * on are compared once: a reply must not show a state that may not be stored.
 */
export class HeldReplies {
  #held: Held[] = [];
  #awaiting = 0;

  /** Number of replies that wait for a commit which has begun or was requested. */
  get awaiting(): number {
    return this.#awaiting;
  }

  /** Number of replies that were not given yet. */
  get size(): number {
    return this.#held.length + this.#awaiting;
  }

  /** Holds a reply until the next {@link HeldReplies.release}. */
  hold(ask: HoldableAsk, value: unknown): void {
    this.#held.push({ ask, value });
  }

  /**
   * Gives the replies held so far, in order, once `commit` has resolved; at once if there is none. If it rejects, the
   * asks reject with its error.
   */
  release(commit: Promise<void> | undefined): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    if (commit === undefined) {
      for (const { ask, value } of held) ask.reply(value);
      return;
    }
    this.#awaiting += held.length;
    void commit.then(
      () => this.#settle(held, ({ ask, value }) => ask.reply(value)),
      (error: unknown) => this.#settle(held, ({ ask }) => ask.reject(error, true)),
    );
  }

  /** Rejects the replies that wait for no commit yet, because the activation has ended. */
  reject(errorFor: (ask: HoldableAsk) => Error): void {
    const held = this.#held;
    this.#held = [];
    for (const { ask } of held) ask.reject(errorFor(ask), true);
  }

  #settle(held: readonly Held[], settle: (held: Held) => void): void {
    this.#awaiting -= held.length;
    for (const each of held) settle(each);
  }
}
