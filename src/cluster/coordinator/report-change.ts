import { isPlaced } from "../decisions/transitions.ts";
import { type PlacementRecord, PlacementStatus } from "../protocol/placement-record.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import type { IndexEntry } from "./placement-index.ts";

/** A change that was written. */
export interface WrittenChange {
  readonly before: PlacementRecord | undefined;
  readonly after: PlacementRecord;
  /** Of the actor; keeps what the next report needs. */
  readonly entry: IndexEntry;
  readonly observer: CoordinatorObserver;
  /** On the monotonic clock, as `causedAtMs`. */
  readonly nowMs: number;
  readonly causedAtMs: number;
}

/** Tells an observer what a change means. */
export function reportChange(change: WrittenChange): void {
  const { before, after, observer } = change;
  if (isPlaced(after) && after.generation !== before?.generation) reportDecision(change);
  if (before?.status === PlacementStatus.Starting && after.generation === before.generation) {
    reportOutcome(change, before);
  }
  if (after.status === PlacementStatus.Asleep) change.entry.lost = undefined;
  if (after.status === PlacementStatus.Failed && before?.status !== PlacementStatus.Failed) {
    observer.gaveUp(after.address, after.attempts);
  }
}

function reportDecision({
  before,
  after,
  entry,
  observer,
  nowMs,
  causedAtMs,
}: WrittenChange): void {
  if (!isPlaced(after)) return;
  entry.decidedAtMs = nowMs;
  const { address, runnerId, generation, reason } = after;
  const from = before?.runnerId ?? entry.lost?.from;
  observer.placed({ address, runnerId, generation, reason, from, durationMs: nowMs - causedAtMs });
}

function reportOutcome(
  { after, entry, observer, nowMs }: WrittenChange,
  { address, runnerId = "", generation, reason }: PlacementRecord,
): void {
  const isRunning = after.status === PlacementStatus.Running;
  const hasFailed =
    after.status === PlacementStatus.Backoff || after.status === PlacementStatus.Failed;
  if (!isRunning && !hasFailed) return;
  const durationMs = nowMs - (entry.decidedAtMs ?? nowMs);
  // Starts that were decided in another term are not measured: when that was is not known.
  if (entry.decidedAtMs !== undefined) {
    const errorCode = hasFailed ? "ERR_START_FAILED" : undefined;
    observer.started({ address, runnerId, generation, reason, durationMs, errorCode });
  }
  entry.decidedAtMs = undefined;
  const { lost } = entry;
  if (!isRunning || lost === undefined) return;
  entry.lost = undefined;
  observer.failedOver({ address, from: lost.from, to: runnerId, durationMs: nowMs - lost.sinceMs });
}
