import { Deferred } from "../../base/async/deferred.ts";
import { overloaded } from "../sql/sql-errors.ts";

interface Waiting {
  readonly turn: Deferred<void>;
  readonly within: object | undefined;
}

/** Lets one statement or transaction of a database run at a time, in the order in which they were requested. */
export class StatementLane {
  readonly #limit: number;
  #waiting: Waiting[] = [];
  #isTaken = false;
  #closed: Error | undefined;

  /** @param limit maximum number of what waits */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get depth(): number {
    return this.#waiting.length;
  }

  /**
   * Runs `work` when it is its turn.
   *
   * @param within what it was requested in, such as an open transaction
   */
  async enter<Result>(work: () => Promise<Result>, within?: object): Promise<Result> {
    if (this.#closed !== undefined) throw this.#closed;
    if (this.#isTaken) await this.#wait(within);
    this.#isTaken = true;
    try {
      return await work();
    } finally {
      this.#pass();
    }
  }

  /** Rejects what waits and was requested within `owner`. Returns whether there was any. */
  rejectWithin(owner: object, error: Error): boolean {
    const rejected = this.#waiting.filter(({ within }) => within === owner);
    this.#waiting = this.#waiting.filter(({ within }) => within !== owner);
    for (const { turn } of rejected) turn.reject(error);
    return rejected.length > 0;
  }

  /** Resolves when what was requested so far has ended. */
  async idle(): Promise<void> {
    if (this.#isTaken)
      await this.#wait(undefined, Number.POSITIVE_INFINITY).then(() => this.#pass());
  }

  /** Rejects what waits, and what is requested later. */
  close(error: Error): void {
    this.#closed ??= error;
    for (const { turn } of this.#waiting.splice(0)) turn.reject(error);
  }

  #wait(within: object | undefined, limit = this.#limit): Promise<void> {
    if (this.#waiting.length >= limit) throw overloaded(this.#waiting.length);
    const turn = new Deferred<void>();
    this.#waiting.push({ turn, within });
    return turn.promise;
  }

  /** Passes the turn on without releasing it in between, so that nothing overtakes. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next.turn.resolve();
  }
}
