import type { Clock, ClockTimer } from "../../src/base/clock.ts";
import type { ManualClock } from "../../src/testing.ts";

/** A manual clock on which time also passes without any timer firing, as while the event loop is blocked. */
export class BlockingClock implements Clock {
  readonly manual: ManualClock;
  #blockedMs = 0;

  constructor(manual: ManualClock) {
    this.manual = manual;
  }

  /** `ms` pass in which nobody but the caller runs. */
  block(ms: number): void {
    this.#blockedMs += ms;
  }

  monotonicMs(): number {
    return this.manual.monotonicMs() + this.#blockedMs;
  }

  epochMs(): number {
    return this.manual.epochMs() + this.#blockedMs;
  }

  schedule(...options: Parameters<ManualClock["schedule"]>): ClockTimer {
    return this.manual.schedule(...options);
  }
}
