import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { backoffDelayMs, nextAttempt } from "../../supervision/backoff.ts";
import type { ActorCell } from "../cell/cell.ts";

/** Progress of an actor in a series of delayed restarts. */
export class BackOff {
  /** Restarts in the series so far. */
  attempts = 0;
  /** Start of the current life after a restart; unset in the first life, which starts a series anyway. */
  livingSinceMs: number | undefined = undefined;
  /** End of the current wait, on the monotonic clock; `undefined` when the actor is not waiting. */
  dueMs: number | undefined = undefined;
  #timer: ClockTimer | undefined;
  #wake: ((waited: boolean) => void) | undefined;

  /** Whether the actor is waiting to be restarted. */
  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  /**
   * Waits for `delayMs` on the system's clock.
   *
   * @returns `true` when the time has passed, `false` when the wait was cancelled
   */
  wait(cell: ActorCell, delayMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      const { clock } = cell.type.system;
      this.dueMs = clock.monotonicMs() + delayMs;
      this.#timer = clock.schedule(() => this.#end(true), delayMs, KeepAlive.Yes);
    });
  }

  /** Cancels the wait because the actor is about to end. */
  cancel(): void {
    this.#timer?.cancel();
    this.#end(false);
  }

  #end(waited: boolean): void {
    const wake = this.#wake;
    this.#timer = undefined;
    this.dueMs = undefined;
    this.#wake = undefined;
    wake?.(waited);
  }
}

/** Returns whether the actor is waiting for a restart after `untilMs` on the monotonic clock. */
export function backsOffBeyond({ extrasIfAny }: ActorCell, untilMs: number): boolean {
  const dueMs = extrasIfAny?.backOff?.dueMs;
  return dueMs !== undefined && dueMs > untilMs;
}

/** Returns the delay of the next restart of `cell`; 0 when its definition has no back-off. */
export function nextDelayMs(cell: ActorCell): number {
  const { backoff } = cell.restartSettings;
  if (backoff === undefined) return 0;
  const extras = cell.ensureExtras();
  extras.backOff ??= new BackOff();
  const series = extras.backOff;
  const nowMs = cell.type.system.clock.monotonicMs();
  const livedMs = series.livingSinceMs === undefined ? 0 : nowMs - series.livingSinceMs;
  series.attempts = nextAttempt(backoff, series.attempts, livedMs);
  series.livingSinceMs = undefined;
  return backoffDelayMs(backoff, series.attempts, Math.random());
}
