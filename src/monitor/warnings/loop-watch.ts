import type { LongTurn, SystemRuntime } from "../../actor/system/system-runtime.ts";
import { Thresholds } from "../thresholds.ts";

/** A period in which the event loop was blocked. Times are on the monotonic clock. */
export interface LoopBlock {
  readonly startedMs: number;
  readonly endedMs: number;
  /** The handler that blocked it, if known. */
  readonly by: LongTurn | undefined;
}

/** Detects from the lateness of the monitor's own timer that the event loop was blocked, and by what. */
export class LoopWatch {
  readonly #system: SystemRuntime;
  #last: LoopBlock | undefined;

  constructor(system: SystemRuntime) {
    this.#system = system;
  }

  /** The most recent block. */
  get last(): LoopBlock | undefined {
    return this.#last;
  }

  /** Records that a timer due at `dueMs` fired at `nowMs`. */
  fired(dueMs: number, nowMs: number): void {
    if (nowMs - dueMs < Thresholds.loopBlockedMs) return;
    const by = this.#culprit(dueMs, nowMs);
    // The blocking handler may have begun before the timer was due.
    const startedMs = Math.min(dueMs, by?.startedMs ?? dueMs);
    this.#last = { startedMs, endedMs: nowMs, by };
  }

  /** Returns the last block if it lasted for at least half of the time since `sinceMs`. */
  explains(sinceMs: number, nowMs: number): LoopBlock | undefined {
    const last = this.#last;
    if (last === undefined) return undefined;
    const sharedMs = last.endedMs - Math.max(last.startedMs, sinceMs);
    return sharedMs * 2 >= nowMs - sinceMs ? last : undefined;
  }

  /** Returns the last long turn of a handler if it covers at least half of the time. */
  #culprit(dueMs: number, nowMs: number): LongTurn | undefined {
    const { longTurn } = this.#system;
    if (longTurn === undefined) return undefined;
    const sharedMs = Math.min(longTurn.endedMs, nowMs) - Math.max(longTurn.startedMs, dueMs);
    return sharedMs * 2 >= nowMs - dueMs ? longTurn : undefined;
  }
}
