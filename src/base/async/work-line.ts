import { Deferred } from "./deferred.ts";

/**
 * Does the same work for one key after the other, some at a time. A key that waits or is being dealt with is not taken
 * again: work that takes long, as its calls are not answered, takes one place and holds up nothing else.
 */
export class WorkLine {
  readonly #limit: number;
  readonly #work: (key: string) => Promise<void>;
  readonly #waiting = new Set<string>();
  readonly #underWay = new Set<string>();
  #idle: Deferred<void> | undefined;

  /** @param work must not reject */
  constructor(limit: number, work: (key: string) => Promise<void>) {
    this.#limit = limit;
    this.#work = work;
  }

  /** Has a key dealt with, unless it waits or is under way. */
  add(key: string): void {
    if (this.#underWay.has(key)) return;
    this.#waiting.add(key);
    this.#fill();
  }

  /** Begins nothing further, and resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#waiting.clear();
    if (this.#underWay.size === 0) return;
    this.#idle ??= new Deferred();
    await this.#idle.promise;
  }

  #fill(): void {
    for (const key of this.#waiting) {
      if (this.#underWay.size >= this.#limit) return;
      this.#waiting.delete(key);
      this.#underWay.add(key);
      void this.#deal(key); // never rejects
    }
  }

  async #deal(key: string): Promise<void> {
    await this.#work(key);
    this.#underWay.delete(key);
    this.#fill();
    if (this.#underWay.size === 0) this.#idle?.resolve();
  }
}
