import { AbortSwitch } from "../../base/async/abort-switch.ts";
import type { Outgoing } from "./outgoing.ts";

/** A call that was sent, and not answered. Its own node in a {@link FlightList}. */
export class Flight {
  readonly outgoing: Outgoing;
  readonly runnerId: string;
  /** Set while its sender is to be told that its queue message is stored. */
  readonly noticeId: string | undefined;
  /** Ends the wait for the reply. */
  readonly end: AbortSwitch = new AbortSwitch();
  /** Written only by the list, as are the next two fields. */
  list: FlightList | undefined = undefined;
  previous: Flight | undefined = undefined;
  next: Flight | undefined = undefined;

  constructor(outgoing: Outgoing, runnerId: string, noticeId?: string) {
    this.outgoing = outgoing;
    this.runnerId = runnerId;
    this.noticeId = noticeId;
  }
}

/**
 * Calls to one runner, in the order in which they were sent. Not a `Set`: the tables that a set has outgrown hold what was
 * in them until the next full garbage collection, which made each call survive for long.
 */
export class FlightList {
  #first: Flight | undefined;
  #last: Flight | undefined;

  get first(): Flight | undefined {
    return this.#first;
  }

  add(flight: Flight): void {
    flight.list = this;
    flight.previous = this.#last;
    if (this.#last === undefined) this.#first = flight;
    else this.#last.next = flight;
    this.#last = flight;
  }

  /** Returns false if it is not in the list. */
  remove(flight: Flight): boolean {
    if (flight.list !== this) return false;
    const { previous, next } = flight;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    flight.list = undefined;
    flight.previous = undefined;
    flight.next = undefined;
    return true;
  }
}
