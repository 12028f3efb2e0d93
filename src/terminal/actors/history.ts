/** Points an actor's past is kept for: half a minute at four a second. */
export const HISTORY_POINTS = 120;

/**
 * What an actor took and had waiting at each of the last ticks, a tick being a frame. Ticks that are not
 * told of were quiet: nothing was taken, and as much waited as before. So an idle actor costs nothing.
 */
export class History {
  readonly #taken = new Uint32Array(HISTORY_POINTS);
  readonly #depth = new Uint32Array(HISTORY_POINTS);
  #lastTick: number;

  /** @param tick the first that is told of; those before it were quiet */
  constructor(tick: number) {
    this.#lastTick = tick;
  }

  /** Notes what happened between the tick before and this one. */
  note(tick: number, taken: number, depth: number): void {
    this.#goTo(tick);
    this.#taken[tick % HISTORY_POINTS] = taken;
    this.#depth[tick % HISTORY_POINTS] = depth;
  }

  /** How many were taken in each of the last `count` ticks up to `tick`, oldest first. */
  taken(tick: number, count: number): number[] {
    return this.#read(this.#taken, tick, count);
  }

  /** How many waited at each of the last `count` ticks up to `tick`, oldest first. */
  depth(tick: number, count: number): number[] {
    return this.#read(this.#depth, tick, count);
  }

  /** How many were taken in the last `count` ticks altogether. */
  sum(tick: number, count: number): number {
    this.#goTo(tick);
    let sum = 0;
    for (let at = tick - count + 1; at <= tick; at += 1) sum += this.#taken[slot(at)] ?? 0;
    return sum;
  }

  /** The most that were taken in one of the last `count` ticks. */
  peak(tick: number, count: number): number {
    this.#goTo(tick);
    let peak = 0;
    for (let at = tick - count + 1; at <= tick; at += 1) {
      peak = Math.max(peak, this.#taken[slot(at)] ?? 0);
    }
    return peak;
  }

  #read(ring: Uint32Array, tick: number, count: number): number[] {
    this.#goTo(tick);
    return Array.from({ length: count }, (_, at) => ring[slot(tick - count + 1 + at)] ?? 0);
  }

  #goTo(tick: number): void {
    const depth = this.#depth[slot(this.#lastTick)] ?? 0;
    const first = Math.max(this.#lastTick + 1, tick - HISTORY_POINTS + 1);
    for (let at = first; at <= tick; at += 1) {
      this.#taken[slot(at)] = 0;
      this.#depth[slot(at)] = depth;
    }
    this.#lastTick = Math.max(this.#lastTick, tick);
  }
}

function slot(tick: number): number {
  return (tick + HISTORY_POINTS) % HISTORY_POINTS;
}
