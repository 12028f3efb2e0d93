import { applyEvents, type EventParts } from "../../src/cluster/decisions/apply-events.ts";
import type { EventBatch, RunnerEvent } from "../../src/cluster/protocol/events.ts";
import type { PlacementRecord } from "../../src/cluster/protocol/placement-record.ts";
import { eventBatch, startCommand } from "./cluster-records.ts";
import { eventParts, recordOf, requireWritable } from "./decision-parts.ts";

/** An event as a runner tells it, as far as a test says so. */
export type Told = Pick<RunnerEvent, "kind"> & Partial<RunnerEvent>;

/** A batch of events with consecutive indices. */
export function batch(told: readonly Told[], changes: Partial<EventBatch> = {}): EventBatch {
  const first = told[0]?.index ?? 1;
  const events = told.map((event, at) => ({ atMs: 0, index: first + at, ...event }));
  return eventBatch({ events, ...changes });
}

/** Applies one batch of generation 3 of `r-1`. Returns the record, and how each event has arrived. */
export function apply(
  record: PlacementRecord | undefined,
  told: readonly Told[],
  parts: Partial<EventParts> = {},
  changes: Partial<EventBatch> = {},
): { readonly next: PlacementRecord | undefined; readonly arrivals: readonly string[] } {
  const applied = applyEvents(eventParts(parts), record, [batch(told, changes)]);
  if (applied.next !== undefined) requireWritable(applied.next);
  return { next: applied.next, arrivals: applied.fates.flat().map(({ arrival }) => arrival) };
}

/** A record while its runner starts the actor. */
export const starting: PlacementRecord = recordOf({
  status: "starting",
  outbox: [startCommand()],
  commandIndex: 1,
  input: 7,
});
export const running: PlacementRecord = recordOf({
  status: "running",
  eventIndex: 1,
  deadlineMs: 0,
});
export const moving: PlacementRecord = recordOf({
  status: "stopping",
  eventIndex: 1,
  reason: "rebalanced",
});
