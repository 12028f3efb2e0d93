import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { type ClockTimer, KeepAlive } from "../base/clock.ts";
import type { LoopWatch } from "./warnings/loop-watch.ts";

/** Interval between checks, short enough to detect everything within a second. */
const LOOK_EVERY_MS = 250;
const LOOK_AT_LEAST_EVERY_MS = 700;
/** Checks take at most one part in this many of the time, down to the lowest rate. */
const COST_SHARE = 50;

/**
 * Calls `look` periodically while a system is active, and not at all while it is idle. The next wake-up of
 * the dispatcher starts it again. Its timer does not keep the process alive.
 */
export class Watch {
  readonly #system: SystemRuntime;
  readonly #loop: LoopWatch;
  readonly #look: (nowMs: number) => boolean;
  #timer: ClockTimer | undefined;
  #dueMs = 0;
  #closed = false;
  readonly #fireBound = (): void => this.#fire();
  /** Runs in the base frame, since a timer keeps the context of the code that woke the dispatcher. */
  readonly #onTimer = (): void => this.#system.dispatcher.frame.run(this.#fireBound);
  /** Removes the listener that waits for activity. Set while the watch rests. */
  #endRest: (() => void) | undefined;

  /** @param look returns whether another check is needed even without further events */
  constructor(system: SystemRuntime, loop: LoopWatch, look: (nowMs: number) => boolean) {
    this.#system = system;
    this.#loop = loop;
    this.#look = look;
    this.#rest();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#endRest?.();
  }

  /** Pauses until the system becomes active. */
  #rest(): void {
    this.#endRest = this.#system.hooks.woke.add(() => {
      this.#endRest?.();
      this.#schedule(LOOK_EVERY_MS);
    });
  }

  #schedule(delayMs: number): void {
    const { clock } = this.#system;
    this.#dueMs = clock.monotonicMs() + delayMs;
    this.#timer = clock.schedule(this.#onTimer, delayMs, KeepAlive.No);
  }

  #fire(): void {
    const { clock } = this.#system;
    const nowMs = clock.monotonicMs();
    this.#loop.fired(this.#dueMs, nowMs);
    const continues = this.#look(nowMs) || isBusy(this.#system);
    if (this.#closed) return;
    const tookMs = clock.monotonicMs() - nowMs;
    if (continues) {
      this.#schedule(
        Math.min(Math.max(LOOK_EVERY_MS, tookMs * COST_SHARE), LOOK_AT_LEAST_EVERY_MS),
      );
    } else {
      this.#rest();
    }
  }
}

/** Returns whether operations are in progress that may begin to wait unnoticed by the dispatcher. */
function isBusy(system: SystemRuntime): boolean {
  return system.askWheel.size > 0 || system.cellsWithParkedSenders.size > 0 || hasPhases(system);
}

/** Returns whether any handler awaits or any hook runs. */
export function hasPhases(system: SystemRuntime): boolean {
  for (const { processing, active } of system.typeMetrics()) {
    const hooks = active.starting.value + active.restarting.value + active.stopping.value;
    if (processing.value + hooks > 0) return true;
  }
  return false;
}
