import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { backoffDelayMs, nextAttempt } from "../../supervision/backoff.ts";
import type { ActorCell } from "../cell/cell.ts";

/** Where an actor is in a series of restarts that are put off. */
export class BackOff {
  /** Restarts of the series so far. */
  attempts = 0;
  /** When the present life began, after a restart; a first life is the beginning of a series anyway. */
  livingSinceMs: number | undefined = undefined;
  #timer: ClockTimer | undefined;
  #wake: ((waited: boolean) => void) | undefined;

  /** Whether the actor is waiting to be restarted. */
  get waiting(): boolean {
    return this.#wake !== undefined;
  }

  /**
   * Waits for `delayMs` on the system's clock.
   *
   * @returns whether the time has passed; not when the wait was cancelled
   */
  wait(cell: ActorCell, delayMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      const { clock } = cell.type.system;
      this.#timer = clock.schedule(() => this.#end(true), delayMs, KeepAlive.Yes);
    });
  }

  /** Ends the wait, because the actor is to end. */
  cancel(): void {
    this.#timer?.cancel();
    this.#end(false);
  }

  #end(waited: boolean): void {
    const wake = this.#wake;
    this.#timer = undefined;
    this.#wake = undefined;
    wake?.(waited);
  }
}

/** How long the next restart of `cell` is put off; 0 where its definition wants no delay. */
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
