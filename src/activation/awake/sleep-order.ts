import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";

/** The next sleep does not wait longer than this for the one before. */
const OVERLAP_MS = 100;
/** However many wait and however long they take, all of them have begun after about this time. */
const SWEEP_MS = 10_000;

/**
 * Lets activations with code of their own at the end go to sleep one after the other, so that what runs there finds the
 * others of the same sweep awake and may ask them. An end that takes long is not waited for.
 */
export class SleepOrder {
  readonly #clock: Clock;
  /** All of a sweep, until the last one has begun. */
  #waiting: (() => Promise<unknown> | undefined)[] = [];
  /** Position of the first that waits. */
  #first = 0;
  /** Identifies the sleep that the next one waits for. */
  #turn: object | undefined;
  #overlap: ClockTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Adds a sleep.
   *
   * @param begin begins it and returns its end, which never rejects; `undefined` if it is no longer wanted
   */
  add(begin: () => Promise<unknown> | undefined): void {
    this.#waiting.push(begin);
    if (this.#turn === undefined) this.#next();
  }

  /** Forgets those that wait. */
  close(): void {
    this.#waiting = [];
    this.#first = 0;
    this.#overlap?.cancel();
  }

  #next(): void {
    for (let begin = this.#take(); begin !== undefined; begin = this.#take()) {
      const turn = {};
      this.#turn = turn;
      const ended = begin();
      if (ended !== undefined) {
        const overlapMs = Math.min(OVERLAP_MS, SWEEP_MS / this.#waiting.length);
        this.#overlap = this.#clock.schedule(() => this.#pass(turn), overlapMs, KeepAlive.No);
        void ended.then(() => this.#pass(turn));
        return;
      }
      this.#turn = undefined;
    }
  }

  #take(): (() => Promise<unknown> | undefined) | undefined {
    const begin = this.#waiting[this.#first];
    if (begin === undefined) {
      this.#waiting = [];
      this.#first = 0;
      return undefined;
    }
    this.#first += 1;
    return begin;
  }

  #pass(turn: object): void {
    if (this.#turn !== turn) return;
    this.#turn = undefined;
    this.#overlap?.cancel();
    this.#next();
  }
}
