import type { CarriedTrace } from "../codec/headers.ts";
import { hasRunner } from "../codec/placement-codec.ts";
import { type Command, CommandKind, SignalName } from "../protocol/commands.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import { isCarried, type SignalOrder, signalsToCarry, withoutDoubles } from "./carried-signals.ts";

/*
 * The pure decisions about one placement: each returns the next record, with the commands that follow from it in its
 * outbox.
 */

/** Failed starts in a row after which an actor is only placed when it is asked for. */
export const MAX_START_ATTEMPTS = 10;
/** The longest time between two attempts. */
export const MAX_BACKOFF_MS = 30_000;
const FIRST_BACKOFF_MS = 250;
/**
 * How long a command may be carried out: as long as its log keeps it. It is measured by the clocks of two machines, which
 * may differ by hours, and generations recognise commands that were overtaken.
 */
export const COMMAND_TTL_MS = 86_400_000;

/** What decisions depend on besides the record. */
export interface DecisionParts {
  /** Milliseconds since the epoch. */
  readonly nowMs: number;
  readonly timings: ClusterTimings;
  /** Returns a number from 0 to below 1. */
  readonly luck: () => number;
  /** Returns a unique text of at most 64 characters. */
  readonly newId: () => string;
  /** Index of the last command of the record's generation that is certainly in the log of its runner; 0: none. */
  readonly sentIndex: number;
}

/** How an actor is placed. */
export interface StartOrder {
  readonly address: string;
  readonly runnerId: string;
  readonly reason: PlacementReason;
  /** Of a new actor. Default: that of the record. */
  readonly input?: unknown;
  /** Signals that follow the start, and those that the record has left: new ones, or such that were in a log. */
  readonly signals?: readonly SignalOrder[];
  readonly trace?: CarriedTrace;
  /**
   * Whether it is started only if it exists: a start without a waiting caller creates nothing. It may have been destroyed, and its runner
   * been lost before it has told so.
   */
  readonly mustExist: boolean;
  /** Generation that the next one must be above. */
  readonly above?: number;
}

/** The fields that all transitions of a record set. */
type Changes = Partial<PlacementRecord> & Pick<PlacementRecord, "status">;

function next(
  { newId, nowMs }: DecisionParts,
  before: PlacementRecord | undefined,
  address: string,
  changes: Changes,
): PlacementRecord {
  const base: PlacementRecord = before ?? {
    version: 1,
    address,
    status: PlacementStatus.Asleep,
    runnerId: undefined,
    generation: 0,
    commandIndex: 0,
    eventIndex: 0,
    attempts: 0,
    notBeforeMs: 0,
    deadlineMs: 0,
    sinceMs: nowMs,
    reason: PlacementReason.Wanted,
    outbox: [],
    writeId: "",
  };
  const isSame = base.status === changes.status && base.runnerId === changes.runnerId;
  const sinceMs = isSame && before !== undefined ? base.sinceMs : nowMs;
  return { ...base, sinceMs, ...changes, writeId: newId() };
}

/** What remains of a generation that is over: signals for the next one. They are appended when they have a runner. */
function leftOf(before: PlacementRecord | undefined): Pick<PlacementRecord, "runnerId" | "outbox"> {
  const outbox = (before?.outbox ?? []).filter(
    ({ kind, signal: name }) =>
      kind === CommandKind.Signal && name !== undefined && isCarried(name),
  );
  return { runnerId: undefined, outbox };
}

/** Places an actor on a runner, under the next generation. */
export function startOn(
  parts: DecisionParts,
  before: PlacementRecord | undefined,
  order: StartOrder,
): PlacementRecord {
  const { address, runnerId, reason, trace = {} } = order;
  const generation = Math.max(before?.generation ?? 0, order.above ?? 0) + 1;
  const input = order.input ?? before?.input;
  const start: Command = {
    id: parts.newId(),
    checkpoint: { address, generation, index: 1 },
    kind: CommandKind.Start,
    issuedAtMs: parts.nowMs,
    expiresAtMs: parts.nowMs + COMMAND_TTL_MS,
    reason,
    ...(input === undefined ? {} : { data: input }),
    ...(order.mustExist ? { mustExist: true } : {}),
    ...trace,
  };
  const signals = withoutDoubles([
    ...signalsToCarry(before?.outbox ?? []),
    ...(order.signals ?? []),
  ]).map((signal, at) => signalCommand(parts, { address, generation, index: at + 2 }, signal));
  return next(parts, before, address, {
    status: PlacementStatus.Starting,
    runnerId,
    generation,
    commandIndex: 1 + signals.length,
    eventIndex: 0,
    notBeforeMs: 0,
    deadlineMs: parts.nowMs + parts.timings.startDeadlineMs,
    sinceMs: parts.nowMs,
    reason,
    outbox: [start, ...signals],
    ...(input === undefined ? {} : { input }),
  });
}

function signalCommand(
  { nowMs, newId }: DecisionParts,
  checkpoint: Command["checkpoint"],
  { id = newId(), signal, reason, data, expiresAtMs, traceparent, tracestate }: SignalOrder,
): Command {
  return {
    id,
    checkpoint,
    kind: CommandKind.Signal,
    issuedAtMs: nowMs,
    expiresAtMs: expiresAtMs ?? nowMs + COMMAND_TTL_MS,
    signal,
    ...(reason === undefined ? {} : { reason }),
    ...(data === undefined ? {} : { data }),
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

/**
 * Keeps an actor that no runner fits.
 *
 * @param untilMs when it is given up; 0: never. Milliseconds since the epoch
 */
export function pend(
  parts: DecisionParts,
  before: PlacementRecord | undefined,
  order: {
    readonly address: string;
    readonly reason: PlacementReason;
    readonly untilMs: number;
    readonly input?: unknown;
  },
): PlacementRecord {
  const input = order.input ?? before?.input;
  return next(parts, before, order.address, {
    ...leftOf(before),
    status: PlacementStatus.Pending,
    deadlineMs: order.untilMs,
    reason: order.reason,
    ...(input === undefined ? {} : { input }),
  });
}

/** Ends an actor in order, to place it elsewhere. */
export function stop(
  parts: DecisionParts,
  before: PlacementRecord,
  reason: PlacementReason,
): PlacementRecord {
  const { address, generation } = before;
  const index = before.commandIndex + 1;
  const command: Command = {
    id: parts.newId(),
    checkpoint: { address, generation, index },
    kind: CommandKind.Stop,
    issuedAtMs: parts.nowMs,
    expiresAtMs: parts.nowMs + COMMAND_TTL_MS,
    reason,
  };
  return next(parts, before, address, {
    status: PlacementStatus.Stopping,
    commandIndex: index,
    deadlineMs: parts.nowMs + parts.timings.startDeadlineMs,
    reason,
    runnerId: before.runnerId,
    sinceMs: parts.nowMs,
    outbox: [...before.outbox, command],
  });
}

/** Signals an actor that has a runner. `kill` and `destroy` end it. */
export function signal(
  parts: DecisionParts,
  before: PlacementRecord,
  order: SignalOrder,
): PlacementRecord {
  const ends = order.signal === SignalName.Kill || order.signal === SignalName.Destroy;
  const kept = keepSignal(parts, before, order);
  if (!ends || before.status === PlacementStatus.Stopping) return kept;
  return {
    ...kept,
    status: PlacementStatus.Stopping,
    sinceMs: parts.nowMs,
    deadlineMs: parts.nowMs + parts.timings.startDeadlineMs,
    reason: PlacementReason.Requested,
  };
}

/** Keeps a signal in the record of an actor that must not be started now. */
export function keepSignal(
  parts: DecisionParts,
  before: PlacementRecord,
  order: SignalOrder,
): PlacementRecord {
  const { address, generation, status, runnerId } = before;
  const index = before.commandIndex + 1;
  const command = signalCommand(parts, { address, generation, index }, order);
  const outbox = [...before.outbox, command];
  return next(parts, before, address, { status, runnerId, commandIndex: index, outbox });
}

/**
 * Drops commands that are in the log of a runner that lives: it carries them out, or tells that it has not, so that they
 * are given to the next activation then.
 */
export function withoutSent(
  { sentIndex }: DecisionParts,
  record: PlacementRecord,
): PlacementRecord {
  if (record.outbox.length === 0) return record;
  const outbox = record.outbox.filter(({ checkpoint }) => checkpoint.index > sentIndex);
  return { ...record, outbox };
}

/** An actor has ended and is not wanted. */
export function sleep(parts: DecisionParts, before: PlacementRecord): PlacementRecord {
  const { input: _input, ...rest } = before;
  return next(parts, rest, before.address, {
    status: PlacementStatus.Asleep,
    runnerId: undefined,
    deadlineMs: 0,
    attempts: 0,
    outbox: [],
  });
}

/** A start has failed: it is tried again later, or given up. */
export function backOff(parts: DecisionParts, before: PlacementRecord): PlacementRecord {
  const attempts = before.attempts + 1;
  const longestMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
  const isOver = attempts >= MAX_START_ATTEMPTS;
  return next(parts, before, before.address, {
    ...leftOf(before),
    deadlineMs: 0,
    status: isOver ? PlacementStatus.Failed : PlacementStatus.Backoff,
    attempts,
    // Full jitter, except at the end: a caller is to be told when it may ask again.
    notBeforeMs: parts.nowMs + (isOver ? MAX_BACKOFF_MS : longestMs * parts.luck()),
  });
}

/** Drops the commands of the outbox that are in the log. `undefined` if there is none. */
export function clearOutbox(
  parts: DecisionParts,
  before: PlacementRecord,
): PlacementRecord | undefined {
  const { outbox } = withoutSent(parts, before);
  if (outbox.length === before.outbox.length) return undefined;
  const { status, runnerId, address } = before;
  return next(parts, before, address, { status, runnerId, outbox });
}

/** The actor runs. */
export function run(parts: DecisionParts, before: PlacementRecord): PlacementRecord {
  const { input: _input, ...rest } = before;
  const isStarting = before.status === PlacementStatus.Starting;
  return next(parts, rest, before.address, {
    status: isStarting ? PlacementStatus.Running : before.status,
    runnerId: before.runnerId,
    attempts: 0,
    ...(isStarting ? { deadlineMs: 0 } : {}),
    // The start has arrived.
    outbox: before.outbox.filter(({ checkpoint }) => checkpoint.index > 1),
  });
}

/** Returns whether a further attempt to start an actor may create it: a message was for it, and it has not run since. */
export function mayCreate({ status, reason, input }: PlacementRecord): boolean {
  const hasRun = status === PlacementStatus.Running || status === PlacementStatus.Stopping;
  return !hasRun && (reason === PlacementReason.Wanted || input !== undefined);
}

/** Returns whether an actor that has ended is to start elsewhere, since its end was part of a move. */
export function isMoving({ status, reason }: PlacementRecord): boolean {
  return (
    status === PlacementStatus.Stopping &&
    (reason === PlacementReason.Rebalanced || reason === PlacementReason.RunnerDraining)
  );
}

/** Returns whether the record says that the actor is, or is about to be, on a runner. */
export function isPlaced(record: PlacementRecord | undefined): record is PlacementRecord & {
  readonly runnerId: string;
} {
  return record !== undefined && hasRunner(record.status) && record.runnerId !== undefined;
}
