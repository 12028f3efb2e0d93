import type { Clock, KeepAlive } from "../base/clock.ts";

/** Options of {@link settledWithin}. */
export interface DeadlineOptions {
  readonly clock: Clock;
  readonly deadlineMs: number;
  /** Whether waiting keeps the process running. Everything else of the preload is unreferenced. */
  readonly keepAlive: KeepAlive;
}

/**
 * Waits for `work` to settle, but not longer than the deadline. Never rejects: what went wrong is for
 * `work` to report.
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
