import { newestActorNumber } from "../../base/ids.ts";

/** Number of marks above which the older half is thinned out. */
const MAX_MARKS = 4_096;

interface Mark {
  readonly newest: number;
  readonly atMs: number;
}

/**
 * Spawn times of actors without a time in each of them. Actors are numbered in order of creation, so an
 * occasional mark of the newest number and the time is sufficient.
 */
export class SpawnTimes {
  readonly #startedMs: number;
  #marks: Mark[] = [];

  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  /** Records the time for all actors created since the last mark. */
  mark(nowMs: number): void {
    const newest = newestActorNumber();
    if (newest === (this.#marks.at(-1)?.newest ?? 0)) return;
    this.#marks.push({ newest, atMs: nowMs });
    if (this.#marks.length > MAX_MARKS) this.#thin();
  }

  /** Returns the creation time of an actor, on the clock of the marks; at most as late as the next mark. */
  spawnedMs(actorNumber: number): number {
    let low = 0;
    let high = this.#marks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#marks[middle]?.newest ?? 0) < actorNumber) low = middle + 1;
      else high = middle;
    }
    return this.#marks[low]?.atMs ?? this.#startedMs;
  }

  #thin(): void {
    const half = MAX_MARKS / 2;
    this.#marks = this.#marks.filter((_mark, at) => at >= half || at % 2 === 1);
  }
}
