import { performance } from "node:perf_hooks";
import timers from "node:timers";
import { scheduler } from "node:timers/promises";

/*
 * Node's timers and clocks as they are when limelight is loaded. Fake timers of a test (`node:test`, sinon, vitest,
 * jest) replace the globals and what `node:timers` exports; messages must not depend on a clock that stands still.
 *
 * Where fakes are installed first there are no real timers to be had. Turns of the event loop then come from
 * `scheduler.yield`, which no fakes replace, and timers from what the globals are when one is set.
 */

const WORD = /^\w+$/;
const faked = isFaked(timers.setTimeout) || isFaked(timers.setImmediate) || isFaked(Date);

const realYield: () => Promise<void> = scheduler.yield.bind(scheduler);

/** Runs `callback`, which must not throw, in the next turn of the event loop. */
export const runInNextTurn: (callback: () => void) => void = faked
  ? (callback) => void realYield().then(callback)
  : timers.setImmediate;

/** Resolves in the next turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => runInNextTurn(resolve));
}

/** Runs `callback`, which must not throw, after the running JavaScript and before I/O; no fakes delay it. */
export const runInNextTick: (callback: () => void) => void = isFaked(process.nextTick)
  ? (callback) => void Promise.resolve().then(callback)
  : process.nextTick.bind(process);

/** Runs `callback`, which must not throw, in a microtask; no fakes delay it. */
export function runInMicrotask(callback: () => void): void {
  void Promise.resolve().then(callback);
}

export const setTimer: (callback: () => void, delayMs: number) => NodeJS.Timeout = faked
  ? (callback, delayMs) => globalThis.setTimeout(callback, delayMs)
  : timers.setTimeout;

export const clearTimer: (timer: NodeJS.Timeout | undefined) => void = faked
  ? (timer) => globalThis.clearTimeout(timer)
  : timers.clearTimeout;

export const setRepeatingTimer: (callback: () => void, periodMs: number) => NodeJS.Timeout = faked
  ? (callback, periodMs) => globalThis.setInterval(callback, periodMs)
  : timers.setInterval;

export const clearRepeatingTimer: (timer: NodeJS.Timeout | undefined) => void = faked
  ? (timer) => globalThis.clearInterval(timer)
  : timers.clearInterval;

const SECOND_MS = 1_000;

/** Milliseconds with fractions since the process started. */
export const monotonicMs: () => number = faked
  ? () => process.uptime() * SECOND_MS
  : performance.now.bind(performance);

/** Milliseconds since the Unix epoch. */
export const epochMs: () => number = faked ? () => globalThis.Date.now() : Date.now;

/**
 * Resolves after `delayMs`, or in the next turn where no real timer is to be had: for a wait whose end is checked
 * by other means.
 *
 * @param holdsProcess whether the wait keeps the process running
 */
export function pause(delayMs: number, holdsProcess: boolean): Promise<void> {
  if (faked) return nextTurn();
  return new Promise((resolve) => {
    const timer = setTimer(resolve, delayMs);
    if (!holdsProcess) timer.unref();
  });
}

/** The fakes there are have a clock, a mark or the name of a bound function. */
function isFaked(replaceable: object & { readonly name: string }): boolean {
  const { name } = replaceable;
  return (
    "clock" in replaceable || "isMock" in replaceable || "isFake" in replaceable || !WORD.test(name)
  );
}
