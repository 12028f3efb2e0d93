import { ManualClock } from "../../src/testing.ts";

/** A manual clock whose wall clock may be set, as by an administrator or after a suspension. */
export class JumpingClock extends ManualClock {
  #shiftMs = 0;

  override epochMs(): number {
    return super.epochMs() + this.#shiftMs;
  }

  /** Sets the wall clock forward or back. Timers are not affected. */
  jump(ms: number): void {
    this.#shiftMs += ms;
  }
}
