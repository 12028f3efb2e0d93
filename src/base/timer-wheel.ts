import { type Clock, type ClockTimer, KeepAlive } from "./clock.ts";

/**
 * An entry with a time-out. Intrusive: an entry is its own list node, so adding one allocates nothing. Not a
 * base class, because V8 needs twice the time to create objects of derived classes.
 */
export interface WheelEntry {
  /** Written only by the wheel, as are the next two fields; `undefined` when it is on no wheel. */
  previous: WheelEntry | undefined;
  next: WheelEntry | undefined;
  /** Its delay in milliseconds while it is fresh, then the tick at which it expires. */
  due: number;
  /** Called once when the time has passed and the entry has been removed from the wheel. */
  expire(): void;
}

/** Removes `entry` from its ring. */
function unlink(entry: WheelEntry): void {
  const { previous, next } = entry;
  if (previous !== undefined) previous.next = next;
  if (next !== undefined) next.previous = previous;
  entry.previous = undefined;
  entry.next = undefined;
}

/** Head of a slot's ring of entries. */
class Slot implements WheelEntry {
  previous: WheelEntry = this;
  next: WheelEntry = this;
  due = 0;

  expire(): void {}

  visitAll(visit: (entry: WheelEntry) => void): void {
    for (let entry = this.next as WheelEntry; entry !== this; entry = entry.next as WheelEntry) {
      visit(entry);
    }
  }

  append(entry: WheelEntry): void {
    const last = this.previous;
    entry.previous = last;
    entry.next = this;
    last.next = entry;
    this.previous = entry;
  }
}

const SLOTS = 512;
/** Duration of a slot: 10 ms. A time-out fires up to two ticks late and never early. */
const TICK_MS = 10;
/**
 * Number of ticks that a late tick counts as at most. While the event loop is blocked no reply can arrive
 * either, so a block of a second must not fail all pending asks at once.
 */
const MAX_TICKS_AT_ONCE = 10;

/**
 * Time-outs of all pending asks, and of the starts of keyed actors, with a single timer. Adding and removing take a few pointer writes.
 *
 * The timer runs only while entries are pending (and one tick more), and keeps the process alive for that
 * long: a pending ask is answered or times out, and is never lost by the end of the process.
 *
 * @see Varghese & Lauck, "Hashed and Hierarchical Timing Wheels" (1987)
 */
export class TimerWheel {
  readonly #clock: Clock;
  /** Used instead of the wheel if the clock is exact. */
  readonly #exact: ExactTimers | undefined;
  readonly #slots: Slot[] = Array.from({ length: SLOTS }, () => new Slot());
  /**
   * Entries added since the last tick. Their delay is resolved at the next tick, which reads the clock. If
   * counted from the last tick, a time-out set after a block of the event loop would fire too early.
   */
  readonly #fresh = new Slot();
  #size = 0;
  #tick = 0;
  #lastTickAtMs = 0;
  #timer: ClockTimer | undefined;
  readonly #onTick = (): void => this.#advance();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#exact = clock.exact === true ? new ExactTimers(clock) : undefined;
  }

  /** Number of entries that have neither expired nor been removed. */
  get size(): number {
    return this.#exact?.size ?? this.#size;
  }

  /** Makes `entry` expire in `delayMs` (resolution 10 ms, rounded up, unless the clock is exact). */
  add(entry: WheelEntry, delayMs: number): void {
    if (this.#exact !== undefined) {
      this.#exact.add(entry, delayMs);
      return;
    }
    if (this.#timer === undefined) this.#start();
    entry.due = delayMs;
    this.#fresh.append(entry);
    this.#size += 1;
  }

  /** Removes `entry`; a no-op when it is not on the wheel. */
  remove(entry: WheelEntry): void {
    this.#exact?.remove(entry);
    if (entry.next === undefined) return;
    unlink(entry);
    this.#size -= 1;
  }

  /**
   * Calls `visit` with each entry, in no particular order, and its remaining time, accurate to two ticks.
   * `visit` must not change the wheel.
   */
  visitAll(visit: (entry: WheelEntry, leftMs: number) => void): void {
    this.#exact?.visitAll(visit);
    if (this.#size === 0) return;
    const sinceTickMs = this.#clock.monotonicMs() - this.#lastTickAtMs;
    this.#fresh.visitAll((entry) => visit(entry, entry.due));
    const placed = (entry: WheelEntry): void => {
      visit(entry, Math.max(0, (entry.due - this.#tick) * TICK_MS - sinceTickMs));
    };
    for (const slot of this.#slots) slot.visitAll(placed);
  }

  #start(): void {
    this.#lastTickAtMs = this.#clock.monotonicMs();
    this.#timer = this.#clock.schedule(this.#onTick, TICK_MS, KeepAlive.Yes);
  }

  #advance(): void {
    this.#timer = undefined;
    if (this.#size === 0) return;
    const nowMs = this.#clock.monotonicMs();
    const elapsed = Math.floor((nowMs - this.#lastTickAtMs) / TICK_MS);
    const ticks = Math.min(elapsed, MAX_TICKS_AT_ONCE);
    this.#lastTickAtMs = elapsed > ticks ? nowMs : this.#lastTickAtMs + ticks * TICK_MS;
    // Scheduled before any entry expires: an `expire` that throws must not stop the wheel.
    this.#timer = this.#clock.schedule(this.#onTick, TICK_MS, KeepAlive.Yes);
    for (let step = 0; step < ticks; step += 1) {
      this.#tick += 1;
      this.#expireSlot(this.#slots[this.#tick % SLOTS] as Slot);
    }
    this.#placeFresh(nowMs - this.#lastTickAtMs);
  }

  /** @param sinceTickMs time since the current tick */
  #placeFresh(sinceTickMs: number): void {
    for (let entry = this.#fresh.next; entry !== this.#fresh; entry = this.#fresh.next) {
      unlink(entry);
      // The slot of the current tick is done, so an entry without a delay waits for the next one.
      entry.due = this.#tick + Math.max(1, Math.ceil((sinceTickMs + entry.due) / TICK_MS));
      (this.#slots[entry.due % SLOTS] as Slot).append(entry);
    }
  }

  #expireSlot(slot: Slot): void {
    let entry: WheelEntry = slot.next;
    while (entry !== slot) {
      const following = entry.next as WheelEntry;
      if (entry.due <= this.#tick) {
        this.remove(entry);
        entry.expire();
      }
      // An expiry may have removed its neighbour; start over from the head then.
      entry = following.next === undefined ? slot.next : following;
    }
  }
}

/** Entries that are due at the same time. */
interface Moment {
  readonly dueMs: number;
  readonly entries: Set<WheelEntry>;
  readonly timer: ClockTimer;
}

/**
 * Exact time-outs for clocks that tests move: an ask of 5 s times out after 5 s. As on the wheel, entries due
 * at the same time expire together, before any promise continues.
 */
class ExactTimers {
  readonly #clock: Clock;
  readonly #moments = new Map<number, Moment>();
  readonly #momentOf = new Map<WheelEntry, Moment>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#momentOf.size;
  }

  add(entry: WheelEntry, delayMs: number): void {
    const dueMs = this.#clock.monotonicMs() + delayMs;
    const moment = this.#moments.get(dueMs) ?? this.#createMoment(dueMs, delayMs);
    moment.entries.add(entry);
    this.#momentOf.set(entry, moment);
  }

  remove(entry: WheelEntry): void {
    const moment = this.#momentOf.get(entry);
    if (moment === undefined) return;
    this.#momentOf.delete(entry);
    moment.entries.delete(entry);
    if (moment.entries.size > 0) return;
    moment.timer.cancel();
    this.#moments.delete(moment.dueMs);
  }

  visitAll(visit: (entry: WheelEntry, leftMs: number) => void): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [entry, { dueMs }] of this.#momentOf) visit(entry, Math.max(0, dueMs - nowMs));
  }

  #createMoment(dueMs: number, delayMs: number): Moment {
    const entries = new Set<WheelEntry>();
    const expire = (): void => {
      this.#moments.delete(dueMs);
      let failure: { readonly error: unknown } | undefined;
      // An entry removed by an earlier expiry is not visited.
      for (const entry of entries) {
        this.#momentOf.delete(entry);
        try {
          entry.expire();
        } catch (error) {
          failure ??= { error };
        }
      }
      if (failure !== undefined) throw failure.error;
    };
    const timer = this.#clock.schedule(expire, delayMs, KeepAlive.Yes);
    const moment = { dueMs, entries, timer };
    this.#moments.set(dueMs, moment);
    return moment;
  }
}
