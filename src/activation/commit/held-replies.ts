/** The part of a pending ask that a held reply needs. An event is held as one: `reply` publishes it. */
export interface HoldableAsk {
  /** Absent for what is no message. */
  readonly route?: { readonly messageType: string };
  reply(value: unknown): void;
  /** @param handled that the handler has run */
  reject(error: unknown, handled: boolean): void;
}

/** A link of a list: most lists have one, which an array would take more memory for. */
interface Held {
  readonly ask: HoldableAsk;
  readonly value: unknown;
  next: Held | undefined;
}

/** Replies that wait for the same commit. */
interface Batch {
  readonly first: Held;
  readonly count: number;
  /** Gives or refuses them; `undefined` until the commit has settled. */
  settle: ((first: Held) => void) | undefined;
}

/**
 * Replies that are given after a commit. Replies of one turn are held together, since the changes that they may depend
 * on are compared once: a reply must not show a state that may not be stored.
 */
export class HeldReplies {
  #first: Held | undefined = undefined;
  #last: Held | undefined = undefined;
  #count = 0;
  /** Replies that were released, in order. */
  readonly #batches: Batch[] = [];
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
   * asks reject with its error. Replies never overtake those that were released before them.
   */
  release(commit: Promise<void> | undefined): void {
    const count = this.#count;
    const first = this.#take();
    if (first === undefined) return;
    if (commit === undefined && this.#batches.length === 0) {
      give(first);
      return;
    }
    this.#awaiting += count;
    const batch: Batch = { first, count, settle: commit === undefined ? give : undefined };
    this.#batches.push(batch);
    void commit?.then(
      () => this.#settle(batch, give),
      (error: unknown) => this.#settle(batch, (asks) => refuse(asks, () => error)),
    );
  }

  /** Rejects the replies that wait for no commit yet, because the activation has ended. */
  reject(errorFor: (ask: HoldableAsk) => Error): void {
    refuse(this.#take(), errorFor);
  }

  /** The promise of a later commit may be settled first. */
  #settle(batch: Batch, settle: Batch["settle"]): void {
    batch.settle = settle;
    for (;;) {
      const [next] = this.#batches;
      if (next?.settle === undefined) return;
      this.#batches.shift();
      this.#awaiting -= next.count;
      next.settle(next.first);
    }
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

function give(first: Held): void {
  for (let held: Held | undefined = first; held !== undefined; held = held.next) {
    held.ask.reply(held.value);
  }
}

function refuse(first: Held | undefined, errorFor: (ask: HoldableAsk) => unknown): void {
  for (let held = first; held !== undefined; held = held.next) {
    held.ask.reject(errorFor(held.ask), true);
  }
}
