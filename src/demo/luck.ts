/**
 * Seeded pseudo-random numbers (mulberry32). The same seed gives the same sequence, so that a demo can be
 * repeated.
 */
export class Luck {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** Returns a number of at least 0 and less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** Returns true in `share` of all calls. */
  chance(share: number): boolean {
    return this.next() < share;
  }

  /** Returns a number of at least `low` and less than `high`. */
  between(low: number, high: number): number {
    return low + this.next() * (high - low);
  }

  /** Returns one of `choices`, which must not be empty. */
  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[Math.floor(this.next() * choices.length)] as Choice;
  }
}
