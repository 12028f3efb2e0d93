import { runInMicrotask } from "../../base/node-timers.ts";

/** An activation that may have something to store. */
export interface RoundMember {
  /** Whether it is part of the round; written only by {@link SaveRound}. */
  inRound: boolean;
  /** Begins its commit and releases its replies. */
  flush(): void;
}

/**
 * The activations of a system that have handled messages in this turn of the dispatcher. All of them are flushed in a
 * microtask, which runs when the turn has ended: their commits reach the store together, which writes them as one group,
 * and an activation that had several slices in the turn is compared once.
 */
export class SaveRound {
  readonly #onFault: (error: unknown) => void;
  #members: RoundMember[] = [];

  /** @param onFault receives what a flush has thrown, which is a fault of the runtime; the others are flushed */
  constructor(onFault: (error: unknown) => void) {
    this.#onFault = onFault;
  }

  /** Number of activations that wait for the flush. */
  get size(): number {
    return this.#members.length;
  }

  /** Adds an activation; a no-op if it is part of the round. */
  add(member: RoundMember): void {
    if (member.inRound) return;
    member.inRound = true;
    this.#members.push(member);
    if (this.#members.length === 1) runInMicrotask(() => this.#flush());
  }

  #flush(): void {
    const members = this.#members;
    this.#members = [];
    for (const member of members) {
      member.inRound = false;
      try {
        member.flush();
      } catch (error) {
        this.#onFault(error);
      }
    }
  }
}
