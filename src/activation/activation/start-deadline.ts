import type { Clock } from "../../base/clock.ts";
import type { TimerWheel, WheelEntry } from "../../base/timer-wheel.ts";

/**
 * Limits how long each step of a start may take. It is on the wheel once for all steps, since most take much less than
 * the limit.
 */
export class StartDeadline implements WheelEntry {
  previous: WheelEntry | undefined = undefined;
  next: WheelEntry | undefined = undefined;
  due = 0;
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #overdue: (limitMs: number) => void;
  /** When the present step began, on the monotonic clock; `undefined` without a limit. */
  #sinceMs: number | undefined = undefined;
  #isSet = false;

  /** @param overdue called when a step has taken longer than `limitMs` */
  constructor(
    { askWheel, clock }: { readonly askWheel: TimerWheel; readonly clock: Clock },
    limitMs: number,
    overdue: (limitMs: number) => void,
  ) {
    this.#wheel = askWheel;
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#overdue = overdue;
  }

  /** Limits what follows, from `nowMs` on. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    if (!this.#isSet) this.#set(this.#limitMs);
  }

  /** What follows has no limit, or one of its own. */
  pause(): void {
    this.#sinceMs = undefined;
  }

  /** The start has ended. */
  end(): void {
    if (this.#isSet) this.#wheel.remove(this);
    this.#isSet = false;
  }

  expire(): void {
    this.#isSet = false;
    if (this.#sinceMs === undefined) return;
    const leftMs = this.#sinceMs + this.#limitMs - this.#clock.monotonicMs();
    if (leftMs > 0) this.#set(leftMs);
    else this.#overdue(this.#limitMs);
  }

  #set(delayMs: number): void {
    this.#isSet = true;
    this.#wheel.add(this, delayMs);
  }
}
