import type { Clock, KeepAlive } from "../base/clock.ts";

/** Options of {@link settledWithin}. */
export interface DeadlineOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Whether waiting keeps the process running. All other timers of the preload are unreferenced. */
  readonly keepAlive: KeepAlive;
}

/**
 * Waits for `work` to settle, at most until the deadline. Never rejects: reporting an error is up to `work`.
 *
 * @returns whether `work` settled in time
 */
export function settledWithin(work: Promise<unknown>, options: DeadlineOptions): Promise<boolean> {
  const { clock, deadlineMs, keepAlive } = options;
  return new Promise((resolve) => {
    const timer = clock.schedule(() => resolve(false), deadlineMs, keepAlive);
    const settle = (): void => {
      timer.cancel();
      resolve(true);
    };
    work.then(settle, settle);
  });
}
