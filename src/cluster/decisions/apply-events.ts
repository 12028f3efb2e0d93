import { ErrorCode } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { invalid } from "../codec/json.ts";
import { Arrival, arrivalOf } from "../protocol/checkpoint.ts";
import { SignalName } from "../protocol/commands.ts";
import { type EventBatch, EventKind, type RunnerEvent } from "../protocol/events.ts";
import { LIMITS } from "../protocol/limits.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import { isCarried, type SignalOrder, signalsToCarry } from "./carried-signals.ts";
import {
  backOff,
  type DecisionParts,
  isMoving,
  isPlaced,
  keepSignal,
  MAX_START_ATTEMPTS,
  mayCreate,
  pend,
  run,
  signal,
  sleep,
  startOn,
  withoutSent,
} from "./transitions.ts";

/** Reason of an event for a signal whose actor has ended. */
const NOT_RUNNING = "not_running";

/** Ends that are not those of the actor, but of its process. */
const CUT_OFF: ReadonlySet<string> = new Set([
  StopReason.Drained,
  StopReason.Shutdown,
  StopReason.Fenced,
]);

/** Codes of starts that other runners may succeed with: this one is full, or has an older definition than has stored the state. */
const UNABLE: ReadonlySet<string> = new Set([ErrorCode.ResidentLimit, ErrorCode.StateNewer]);

/** What the effect of events depends on besides the record. */
export interface EventParts extends DecisionParts {
  /** Returns the runner for an actor; `undefined` if none fits. */
  readonly choose: (address: string, avoid: string | undefined) => string | undefined;
  /** Whether a request waits for the actor. */
  readonly isWanted: (address: string) => boolean;
  /** Whether a runner is there: it deals with what is in its log. */
  readonly isThere: (runnerId: string) => boolean;
  /** Accepts batches whose predecessors are lost. */
  readonly acceptsGaps: boolean;
}

/** What has become of one event. */
export interface EventFate {
  readonly event: RunnerEvent;
  readonly arrival: Arrival;
}

/** What events have changed. */
export interface AppliedEvents {
  /** The next record; `undefined` if nothing has changed. */
  readonly next: PlacementRecord | undefined;
  /** Of each batch, in the order given. */
  readonly fates: readonly (readonly EventFate[])[];
  /** Events that were missing and were given up. */
  readonly missing: number;
}

/**
 * Applies batches of one actor in their order. Pure: the record is written, by compare-and-set, by the caller.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID` if an event has no meaning
 */
export function applyEvents(
  parts: EventParts,
  before: PlacementRecord | undefined,
  batches: readonly EventBatch[],
): AppliedEvents {
  let record = before;
  let missing = 0;
  const fates = batches.map((batch) =>
    batch.events.map((event): EventFate => {
      const { record: after, arrival, skipped } = applyOne(parts, record, batch, event);
      record = after;
      missing += skipped;
      return { event, arrival };
    }),
  );
  return { next: record === before ? undefined : record, fates, missing };
}

function applyOne(
  parts: EventParts,
  record: PlacementRecord | undefined,
  { generation, runnerId }: EventBatch,
  event: RunnerEvent,
): {
  readonly record: PlacementRecord | undefined;
  readonly arrival: Arrival;
  readonly skipped: number;
} {
  // The record is gone: it was asleep for long, and whatever is told of it is over.
  if (record === undefined) return { record, arrival: Arrival.Stale, skipped: 0 };
  const { generation: current, eventIndex } = record;
  let arrival = arrivalOf(
    { generation: current, index: eventIndex },
    { generation, index: event.index },
  );
  if (arrival === Arrival.Stale) return ofEnded(parts, record, event, arrival);
  if (arrival === Arrival.Duplicate || arrival === Arrival.Future) {
    return { record, arrival, skipped: 0 };
  }
  // A generation has one runner, and little that is told of it counts once it is over.
  if (record.runnerId === undefined) return ofEnded(parts, record, event, Arrival.Stale);
  if (record.runnerId !== runnerId) return { record, arrival: Arrival.Stale, skipped: 0 };
  const skipped = event.index - eventIndex - 1;
  if (skipped > 0 && parts.acceptsGaps) arrival = Arrival.Applied;
  if (arrival !== Arrival.Applied) return { record, arrival, skipped: 0 };
  const after = effectOf(parts, { ...record, eventIndex: event.index }, event);
  return { record: after, arrival, skipped };
}

/** A signal that came after the end of its generation is given to the next one. */
function ofEnded(
  parts: EventParts,
  record: PlacementRecord,
  event: RunnerEvent,
  arrival: Arrival,
): { readonly record: PlacementRecord; readonly arrival: Arrival; readonly skipped: number } {
  const order = event.kind === EventKind.CommandDropped ? lateSignal(event) : undefined;
  if (order === undefined) return { record, arrival, skipped: 0 };
  return { record: issueAgain(parts, record, order), arrival, skipped: 0 };
}

/** Returns the signal that a runner has dropped since its actor had ended, if it means something to the next one. */
function lateSignal({ reason, data }: RunnerEvent): (SignalOrder & { id: string }) | undefined {
  if (reason !== NOT_RUNNING || typeof data !== "object" || data === null) return undefined;
  const { commandId, signal: name, data: given } = data as Readonly<Record<string, unknown>>;
  const known = Object.values(SignalName).find((signalName) => signalName === name);
  if (typeof commandId !== "string" || known === undefined || !isCarried(known)) return undefined;
  return { id: commandId, signal: known, ...(given === undefined ? {} : { data: given }) };
}

function issueAgain(
  parts: EventParts,
  record: PlacementRecord,
  order: SignalOrder & { readonly id: string },
): PlacementRecord {
  if (record.outbox.some(({ id }) => id === order.id)) return record;
  if (record.outbox.length >= LIMITS.outboxCommands - 1) return record; // many others do the same
  if (isPlaced(record)) return signal(parts, record, order);
  const { address, status } = record;
  if (status === PlacementStatus.Backoff || status === PlacementStatus.Failed) {
    return keepSignal(parts, record, order);
  }
  const runnerId = parts.choose(address, undefined);
  const reason = PlacementReason.Requested;
  if (runnerId !== undefined)
    return startOn(parts, record, {
      address,
      runnerId,
      reason,
      signals: [order],
      mustExist: !parts.isWanted(address),
    });
  // It waits in the record, as the last command of the generation that is over.
  const kept = keepSignal(parts, record, order);
  return pend(parts, kept, { address, reason, untilMs: 0 });
}

/** Returns whether a start has failed for a reason of its runner, and not of the actor or of a drain. */
export function isOfRunner(reason: string | undefined): boolean {
  if (reason === undefined) return false;
  const isOfStore = reason.startsWith("ERR_STORE_") || reason.startsWith("ERR_ENGINE_");
  return isOfStore || UNABLE.has(reason) || reason === PlacementReason.TypeMissing;
}

function effectOf(parts: EventParts, record: PlacementRecord, event: RunnerEvent): PlacementRecord {
  switch (event.kind) {
    case EventKind.Running:
      return run(parts, record);
    case EventKind.Stopped:
      return afterStop(parts, withoutDone(withoutTaken(parts, record), event), event);
    case EventKind.StartFailed:
      return afterFailure(parts, withoutTaken(parts, record), event);
    case EventKind.StartRefused: {
      const above = storedGeneration(event);
      return elsewhere(parts, withoutTaken(parts, record), PlacementReason.Stale, above);
    }
    case EventKind.CommandDropped: {
      const order = lateSignal(event);
      const noted = { ...record, writeId: parts.newId() };
      return order === undefined ? noted : issueAgain(parts, noted, order);
    }
  }
}

function afterFailure(
  parts: EventParts,
  record: PlacementRecord,
  { reason }: RunnerEvent,
): PlacementRecord {
  if (reason === PlacementReason.TypeMissing || reason === PlacementReason.RunnerDraining) {
    return elsewhere(parts, record, reason, 0);
  }
  if (reason !== undefined && UNABLE.has(reason)) {
    return elsewhere(parts, record, PlacementReason.StartFailed, 0);
  }
  // Such an actor was to be started only if there is one.
  return reason === ErrorCode.NoSuchActor ? sleep(parts, record) : backOff(parts, record);
}

/** Returns what an actor does that has ended, or that is taken for ended. */
export function afterStop(
  parts: Omit<EventParts, "acceptsGaps" | "isThere">,
  record: PlacementRecord,
  event: Pick<RunnerEvent, "reason">,
): PlacementRecord {
  const isWanted = signalsToCarry(record.outbox).length > 0 || parts.isWanted(record.address);
  const isDrained = event.reason !== undefined && CUT_OFF.has(event.reason);
  if (!isMoving(record) && !isDrained && !isWanted) return sleep(parts, record);
  const { address, runnerId: from } = record;
  const reason = reasonOf(record, isDrained);
  // Not where it was: the runner drains, or is loaded too much.
  const avoid = isMoving(record) || isDrained ? from : undefined;
  const runnerId = parts.choose(address, avoid);
  return runnerId === undefined
    ? pend(parts, record, { address, reason, untilMs: 0 })
    : startOn(parts, record, { address, runnerId, reason, mustExist: !parts.isWanted(address) });
}

function reasonOf(record: PlacementRecord, isDrained: boolean): PlacementReason {
  if (isMoving(record)) return record.reason;
  return isDrained ? PlacementReason.RunnerDraining : PlacementReason.Wanted;
}

/** Starts an actor again that could not start where it was sent to, a bounded number of times. */
function elsewhere(
  parts: EventParts,
  record: PlacementRecord,
  reason: PlacementReason,
  above: number,
): PlacementRecord {
  const { address, runnerId: from } = record;
  const isUnable = reason !== PlacementReason.Stale;
  const runnerId = parts.choose(address, isUnable ? from : undefined);
  if (runnerId === undefined) return pend(parts, record, { address, reason, untilMs: 0 });
  const isSame = isUnable && runnerId === from;
  if (isSame || record.attempts + 1 >= MAX_START_ATTEMPTS) return backOff(parts, record);
  const counted = { ...record, attempts: record.attempts + 1 };
  const mustExist = !mayCreate(record) && !parts.isWanted(address);
  return startOn(parts, counted, { address, runnerId, reason, above, mustExist });
}

/** Drops commands that a runner has in its log, if it lives. Of one that is gone they may be purged at any time. */
function withoutTaken(parts: EventParts, record: PlacementRecord): PlacementRecord {
  const { runnerId } = record;
  return runnerId !== undefined && parts.isThere(runnerId) ? withoutSent(parts, record) : record;
}

/** Drops commands that the activation has dealt with before its end, whatever became of the writes that have sent them. */
function withoutDone(record: PlacementRecord, { data }: RunnerEvent): PlacementRecord {
  const done: unknown =
    typeof data === "object" && data !== null
      ? (data as { commandIndex?: unknown }).commandIndex
      : undefined;
  if (typeof done !== "number" || record.outbox.length === 0) return record;
  return { ...record, outbox: record.outbox.filter(({ checkpoint }) => checkpoint.index > done) };
}

function storedGeneration({ data }: RunnerEvent): number {
  const stored: unknown =
    typeof data === "object" && data !== null
      ? (data as { storedGeneration?: unknown }).storedGeneration
      : undefined;
  if (typeof stored === "number" && Number.isSafeInteger(stored) && stored >= 0) return stored;
  throw invalid("event start_refused has no stored generation");
}
