/**
 * A seeded source of chance: the same seed gives the same numbers (SplitMix32).
 *
 * @see {@link https://doi.org/10.1145/2714064.2660195 | Steele, Lea, Flood: Fast splittable pseudorandom number generators}
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** Returns a number from 0 to below 1. */
  next(): number {
    this.#state = (this.#state + 0x9e_37_79_b9) | 0;
    let bits = this.#state ^ (this.#state >>> 16);
    bits = Math.imul(bits, 0x21_f0_aa_ad);
    bits ^= bits >>> 15;
    bits = Math.imul(bits, 0x73_5a_2d_97);
    return ((bits ^ (bits >>> 15)) >>> 0) / 0x1_00_00_00_00;
  }

  /** Returns a source of its own: what is drawn from it does not change what this one returns later. */
  fork(): Random {
    return new Random(Math.floor(this.next() * 0x1_00_00_00_00));
  }

  /** Returns an integer from `from` to `to`, both included. */
  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  /** Returns a number from `from` to below `to`. */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** Returns true with this probability. */
  chance(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  /** Returns one of `items`, which must not be empty. */
  pick<Item>(items: readonly Item[]): Item {
    return items[this.integer(0, items.length - 1)] as Item;
  }
}
