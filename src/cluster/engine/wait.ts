import { type Clock, KeepAlive } from "../../base/clock.ts";

/**
 * Resolves after `delayMs`, or at once when `signal` is aborted. Unless `keepAlive` says so, it does
 * not keep the process running.
 *
 * @param signal has no effect on the outcome: check it after the wait
 */
export function wait(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal,
  keepAlive: KeepAlive = KeepAlive.No,
): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      timer.cancel();
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.schedule(end, delayMs, keepAlive);
    signal?.addEventListener("abort", end);
  });
}
