import type { Violation } from "../checker.ts";
import type { Accepted } from "../history.ts";
import {
  type ConnectionNotes,
  type Place,
  placeOf,
  type Reader,
  type Seen,
} from "./connection-notes.ts";

/** What of a history the rules for connections need. */
export interface ConnectionFacts {
  readonly accepted: readonly Accepted[];
  readonly connections: ConnectionNotes;
}

/**
 * A user gets each event that its actor publishes, once and in order, or is told that some are missing; what it gets was
 * published, after what it tells of was stored; and in the end it has everything.
 */
export function* checkConnections(facts: ConnectionFacts): Generator<Violation> {
  const { connections } = facts;
  const stored = new Map<string, ReadonlySet<string>>();
  for (const { address, ops } of facts.accepted) stored.set(address, new Set(ops));
  for (const { address, bodies } of connections.feeds.values()) {
    const known = stored.get(address); // of actors that nobody has destroyed
    const untrue = known && bodies.find((body) => !known.has(body));
    if (untrue === undefined) continue;
    yield { rule: "event_untrue", text: `${address}: ${untrue} was published, and is not stored` };
  }
  for (const reader of connections.readers) yield* checkReader(reader, connections);
  for (const { name, address } of connections.unseen) {
    const text = `${name} of ${address} has not got the last events in the end`;
    yield { rule: "event_unseen", text };
  }
}

function* checkReader(reader: Reader, notes: ConnectionNotes): Generator<Violation> {
  let last: Place | undefined;
  for (const seen of reader.seen) {
    if (seen.kind === "ended") continue;
    const place = placeOf(seen.position);
    const rule = brokenBy(seen, place, last, notes);
    const before = last === undefined ? "nothing" : `${last.feed}.${last.number}`;
    const text = `${reader.name} of ${reader.address}: ${seen.kind} ${seen.position} after ${before}`;
    if (rule !== undefined) yield { rule, text };
    last = place;
  }
}

/** Returns the rule that is broken by what a user sees next. */
function brokenBy(
  seen: Exclude<Seen, { readonly kind: "ended" }>,
  place: Place,
  last: Place | undefined,
  { feeds }: ConnectionNotes,
): string | undefined {
  switch (seen.kind) {
    case "gap":
      return undefined;
    case "opened":
      return seen.gap !== undefined || last === undefined || isAfter(place, last, 0)
        ? undefined
        : "event_missed";
    case "event":
      if (last === undefined || !isAfter(place, last, 1)) return "event_missed";
      return feeds.get(place.feed)?.bodies[place.number - 1] === seen.body
        ? undefined
        : "event_wrong";
  }
}

function isAfter({ feed, number }: Place, last: Place, by: number): boolean {
  return feed === last.feed && number === last.number + by;
}
