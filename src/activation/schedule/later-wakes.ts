import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";

const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Number of actors whose retries are told apart; further ones wait for the longest time. */
const MAX_ACTORS = 1_000;

interface Later {
  dueAtMs: number;
  delayMs: number;
  timer: ClockTimer | undefined;
}

/** Due entries whose actors could not be woken: tried again after 1, 2, 4, … 60 s. */
export class LaterWakes {
  readonly #clock: Clock;
  readonly #wake: (dueAtMs: number) => void;
  readonly #actors = new Map<string, Later>();
  /** What the actors beyond the limit share. */
  #others: Later | undefined;

  /** @param wake receives the earliest due time of what is to be tried again */
  constructor(clock: Clock, wake: (dueAtMs: number) => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Plans another attempt for an entry of `actor`. */
  add(actor: string, dueAtMs: number): void {
    const later = this.#laterOf(actor);
    if (later.timer !== undefined) {
      later.dueAtMs = Math.min(later.dueAtMs, dueAtMs);
      return;
    }
    later.dueAtMs = dueAtMs;
    const wake = (): void => {
      later.timer = undefined;
      this.#wake(later.dueAtMs);
    };
    later.timer = this.#clock.schedule(wake, later.delayMs, KeepAlive.Yes);
    later.delayMs = Math.min(2 * later.delayMs, LONGEST_MS);
  }

  /** Whether another attempt for `actor` is planned. */
  has(actor: string): boolean {
    return this.#actors.get(actor)?.timer !== undefined;
  }

  /** Begins with the shortest time again. */
  forget(actor: string): void {
    this.#actors.get(actor)?.timer?.cancel();
    this.#actors.delete(actor);
  }

  close(): void {
    for (const actor of [...this.#actors.keys()]) this.forget(actor);
    this.#others?.timer?.cancel();
    this.#others = undefined;
  }

  #laterOf(actor: string): Later {
    let later = this.#actors.get(actor);
    if (later !== undefined) return later;
    later = { dueAtMs: Infinity, delayMs: FIRST_MS, timer: undefined };
    if (this.#actors.size < MAX_ACTORS) {
      this.#actors.set(actor, later);
      return later;
    }
    this.#others ??= { ...later, delayMs: LONGEST_MS };
    return this.#others;
  }
}
