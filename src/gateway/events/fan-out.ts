import { systemClock } from "../../base/clock.ts";
import { runInNextTurn } from "../../base/node-timers.ts";

/** How long the event loop is blocked at a time. One `send` takes about 20 µs. */
const SLICE_MS = 2;

/** Work that can be interrupted. */
export interface Slices {
  /** Works until the time is over. Returns whether all is done. Must not throw. */
  work(isOver: () => boolean): boolean;
}

/** Sends the events of all actors of a gateway, in slices: thousands of sockets would block the event loop otherwise. */
export class FanOut {
  readonly #due = new Set<Slices>();
  #isScheduled = false;
  #endsAtMs = 0;

  /** Takes up work, unless it is waiting already. */
  add(work: Slices): void {
    this.#due.add(work);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    runInNextTurn(this.#run);
  }

  readonly #run = (): void => {
    this.#isScheduled = false;
    this.#endsAtMs = systemClock.monotonicMs() + SLICE_MS;
    for (const work of this.#due) {
      this.#due.delete(work);
      if (!work.work(this.#isOver)) this.#due.add(work); // behind all others
      if (this.#isOver()) break;
    }
    if (this.#due.size > 0) this.#schedule();
  };

  readonly #isOver = (): boolean => systemClock.monotonicMs() >= this.#endsAtMs;
}
