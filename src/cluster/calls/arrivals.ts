import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";

/** Told whether the activation is here now. Must not throw. */
type Arrived = (isHere: boolean) => void;

interface Waiting {
  readonly generation: number;
  readonly arrived: Arrived;
  readonly timer: ClockTimer;
}

/**
 * The activations of this process by their addresses, and what waits for one whose start is on its way: a call may be
 * faster than the command that starts its actor.
 */
export class Arrivals {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #here = new Map<string, number>();
  /** The last generations that have ended here, of the addresses that ended last. */
  readonly #ended = new Map<string, number>();
  readonly #waiting = new Map<string, Set<Waiting>>();
  #size = 0;

  /** @param max calls that may wait, further ones are told at once that it is not here; and ends that are remembered */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** Number of calls that wait. */
  get size(): number {
    return this.#size;
  }

  /** Returns the generation that is here; `undefined` if none is. */
  at(address: string): number | undefined {
    return this.#here.get(address);
  }

  /** An activation can be given messages. What waits for it is told in the order in which it came. */
  began(address: string, generation: number): void {
    this.#here.set(address, generation);
    for (const waiting of this.#waiting.get(address) ?? []) {
      if (waiting.generation <= generation) this.#end(address, waiting, true);
    }
  }

  /** An activation takes no more messages, or never will. */
  ended(address: string, generation: number): void {
    if (this.#here.get(address) === generation) this.#here.delete(address);
    this.#remember(address, generation);
    for (const waiting of this.#waiting.get(address) ?? []) {
      if (waiting.generation <= generation) this.#end(address, waiting, false);
    }
  }

  /** Tells all that wait that their activations will not come. */
  clear(): void {
    for (const [address, generation] of this.#here) this.#remember(address, generation);
    this.#here.clear();
    for (const [address, all] of this.#waiting) {
      for (const waiting of all) this.#end(address, waiting, false);
    }
  }

  /**
   * Calls `arrived` when an activation of this generation or a later one is here: at once if it is, or if it was here and
   * has ended.
   *
   * @returns what ends the wait
   */
  wait(address: string, generation: number, timeoutMs: number, arrived: Arrived): () => void {
    const here = this.#here.get(address);
    if (here !== undefined && here >= generation) {
      arrived(true);
      return () => {};
    }
    const hasEnded = generation <= (this.#ended.get(address) ?? 0);
    if (hasEnded || this.#size >= this.#max) {
      arrived(false);
      return () => {};
    }
    const giveUp = (): void => this.#end(address, waiting, false);
    const timer = this.#clock.schedule(giveUp, timeoutMs, KeepAlive.No);
    const waiting: Waiting = { generation, arrived, timer };
    const all = this.#waiting.get(address) ?? new Set();
    this.#waiting.set(address, all.add(waiting));
    this.#size += 1;
    return () => this.#remove(address, waiting);
  }

  #remember(address: string, generation: number): void {
    const latest = Math.max(generation, this.#ended.get(address) ?? 0);
    this.#ended.delete(address);
    this.#ended.set(address, latest);
    if (this.#ended.size <= this.#max) return;
    const [oldest = ""] = this.#ended.keys();
    this.#ended.delete(oldest);
  }

  #end(address: string, waiting: Waiting, isHere: boolean): void {
    if (this.#remove(address, waiting)) waiting.arrived(isHere);
  }

  #remove(address: string, waiting: Waiting): boolean {
    const all = this.#waiting.get(address);
    if (all?.delete(waiting) !== true) return false;
    waiting.timer.cancel();
    this.#size -= 1;
    if (all.size === 0) this.#waiting.delete(address);
    return true;
  }
}
