import { nextTurn } from "../../base/node-timers.ts";

/** Whose events these are. Those of a process that is paused wait; those of one that is gone are dropped. */
export interface EventOwner {
  readonly isGone: boolean;
  readonly isPaused: boolean;
  /** Called instead of the event while the owner is paused. */
  hold(callback: () => void): void;
}

/** Something that happens at a moment. */
export interface VirtualEvent {
  readonly atMs: number;
  readonly order: number;
  readonly owner: EventOwner | undefined;
  /** `undefined` once it has happened or was cancelled. */
  callback: (() => void) | undefined;
}

function isBefore(one: VirtualEvent, other: VirtualEvent): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}

/**
 * The time of a simulation, in milliseconds from 0 on. It stands still while code runs, and jumps from one event to the
 * next; promises that an event has settled have run before the next one.
 */
export class VirtualTime {
  /** A binary heap. */
  readonly #events: VirtualEvent[] = [];
  #nowMs = 0;
  #order = 0;
  #fired = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Number of events that have happened. */
  get fired(): number {
    return this.#fired;
  }

  /** Has `callback` called at a moment; at once if that has passed. Events of one moment happen in the order of the calls. */
  at(atMs: number, owner: EventOwner | undefined, callback: () => void): VirtualEvent {
    this.#order += 1;
    const event = { atMs: Math.max(atMs, this.#nowMs), order: this.#order, owner, callback };
    this.#push(event);
    return event;
  }

  /** Runs all events up to a moment, and stops there. */
  async runUntil(untilMs: number): Promise<void> {
    await nextTurn();
    for (let event = this.#events[0]; event !== undefined; event = this.#events[0]) {
      if (event.atMs > untilMs) break;
      if (this.#fire()) await nextTurn();
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** Runs one event. Returns false if there is none. */
  async step(): Promise<boolean> {
    while (this.#events.length > 0) {
      if (!this.#fire()) continue;
      await nextTurn();
      return true;
    }
    return false;
  }

  /** Takes the first event from the heap. Returns whether it has called something. */
  #fire(): boolean {
    const event = this.#pop();
    const { callback, owner } = event;
    if (callback === undefined) return false;
    event.callback = undefined;
    this.#nowMs = event.atMs;
    if (owner?.isGone === true) return false;
    if (owner?.isPaused === true) {
      owner.hold(callback);
      return false;
    }
    this.#fired += 1;
    callback();
    return true;
  }

  #push(event: VirtualEvent): void {
    const events = this.#events;
    let at = events.push(event) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = events[parent] as VirtualEvent;
      if (!isBefore(event, above)) break;
      events[at] = above;
      at = parent;
    }
    events[at] = event;
  }

  #pop(): VirtualEvent {
    const events = this.#events;
    const first = events[0] as VirtualEvent;
    const last = events.pop() as VirtualEvent;
    if (events.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= events.length) break;
      const right = events[child + 1];
      if (right !== undefined && isBefore(right, events[child] as VirtualEvent)) child += 1;
      const lower = events[child] as VirtualEvent;
      if (!isBefore(lower, last)) break;
      events[at] = lower;
      at = child;
    }
    events[at] = last;
    return first;
  }
}
