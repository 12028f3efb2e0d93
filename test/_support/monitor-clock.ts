import type { Clock, ClockTimer } from "../../src/base/clock.ts";
import type { ManualClock } from "../../src/testing.ts";

/** A manual clock on which time also passes without any timer firing, as while the event loop is blocked. */
export class SkippingClock implements Clock {
  readonly manual: ManualClock;
  #skippedMs = 0;

  constructor(manual: ManualClock) {
    this.manual = manual;
  }

  /** `ms` pass in which nobody but the caller runs. */
  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  monotonicMs(): number {
    return this.manual.monotonicMs() + this.#skippedMs;
  }

  epochMs(): number {
    return this.manual.epochMs() + this.#skippedMs;
  }

  schedule(...options: Parameters<ManualClock["schedule"]>): ClockTimer {
    return this.manual.schedule(...options);
  }
}
