import assert from "node:assert/strict";
import type { Clock, ClockTimer } from "../../src/base/clock.ts";
import { TimerWheel, type WheelEntry } from "../../src/base/timer-wheel.ts";
import { ManualClock } from "../../src/testing.ts";

/** A manual clock on which the wheel turns as it does on the system's. */
export class TickingClock extends ManualClock {
  override readonly exact = false;
}

/** A clock whose timers fire only when they are let: what a blocked event loop looks like. */
export class BlockableClock implements Clock {
  #nowMs = 5_000;
  #timer: { readonly atMs: number; readonly callback: () => void } | undefined;

  monotonicMs(): number {
    return this.#nowMs;
  }

  epochMs(): number {
    return this.#nowMs;
  }

  schedule(callback: () => void, delayMs: number): ClockTimer {
    this.#timer = { atMs: this.#nowMs + delayMs, callback };
    return { cancel: () => {} };
  }

  /** Time passes, but the event loop is busy. */
  block(ms: number): void {
    this.#nowMs += ms;
  }

  /** Time passes up to the next timer, which fires; one that is late fires now. */
  turn(): void {
    if (this.#timer === undefined) return;
    const { atMs, callback } = this.#timer;
    this.#timer = undefined;
    this.#nowMs = Math.max(this.#nowMs, atMs);
    callback();
  }

  /** Lets the event loop turn until nobody wants to be woken any more. */
  turnUntilRest(): void {
    for (let turn = 0; turn < MAX_TURNS && this.#timer !== undefined; turn += 1) this.turn();
  }
}

/** More turns than any test's delays can take. */
const MAX_TURNS = 2_000;

/** Remembers when it expired, and how often. */
export class Recorder implements WheelEntry {
  previous: WheelEntry | undefined = undefined;
  next: WheelEntry | undefined = undefined;
  due = 0;
  readonly #clock: Clock;
  readonly #onExpiry: () => void;
  expiredAtMs: number | undefined;
  expiries = 0;

  constructor(clock: Clock, onExpiry: () => void = () => {}) {
    this.#clock = clock;
    this.#onExpiry = onExpiry;
  }

  expire(): void {
    this.expiredAtMs = this.#clock.monotonicMs();
    this.expiries += 1;
    this.#onExpiry();
  }
}

interface Expected {
  readonly entry: Recorder;
  readonly dueMs: number;
  removed: boolean;
}

/** A wheel, and beside it a plain list that knows when each entry is due. */
export class ModelledWheel {
  readonly #clock: Clock;
  readonly #wheel: TimerWheel;
  readonly #list: Expected[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#wheel = new TimerWheel(clock);
  }

  /** Adds or removes an entry; anything else is for the clock to do. */
  change(how: string, value: number): void {
    if (how === "add") this.add(value);
    if (how === "remove") this.removeSome(value);
  }

  add(delayMs: number): void {
    const entry = new Recorder(this.#clock);
    this.#list.push({ entry, dueMs: this.#clock.monotonicMs() + delayMs, removed: false });
    this.#wheel.add(entry, delayMs);
  }

  /** Removes one of all entries there have ever been. */
  removeSome(index: number): void {
    const chosen = this.#list[index % this.#list.length];
    if (chosen === undefined) return;
    chosen.removed ||= chosen.entry.expiries === 0;
    this.#wheel.remove(chosen.entry);
  }

  /** Each entry expired once, not before it was due nor more than `maxLateMs` after, unless removed. */
  expectAgreement(maxLateMs: number): void {
    for (const expected of this.#list) this.#expectInTime(expected, maxLateMs);
    const pending = this.#list.filter(({ entry, removed }) => !removed && entry.expiries === 0);
    assert.equal(this.#wheel.size, pending.length);
  }

  #expectInTime({ entry, dueMs, removed }: Expected, maxLateMs: number): void {
    assert.ok(entry.expiries <= (removed ? 0 : 1), `expired ${entry.expiries} times`);
    const { expiredAtMs } = entry;
    const early = expiredAtMs !== undefined && expiredAtMs < dueMs;
    assert.ok(!early, `${expiredAtMs} is before ${dueMs}`);
    const lateMs = (expiredAtMs ?? this.#clock.monotonicMs()) - dueMs;
    assert.ok(removed || lateMs <= maxLateMs, `${lateMs} ms late`);
  }
}
