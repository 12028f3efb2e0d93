import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";

/** An activation that stores changes which no reply waits for. */
export interface IntervalMember {
  /** When it is due, on the monotonic clock; `undefined` if it does not wait. Written only by {@link SaveInterval}. */
  saveDueMs: number | undefined;
  /** Interval of its type, in milliseconds. */
  readonly saveIntervalMs: number;
  /** Whether a handler is at an `await`: what it has changed so far may be half of a change. */
  readonly isHandling: boolean;
  /** Begins its commit, if anything has changed. */
  flush(): void;
}

/**
 * The activations of a system whose changes are stored within their interval. There is one timer for all of them. It
 * keeps the process running, since there is something to be stored.
 */
export class SaveInterval {
  readonly #clock: Clock;
  readonly #onFault: (error: unknown) => void;
  /** By interval, in the order of arrival: members of one interval wait equally long, so the first is due first. */
  readonly #lanes = new Map<number, Set<IntervalMember>>();
  #size = 0;
  #timer: ClockTimer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;

  /** @param onFault receives what a flush has thrown, which is a fault of the runtime; the others are flushed */
  constructor(clock: Clock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  /** Number of activations that wait. */
  get size(): number {
    return this.#size;
  }

  /** Flushes `member` once its interval has passed; a no-op if it waits already. */
  add(member: IntervalMember): void {
    if (member.saveDueMs !== undefined) return;
    const { saveIntervalMs } = member;
    const dueMs = this.#clock.monotonicMs() + saveIntervalMs;
    member.saveDueMs = dueMs;
    let lane = this.#lanes.get(saveIntervalMs);
    if (lane === undefined) {
      lane = new Set();
      this.#lanes.set(saveIntervalMs, lane);
    }
    lane.add(member);
    this.#size += 1;
    if (dueMs < this.#timerDueMs) this.#arm(dueMs);
  }

  /** Takes `member` out, because everything of it is stored or it has ended; a no-op if it does not wait. */
  remove(member: IntervalMember): void {
    if (member.saveDueMs === undefined) return;
    member.saveDueMs = undefined;
    this.#lanes.get(member.saveIntervalMs)?.delete(member);
    this.#size -= 1;
    if (this.#size === 0) this.#disarm(); // a timer for nothing would keep the process running
  }

  #arm(dueMs: number): void {
    this.#timer?.cancel();
    this.#timerDueMs = dueMs;
    const delayMs = Math.max(0, dueMs - this.#clock.monotonicMs());
    this.#timer = this.#clock.schedule(() => this.#fire(), delayMs, KeepAlive.Yes);
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerDueMs = Number.POSITIVE_INFINITY;
  }

  #fire(): void {
    this.#disarm();
    const nowMs = this.#clock.monotonicMs();
    for (const lane of this.#lanes.values()) {
      for (const member of lane) {
        if (member.saveDueMs === undefined || member.saveDueMs > nowMs) break;
        this.remove(member);
        if (member.isHandling) this.add(member);
        else this.#flush(member);
      }
    }
    const nextMs = this.#firstDueMs();
    if (nextMs < this.#timerDueMs) this.#arm(nextMs);
  }

  #flush(member: IntervalMember): void {
    try {
      member.flush();
    } catch (error) {
      this.#onFault(error);
    }
  }

  #firstDueMs(): number {
    let firstMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.values()) {
      const [first] = lane;
      if (first?.saveDueMs !== undefined) firstMs = Math.min(firstMs, first.saveDueMs);
    }
    return firstMs;
  }
}
