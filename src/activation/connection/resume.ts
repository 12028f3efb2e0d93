import type { LastEvents, LinkGap, LinkGapReason } from "../access/link.ts";
import type { ConnectionRecord } from "./connection-record.ts";
import type { EventRing } from "./event-ring.ts";

/** Where the events for a connection begin. */
export interface Resumed {
  /** Number of the last event that its client has. */
  readonly start: number;
  /** The connection that it continues. */
  readonly formerId: string | undefined;
  readonly gap: LinkGap | undefined;
}

/**
 * Finds out whether a client that comes back can get everything that it has missed.
 *
 * @param formerEnd number of the last event before its former connection has ended, if this activation had it: which of
 *   the later events would have been for that connection alone is not known
 * @param eventNames names of all events of the definition
 */
export function resume(
  { request, start }: Pick<ConnectionRecord, "request" | "start">,
  ring: EventRing,
  formerEnd: number | undefined,
  eventNames: readonly string[],
): Resumed {
  const { last } = request;
  // One that names no events may subscribe to any later.
  const events = request.events.length > 0 ? request.events : eventNames;
  if (last === undefined) return { start, formerId: undefined, gap: undefined };
  const number = ring.numberOf(last.position);
  if (number === undefined || number > ring.last) return lost(start, reasonFor(last, ring));
  const isMissing = events.some((event) => ring.evicted(event) > number);
  if (!isMissing && !isDoubtful(ring, Math.max(number, formerEnd ?? 0), events)) {
    return { start: number, formerId: last.connectionId, gap: undefined };
  }
  const counts =
    eventNames.every((name) => request.events.includes(name)) && ring.narrowed <= number;
  return lost(start, "events_lost", counts ? start - number : undefined);
}

function lost(start: number, reason: LinkGapReason, missed?: number): Resumed {
  return { start, formerId: undefined, gap: { reason, missed } };
}

function reasonFor({ position }: LastEvents, ring: EventRing): LinkGapReason {
  return ring.isOfCreation(position) ? "actor_restarted" : "actor_destroyed";
}

/** Whether an event after `number` was for some connections only. */
function isDoubtful(ring: EventRing, number: number, events: readonly string[]): boolean {
  if (ring.narrowed <= number) return false;
  for (let at = number + 1; at <= ring.last; at += 1) {
    const event = ring.at(at);
    if (event?.only !== undefined && events.includes(event.event)) return true;
  }
  return false;
}
