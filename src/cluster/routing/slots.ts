/** Lets a bounded number of tasks run at a time, in the order in which they came. */
export class Slots {
  readonly #max: number;
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Runs `task` when there is room. */
  async run<Result>(task: () => Promise<Result>): Promise<Result> {
    if (this.#used >= this.#max) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve)); // the slot is handed over
    } else {
      this.#used += 1;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#used -= 1;
      else next();
    }
  }
}
