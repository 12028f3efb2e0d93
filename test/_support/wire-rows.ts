import type { Frame, LogRow, SpanRow, TraceRow } from "../../src/wire/answers.ts";
import {
  type ActorRow,
  type Deadlock,
  type MailboxRow,
  type Snapshot,
  type SupervisionRow,
  type TotalsRow,
  type WaitRow,
  WIRE_VERSION,
} from "../../src/wire/snapshot.ts";

/** When frames of tests are taken, unless they say otherwise. */
export const NOW_AT_MS = 10_000;

/** What tests say of an actor; the rest is an idle one that has done nothing. */
export type RowParts = Partial<Omit<ActorRow, "mailbox" | "supervision">> & {
  readonly mailbox?: Partial<MailboxRow>;
  readonly supervision?: Partial<SupervisionRow>;
};

/** The number at the end of an id; 1 for a test's id that has none. */
function numberIn(id: string): number {
  return Number.parseInt(id.slice(id.lastIndexOf("-") + 1), 36) || 1;
}

export function actorRow(id: string, parts: RowParts = {}): ActorRow {
  const { mailbox, supervision, ...rest } = parts;
  return {
    id,
    number: numberIn(id),
    type: id.split("/")[0] ?? id,
    name: null,
    parentId: null,
    state: "running",
    awakeReason: "idle",
    life: 1,
    spawnedAtMs: 1_000,
    messagesTaken: 0,
    busy: null,
    waits: [],
    tasks: [],
    timers: 0,
    children: 0,
    lastError: null,
    stopped: null,
    ...rest,
    mailbox: { depth: 0, limit: 100, oldestSentAtMs: null, waitingSenders: 0, ...mailbox },
    supervision: {
      strategy: null,
      policy: "permanent",
      maxRestarts: 5,
      windowMs: 5_000,
      restarts: 0,
      backingOff: false,
      links: [],
      watches: [],
      ...supervision,
    },
  };
}

const NO_TOTALS: TotalsRow = {
  active: 0,
  started: 0,
  stopped: 0,
  sent: 0,
  handled: 0,
  waiting: 0,
  processing: 0,
  rejected: 0,
  deadLetters: 0,
  failures: 0,
  restarts: 0,
  deadlocks: 0,
};

/** What tests say of a snapshot; the rest is a quiet system of these actors alone. */
export type SnapshotParts = Partial<Omit<Snapshot, "actors" | "totals">> & {
  readonly name?: string;
  readonly totals?: Partial<TotalsRow>;
};

export function snapshotOf(actors: readonly ActorRow[], parts: SnapshotParts = {}): Snapshot {
  const { name = "shop", totals, ...rest } = parts;
  return {
    version: WIRE_VERSION,
    sequence: 1_000,
    since: null,
    capturedAtMs: NOW_AT_MS,
    uptimeMs: 9_000,
    system: { name, pid: 7, closing: false },
    totals: { ...NO_TOTALS, active: actors.length, started: actors.length, ...totals },
    actors,
    removed: [],
    types: [],
    deadlocks: [],
    stuck: [],
    warnings: [],
    deadLetters: [],
    eventLoop: { utilization: 0, blocked: null },
    ...rest,
  };
}

/** A frame of these snapshots, full when they all are. */
export function frameOf(snapshots: readonly Snapshot[], differences: Partial<Frame> = {}): Frame {
  return {
    sequence: snapshots[0]?.sequence ?? 0,
    capturedAtMs: snapshots[0]?.capturedAtMs ?? 0,
    full: snapshots.every(({ since }) => since === null),
    snapshots,
    traces: [],
    logs: [],
    heapUsedBytes: 1_000,
    ...differences,
  };
}

/** An ask of a handler that waits for `targetId`. */
export function askOf(targetId: string, parts: Partial<WaitRow> = {}): WaitRow {
  return {
    kind: "ask",
    part: "handler",
    targetId,
    targetType: targetId.split("/")[0] ?? targetId,
    messageType: "receive",
    sinceAtMs: NOW_AT_MS - 1_000,
    untilAtMs: NOW_AT_MS + 4_000,
    traceId: null,
    ...parts,
  };
}

/** Actors that ask each other in a circle. */
export function deadlockOf(ids: readonly string[], parts: Partial<Deadlock> = {}): Deadlock {
  return {
    id: `deadlock-${ids[0]}`,
    kind: "ask",
    members: ids.map((id, at) => ({
      id,
      type: id.split("/")[0] ?? id,
      part: "handler",
      messageType: "call",
      waits: [askOf(ids[(at + 1) % ids.length] ?? id)],
    })),
    detectedAtMs: NOW_AT_MS - 500,
    untilAtMs: NOW_AT_MS + 4_000,
    blocked: 0,
    text: ids.join(" asks "),
    ...parts,
  };
}

export function logRow(sequence: number, differences: Partial<LogRow> = {}): LogRow {
  return {
    sequence,
    atMs: sequence,
    level: 30,
    msg: `line ${sequence}`,
    event: null,
    actorId: null,
    actorType: null,
    traceId: null,
    spanId: null,
    fields: {},
    ...differences,
  };
}

export function traceRow(traceId: string, differences: Partial<TraceRow> = {}): TraceRow {
  return {
    traceId,
    name: "POST /orders",
    startedAtMs: 1_000,
    durationMs: 10,
    spans: 3,
    errors: 0,
    actorTypes: ["desk"],
    complete: true,
    ...differences,
  };
}

export function spanRow(spanId: string, differences: Partial<SpanRow> = {}): SpanRow {
  return {
    spanId,
    parentSpanId: null,
    name: "desk.place",
    kind: "internal",
    startedAtMs: 0,
    durationMs: 10,
    status: "unset",
    statusMessage: null,
    actorId: null,
    actorType: null,
    waitedMs: null,
    attributes: {},
    links: [],
    ...differences,
  };
}
