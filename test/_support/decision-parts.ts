import { encodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import type { EventParts } from "../../src/cluster/decisions/apply-events.ts";
import type { DecisionParts } from "../../src/cluster/decisions/transitions.ts";
import type { PlacementRecord } from "../../src/cluster/protocol/placement-record.ts";
import { DEFAULT_TIMINGS } from "../../src/cluster/protocol/timings.ts";
import { ADDRESS, placementRecord } from "./cluster-records.ts";

export const NOW_MS = 1_767_225_600_000;

let ids = 0;

export function decisionParts(changes: Partial<DecisionParts> = {}): DecisionParts {
  return {
    nowMs: NOW_MS,
    timings: DEFAULT_TIMINGS,
    luck: () => 0.5,
    sentIndex: 0,
    newId: () => {
      ids += 1;
      return `d-${ids}`;
    },
    ...changes,
  };
}

/** Parts with which actors go to `r-2`, or to `r-1` if that is not to be avoided and `r-2` is. */
export function eventParts(changes: Partial<EventParts> = {}): EventParts {
  return {
    ...decisionParts(),
    choose: (_address, avoid) => (avoid === "r-2" ? "r-1" : "r-2"),
    isWanted: () => false,
    isThere: () => true,
    acceptsGaps: false,
    ...changes,
  };
}

/** A record of generation 3 on `r-1`, with nothing in its outbox. */
export function recordOf(changes: Partial<PlacementRecord>): PlacementRecord {
  const { input: _input, ...record } = placementRecord({ outbox: [], sinceMs: NOW_MS - 1_000 });
  return { ...record, address: ADDRESS, ...changes };
}

/** A record of an actor that is nowhere. */
export function nowhere(changes: Partial<PlacementRecord>): PlacementRecord {
  return recordOf({ runnerId: undefined, deadlineMs: 0, ...changes });
}

/** Throws if a record is not one that can be written. */
export function requireWritable(record: PlacementRecord | undefined): PlacementRecord {
  if (record === undefined) throw new Error("nothing was decided");
  encodePlacement(record);
  return record;
}
