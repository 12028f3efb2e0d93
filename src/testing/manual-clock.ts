import { type Clock, type ClockTimer, KeepAlive } from "../base/clock.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { nextTurn } from "../base/node-timers.ts";

interface PendingTimer extends ClockTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  readonly keepAlive: KeepAlive;
}

/** Start of both readings of a new clock. It is not zero, which could be mistaken for "never". */
const START_MS = 1_000;
/** 2026-01-01T00:00:00Z */
const EPOCH_MS = 1_767_225_600_000;

/**
 * A clock that advances only when it is moved: timeouts and timers are tested without waiting.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const timed = createSystem({ ...inMemoryTelemetry().systemOptions, clock });
 * const silent = defineActor("silent", {
 *   handlers: { wait: () => new Promise<void>(() => {}) },
 * });
 * const outcome = timed.spawn(silent).ask.wait().catch((error: LimelightError) => error.code);
 * await clock.advance(5_000);
 * await outcome; // "ERR_ASK_TIMEOUT"
 * ```
 */
export class ManualClock implements Clock {
  /** Timers fire exactly on time: an ask of 5 s times out once the clock has been advanced by 5 s. */
  readonly exact: boolean = true;
  readonly #timers = new Set<PendingTimer>();
  #nowMs = START_MS;
  #order = 0;

  /** Timers that keep a process running and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#pending(KeepAlive.Yes);
  }

  /** Pending timers that do not keep a process running, such as the next check of a monitor. */
  get backgroundTimers(): number {
    return this.#pending(KeepAlive.No);
  }

  /** Monotonic time in milliseconds, moved by {@link ManualClock.advance} only. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Time in milliseconds since the Unix epoch; a new clock starts at 2026-01-01T00:00:00Z. */
  epochMs(): number {
    return EPOCH_MS + this.#nowMs - START_MS;
  }

  /**
   * Runs `callback` once the clock has been advanced by `delayMs`.
   *
   * @example
   * ```ts
   * const clock = new ManualClock();
   * clock.schedule(() => console.log("a second later"), 1_000);
   * clock.pendingTimers; // 1
   * await clock.advance(1_000);
   * clock.monotonicMs(); // 1,000 more than before, as is `clock.epochMs()`
   * ```
   */
  schedule(
    callback: () => void,
    delayMs: number,
    keepAlive: KeepAlive = KeepAlive.Yes,
  ): ClockTimer {
    this.#order += 1;
    const timer: PendingTimer = {
      dueMs: this.#nowMs + Math.max(0, delayMs),
      order: this.#order,
      callback,
      keepAlive,
      cancel: () => {
        this.#timers.delete(timer);
      },
    };
    this.#timers.add(timer);
    return timer;
  }

  /**
   * Advances the time by `ms` and fires due timers in order, each at its own time. Promise callbacks started
   * by a timer have run before the next timer fires.
   *
   * @throws UsageError `ERR_INVALID_OPTION` when `ms` is not a number, negative or infinite
   */
  async advance(ms: number): Promise<void> {
    if (typeof ms !== "number" || !(ms >= 0 && ms < Infinity)) {
      const given = typeof ms === "string" ? JSON.stringify(ms) : String(ms);
      throw new UsageError(`\`ms\` must be a finite number from 0 on, not ${given}`, {
        code: ErrorCode.InvalidOption,
      });
    }
    const untilMs = this.#nowMs + ms;
    await nextTurn();
    for (let timer = this.#next(untilMs); timer !== undefined; timer = this.#next(untilMs)) {
      this.#nowMs = timer.dueMs;
      this.#timers.delete(timer);
      timer.callback();
      await nextTurn();
    }
    this.#nowMs = untilMs;
    await nextTurn();
  }

  #pending(wanted: KeepAlive): number {
    let pending = 0;
    for (const { keepAlive } of this.#timers) if (keepAlive === wanted) pending += 1;
    return pending;
  }

  #next(untilMs: number): PendingTimer | undefined {
    let first: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      const earlier =
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order);
      if (earlier) first = timer;
    }
    return first;
  }
}
