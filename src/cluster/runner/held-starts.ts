import { Deferred } from "../../base/async/deferred.ts";
import type { Clock } from "../../base/clock.ts";
import { wait } from "../engine/wait.ts";

/** Starts that may be held at a time. */
const MAX_HELD = 1_000;

/** Starts of actors whose types are not defined yet (C4). A process defines its types in any order while it starts. */
export class HeldStarts {
  readonly #clock: Clock;
  readonly #holdMs: number;
  readonly #held = new Map<string, Deferred<void>>();
  readonly #releasing = new AbortController();
  #size = 0;

  /** @param holdMs how long a start is held */
  constructor(clock: Clock, holdMs: number) {
    this.#clock = clock;
    this.#holdMs = holdMs;
  }

  /** Number of starts that are held. */
  get size(): number {
    return this.#size;
  }

  /** Resolves when the type is defined, the time is over, or nothing is held any more; at once if too many are held. */
  async hold(type: string): Promise<void> {
    if (this.#size >= MAX_HELD || this.#releasing.signal.aborted) return;
    const defined = this.#held.get(type) ?? new Deferred<void>();
    this.#held.set(type, defined);
    this.#size += 1;
    const over = new AbortController();
    const end = (): void => over.abort();
    void defined.promise.then(end);
    this.#releasing.signal.addEventListener("abort", end);
    await wait(this.#clock, this.#holdMs, over.signal);
    this.#releasing.signal.removeEventListener("abort", end);
    this.#size -= 1;
  }

  /** A type was defined. */
  defined(type: string): void {
    this.#held.get(type)?.resolve();
    this.#held.delete(type);
  }

  /** Ends all waits; nothing is held any more. */
  release(): void {
    this.#releasing.abort();
    this.#held.clear();
  }
}
