/** A ring buffer of numbers, oldest first. Memory is allocated with the first number that is not zero. */
export class PointRing {
  readonly #size: number;
  #points: Float32Array | undefined;
  #next = 0;
  #pushed = 0;

  /** @param size capacity */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether all numbers so far were zero. */
  get isBlank(): boolean {
    return this.#points === undefined;
  }

  push(value: number): void {
    if (this.#pushed < this.#size) this.#pushed += 1;
    if (this.#points === undefined) {
      if (value === 0) return;
      this.#points = new Float32Array(this.#size);
    }
    this.#points[this.#next] = value;
    this.#next = (this.#next + 1) % this.#size;
  }

  /** Returns the sum of the last `count` points. */
  sumOfLast(count: number): number {
    const points = this.#points;
    if (points === undefined) return 0;
    let sum = 0;
    for (let back = 1; back <= count; back += 1) {
      sum += points[(this.#next - back + this.#size) % this.#size] ?? 0;
    }
    return sum;
  }

  /**
   * Returns the last `count` points, or fewer if there are not as many. Returns none while the ring is blank.
   */
  last(count: number = this.#size): number[] {
    const points = this.#points;
    if (points === undefined) return [];
    const picked: number[] = [];
    for (let back = Math.min(count, this.#pushed); back >= 1; back -= 1) {
      picked.push(points[(this.#next - back + this.#size) % this.#size] ?? 0);
    }
    return picked;
  }
}
