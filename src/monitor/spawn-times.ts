import { newestActorNumber } from "../base/ids.ts";

/** More marks than this are thinned out, the older half. */
const MAX_MARKS = 4_096;

interface Mark {
  readonly newest: number;
  readonly atMs: number;
}

/**
 * When actors were spawned, without a time in each: actors are numbered in the order they are made, so
 * now and then a mark of the newest number and the time is enough.
 */
export class SpawnTimes {
  readonly #startedMs: number;
  #marks: Mark[] = [];

  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  /** Notes the time for all actors made since the last mark. */
  mark(nowMs: number): void {
    const newest = newestActorNumber();
    if (newest === (this.#marks.at(-1)?.newest ?? 0)) return;
    this.#marks.push({ newest, atMs: nowMs });
    if (this.#marks.length > MAX_MARKS) this.#thin();
  }

  /** When the actor of that number was created, on the clock of the marks; at most as late as the next mark. */
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
