/** The last numbers of something, oldest first; memory is taken only once one of them is not zero. */
export class PointRing {
  readonly #size: number;
  #points: Float32Array | undefined;
  #next = 0;
  #pushed = 0;

  /** @param size how many it keeps */
  constructor(size: number) {
    this.#size = size;
  }

  /** Whether all it was given so far was zero. */
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

  /** Sum of the last `count` points. */
  sumOfLast(count: number): number {
    const points = this.#points;
    if (points === undefined) return 0;
    let sum = 0;
    for (let back = 1; back <= count; back += 1) {
      sum += points[(this.#next - back + this.#size) % this.#size] ?? 0;
    }
    return sum;
  }

  /** The last `count` points, as far as there are so many; none when there never was anything but zero. */
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
