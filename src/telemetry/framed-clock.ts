import { context } from "@opentelemetry/api";
import { type Clock, systemClock } from "../base/clock.ts";
import type { SystemFrame } from "./frames.ts";

/** Which OpenTelemetry context timers are set in. */
export const TimerContext = {
  /** That of the code that sets the timer: what fires is of its trace. */
  Active: "active",
  /** The root context, for timers that serve many: the first to need one would be kept. */
  Root: "root",
} as const;
export type TimerContext = (typeof TimerContext)[keyof typeof TimerContext];

/**
 * `clock`, but its timers are set in `frame`: a timer of Node keeps the stores of the code that set it, and
 * with them a whole request, for as long as it is pending.
 */
export function framedClock(clock: Clock, frame: SystemFrame, where: TimerContext): Clock {
  const isSystemClock = clock === systemClock;
  return {
    exact: clock.exact === true,
    // The machine's readings are taken as they are: they come with each message.
    monotonicMs: isSystemClock ? clock.monotonicMs : () => clock.monotonicMs(),
    epochMs: isSystemClock ? clock.epochMs : () => clock.epochMs(),
    schedule: (callback, delayMs, keepAlive) => {
      const set = () => clock.schedule(callback, delayMs, keepAlive);
      if (where === TimerContext.Root) return frame.run(set);
      return frame.within(context.active(), set, undefined, undefined);
    },
  };
}
