/** Ids that are remembered by one process, across its memberships. */
const MAX_IDS = 10_000;

/** The ids that were added last: a bounded number of them. */
export class RecentIds {
  readonly #max: number;
  /** The order of a set is that of insertion. */
  readonly #ids = new Set<string>();

  constructor(max: number = MAX_IDS) {
    this.#max = max;
  }

  get size(): number {
    return this.#ids.size;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  add(id: string): void {
    this.#ids.delete(id);
    this.#ids.add(id);
    if (this.#ids.size <= this.#max) return;
    const [oldest = ""] = this.#ids;
    this.#ids.delete(oldest);
  }
}
