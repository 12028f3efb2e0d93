import { type Clock, systemClock } from "../../base/clock.ts";
import { context } from "./api.ts";
import type { SystemFrame } from "./frames.ts";

/** OpenTelemetry context in which timers are set. */
export const TimerContext = {
  /** The context of the code that sets the timer, so its callback belongs to that trace. */
  Active: "active",
  /**
   * The root context, for timers shared by many callers: the context of the first caller would be retained.
   */
  Root: "root",
} as const;
export type TimerContext = (typeof TimerContext)[keyof typeof TimerContext];

/**
 * Returns a clock like `clock` whose timers are set in `frame`.
 *
 * A Node timer retains the stores of the code that set it, and with them a whole request, while it is
 * pending.
 */
export function framedClock(clock: Clock, frame: SystemFrame, where: TimerContext): Clock {
  const isSystemClock = clock === systemClock;
  return {
    exact: clock.exact === true,
    // The system clock's method is used without a wrapper, because it is called for each message.
    monotonicMs: isSystemClock ? clock.monotonicMs : () => clock.monotonicMs(),
    epochMs: isSystemClock ? clock.epochMs : () => clock.epochMs(),
    schedule: (callback, delayMs, keepAlive) => {
      const set = () => clock.schedule(callback, delayMs, keepAlive);
      if (where === TimerContext.Root) return frame.run(set);
      return frame.within(context.active(), set, undefined, undefined);
    },
  };
}
