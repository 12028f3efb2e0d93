import { type Clock, type ClockTimer, KeepAlive } from "../clock.ts";

/** What a {@link RepeatedStep} needs. */
export interface RepeatedStepParts {
  readonly clock: Clock;
  /** How long after the end of a step the next one begins, in milliseconds. */
  readonly everyMs: () => number;
  /** Whether it may go on; asked before each step. */
  readonly mayGoOn: () => boolean;
}

/**
 * A step that is done again and again, one at a time. Each has a time of its own: one that takes long, as its calls are not
 * answered, does not hold up the others.
 */
export class RepeatedStep {
  readonly #step: () => Promise<void>;
  readonly #parts: RepeatedStepParts;
  #timer: ClockTimer | undefined;
  #underWay: Promise<void> | undefined;
  #isWanted = false;
  #isStopped = false;

  /** @param step must not reject */
  constructor(step: () => Promise<void>, parts: RepeatedStepParts) {
    this.#step = step;
    this.#parts = parts;
  }

  /** Has it done now; if it is under way, once more after that. */
  soon(): void {
    if (this.#underWay === undefined) this.#schedule(0);
    else this.#isWanted = true;
  }

  /** Begins no further one, and resolves when none is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#underWay;
  }

  #schedule(delayMs: number): void {
    const { clock, mayGoOn } = this.#parts;
    if (this.#isStopped || !mayGoOn()) return;
    this.#timer?.cancel();
    const begin = (): void => {
      this.#underWay = this.#run();
    };
    this.#timer = clock.schedule(begin, delayMs, KeepAlive.No);
  }

  async #run(): Promise<void> {
    this.#isWanted = false;
    if (this.#parts.mayGoOn()) await this.#step();
    this.#underWay = undefined;
    this.#schedule(this.#isWanted ? 0 : this.#parts.everyMs());
  }
}
