/** The part of a pending ask that a held reply needs. An event is held as one: `reply` publishes it. */
export interface HoldableAsk {
  /** Absent for what is no message. */
  readonly route?: { readonly messageType: string };
  reply(value: unknown): void;
  /** @param handled that the handler has run */
  reject(error: unknown, handled: boolean): void;
}

interface Held {
  readonly ask: HoldableAsk;
  readonly value: unknown;
}

/** Replies that wait for the same commit. */
interface Batch {
  readonly held: readonly Held[];
  /** Gives or refuses them; `undefined` until the commit has settled. */
  settle: ((held: readonly Held[]) => void) | undefined;
}

/**
 * Replies that are given after a commit. Replies of one turn are held together, since the changes that they may depend
 * on are compared once: a reply must not show a state that may not be stored.
 */
export class HeldReplies {
  #held: Held[] = [];
  /** Replies that were released, in order. */
  readonly #batches: Batch[] = [];
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
   * asks reject with its error. Replies never overtake those that were released before them.
   */
  release(commit: Promise<void> | undefined): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    if (commit === undefined && this.#batches.length === 0) {
      give(held);
      return;
    }
    this.#awaiting += held.length;
    const batch: Batch = { held, settle: commit === undefined ? give : undefined };
    this.#batches.push(batch);
    void commit?.then(
      () => this.#settle(batch, give),
      (error: unknown) => this.#settle(batch, (asks) => refuse(asks, error)),
    );
  }

  /** Rejects the replies that wait for no commit yet, because the activation has ended. */
  reject(errorFor: (ask: HoldableAsk) => Error): void {
    const held = this.#held;
    this.#held = [];
    for (const { ask } of held) ask.reject(errorFor(ask), true);
  }

  /** The promise of a later commit may be settled first. */
  #settle(batch: Batch, settle: Batch["settle"]): void {
    batch.settle = settle;
    for (;;) {
      const [next] = this.#batches;
      if (next?.settle === undefined) return;
      this.#batches.shift();
      this.#awaiting -= next.held.length;
      next.settle(next.held);
    }
  }
}

function give(held: readonly Held[]): void {
  for (const { ask, value } of held) ask.reply(value);
}

function refuse(held: readonly Held[], error: unknown): void {
  for (const { ask } of held) ask.reject(error, true);
}
