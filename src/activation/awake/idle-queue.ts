import { awakeReason } from "../../actor/cell/awake-reason.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { StopRequest } from "../../actor/lifecycle/stop-request.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";

/** The place of one activation in the queue. It is a link of a list, so that a move costs no allocation. */
export class IdlePlace {
  readonly cell: ActorCell;
  /** When it became idle, on the monotonic clock. */
  sinceMs = 0;
  list: IdleList | undefined = undefined;
  next: IdlePlace | undefined = undefined;
  previous: IdlePlace | undefined = undefined;

  constructor(cell: ActorCell) {
    this.cell = cell;
  }

  /** Whether nothing keeps its actor awake. */
  get isIdle(): boolean {
    const { cell } = this;
    return cell.stopRequest === StopRequest.None && awakeReason(cell) === AwakeReason.Idle;
  }
}

/** The idle activations of one `idleMs`, the longest idle first, and the timer of the first. */
class IdleList {
  readonly idleMs: number;
  head: IdlePlace | undefined = undefined;
  tail: IdlePlace | undefined = undefined;
  timer: ClockTimer | undefined = undefined;

  constructor(idleMs: number) {
    this.idleMs = idleMs;
  }

  append(place: IdlePlace): void {
    place.list = this;
    place.previous = this.tail;
    if (this.tail === undefined) this.head = place;
    else this.tail.next = place;
    this.tail = place;
  }

  remove(place: IdlePlace): void {
    const { previous, next } = place;
    if (previous === undefined) this.head = next;
    else previous.next = next;
    if (next === undefined) this.tail = previous;
    else next.previous = previous;
    place.list = undefined;
    place.previous = undefined;
    place.next = undefined;
  }
}

/** What the queue does with activations whose time has passed. */
export interface IdleActions {
  /** Puts an activation to sleep; nothing keeps it awake. */
  sleep(place: IdlePlace): void;
  /** Called for an activation that would sleep if something did not keep it awake. */
  held(place: IdlePlace): void;
}

/**
 * The activations that wait for `idleMs` to pass, first in, first out.
 *
 * An actor that has handled a message moves to the end of its list, which costs a few assignments and no timer. There
 * is one timer for each distinct `idleMs`, for the first of its list.
 */
export class IdleQueue {
  readonly #clock: Clock;
  readonly #actions: IdleActions;
  readonly #lists = new Map<number, IdleList>();
  #closed = false;

  constructor(clock: Clock, actions: IdleActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  /** Begins the wait of an activation again. */
  touch(place: IdlePlace, idleMs: number): void {
    if (this.#closed) return;
    const list = place.list ?? this.#listOf(idleMs);
    if (place.list !== undefined && list.tail !== place) list.remove(place);
    place.sinceMs = this.#clock.monotonicMs();
    if (list.tail !== place) list.append(place);
    if (list.timer === undefined) this.#arm(list);
  }

  /** Takes an activation out that ends or has ended. */
  remove(place: IdlePlace): void {
    place.list?.remove(place);
  }

  /** Returns the activation that has been idle for the longest time. It is not removed. */
  longestIdle(): IdlePlace | undefined {
    let longest: IdlePlace | undefined;
    for (const list of this.#lists.values()) {
      const first = firstIdle(list);
      if (first === undefined) continue;
      if (longest === undefined || first.sinceMs < longest.sinceMs) longest = first;
    }
    return longest;
  }

  /** Cancels all timers. Nothing is put to sleep any more. */
  close(): void {
    this.#closed = true;
    for (const list of this.#lists.values()) list.timer?.cancel();
    this.#lists.clear();
  }

  #listOf(idleMs: number): IdleList {
    let list = this.#lists.get(idleMs);
    if (list === undefined) {
      list = new IdleList(idleMs);
      this.#lists.set(idleMs, list);
    }
    return list;
  }

  /** Sets the timer for the first of the list. It may have moved to the end when the timer fires. */
  #arm(list: IdleList): void {
    const { head, idleMs } = list;
    if (head === undefined || idleMs === Number.POSITIVE_INFINITY) return;
    const leftMs = Math.max(0, head.sinceMs + idleMs - this.#clock.monotonicMs());
    list.timer = this.#clock.schedule(() => this.#fire(list), leftMs, KeepAlive.No);
  }

  #fire(list: IdleList): void {
    list.timer = undefined;
    const nowMs = this.#clock.monotonicMs();
    for (let first = list.head; first !== undefined; first = list.head) {
      // The same sum as for the timer: rounded otherwise, it could be too early for ever on a clock that stands still.
      if (first.sinceMs + list.idleMs > nowMs) break;
      list.remove(first);
      if (first.isIdle) this.#actions.sleep(first);
      else this.#hold(first, list.idleMs);
    }
    if (list.timer === undefined && !this.#closed) this.#arm(list);
  }

  /** One that works now enters again when it becomes idle; one that only something holds is looked at again. */
  #hold(place: IdlePlace, idleMs: number): void {
    if (place.cell.stopRequest !== StopRequest.None) return;
    switch (awakeReason(place.cell)) {
      case AwakeReason.Handling:
      case AwakeReason.Hook:
      case AwakeReason.Mailbox:
      case AwakeReason.Idle:
      case AwakeReason.Stopped:
        return;
      case AwakeReason.Task:
      case AwakeReason.Run:
      case AwakeReason.Timer:
      case AwakeReason.Child:
      case AwakeReason.KeepAwake:
      case AwakeReason.Internal:
      case AwakeReason.Reply:
      case AwakeReason.QueueMessage:
      case AwakeReason.Connection:
      case AwakeReason.HttpRequest:
        this.#actions.held(place);
        this.touch(place, idleMs);
    }
  }
}

/** Removes those that are no longer idle from the front of the list; they enter again when they become idle. */
function firstIdle(list: IdleList): IdlePlace | undefined {
  let first = list.head;
  while (first !== undefined && !first.isIdle) {
    list.remove(first);
    first = list.head;
  }
  return first;
}
