import type { Clock, ClockTimer } from "../../base/clock.ts";
import type { EventOwner, VirtualTime } from "./virtual-time.ts";

/** How the clocks of a process differ from the time of the simulation. */
export interface HostOptions {
  readonly name: string;
  /** How fast its clocks run; 1 is right. */
  readonly rate: number;
  /** How far its wall clock is ahead, in milliseconds. */
  readonly epochOffsetMs: number;
}

/** Makes up for the rounding of fractions: a timer never fires before its time by the clock that has set it. */
const ROUNDING_MS = 1e-6;
/** 2026-01-01T00:00:00Z */
const EPOCH_MS = 1_767_225_600_000;

/** A process of the simulation: its clocks, and whether it runs. */
export class SimHost implements EventOwner {
  readonly name: string;
  readonly #clock: HostClock;
  readonly #time: VirtualTime;
  readonly #held: (() => void)[] = [];
  readonly #onGone: (() => void)[] = [];
  #isPaused = false;
  #isGone = false;

  constructor(time: VirtualTime, options: HostOptions) {
    this.name = options.name;
    this.#time = time;
    this.#clock = new HostClock(time, this, options);
  }

  get clock(): Clock {
    return this.#clock;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  hold(callback: () => void): void {
    this.#held.push(callback);
  }

  /** Stops the process; its clocks go on, as under SIGSTOP. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Lets it go on: what has come meanwhile happens now, in order. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    for (const callback of this.#held.splice(0)) this.#time.at(this.#time.nowMs, this, callback);
  }

  /** Sets the wall clock forward, or back if `ms` is negative. */
  setClock(ms: number): void {
    this.#clock.epochOffsetMs += ms;
  }

  /** Ends the process without a warning, as by SIGKILL. */
  crash(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#held.length = 0;
    for (const listener of this.#onGone.splice(0)) listener();
  }

  /** Calls `listener` when the process is gone; not as a part of it. */
  onGone(listener: () => void): void {
    this.#onGone.push(listener);
  }
}

class HostClock implements Clock {
  readonly exact: boolean = true;
  readonly #time: VirtualTime;
  readonly #host: SimHost;
  readonly #rate: number;
  epochOffsetMs: number;

  constructor(time: VirtualTime, host: SimHost, { rate, epochOffsetMs }: HostOptions) {
    this.#time = time;
    this.#host = host;
    this.#rate = rate;
    this.epochOffsetMs = epochOffsetMs;
  }

  monotonicMs(): number {
    return this.#time.nowMs * this.#rate;
  }

  epochMs(): number {
    return Math.floor(EPOCH_MS + this.epochOffsetMs + this.#time.nowMs * this.#rate);
  }

  schedule(callback: () => void, delayMs: number): ClockTimer {
    const atMs = this.#time.nowMs + (delayMs > 0 ? delayMs / this.#rate + ROUNDING_MS : 0);
    const event = this.#time.at(atMs, this.#host, () => {
      if (!isCancelled) callback();
    });
    let isCancelled = false;
    return {
      cancel: () => {
        isCancelled = true;
        event.callback = undefined;
      },
    };
  }
}
