import { z } from "zod";
import {
  ActorState,
  DeadLetterReason,
  DeadlockKind,
  MessageKind,
  StopReason,
} from "../../src/telemetry/attributes.ts";
import {
  ActorPart,
  type ActorRow,
  AwakeReason,
  BusyPhase,
  type BusyRow,
  type DeadLetterRow,
  type Deadlock,
  type DurationRow,
  type MonitorWarning,
  type Snapshot,
  StuckCause,
  type StuckHandler,
  type TotalsRow,
  type TypeRow,
  WaitKind,
  type WaitRow,
  WarningKind,
  WIRE_VERSION,
} from "../../src/wire/snapshot.ts";

import { keyedRow } from "./key-shapes.ts";

/*
 * The monitor's wire types as schemas, for the OpenAPI document. The compiler checks each schema against its
 * type, and a test checks it against real responses.
 */

const id = z.string();
const texts = z.array(z.string());
const count = z.int().min(0);
/** Milliseconds since the epoch. */
const moment = z.number();
const durationMs = z.number().min(0);

function orNull<Shape extends z.ZodType>(shape: Shape): z.ZodNullable<Shape> {
  return z.nullable(shape);
}

const busyRow: z.ZodType<BusyRow> = z.strictObject({
  phase: z.enum(BusyPhase),
  messageType: orNull(z.string()),
  kind: orNull(z.enum(MessageKind)),
  sinceAtMs: moment,
  traceId: orNull(z.string()),
});

export const actorState: z.ZodType<ActorRow["state"]> = z.enum([
  ...Object.values(ActorState),
  "stopped",
]);

export const waitRow: z.ZodType<WaitRow> = z.strictObject({
  kind: z.enum(WaitKind),
  part: z.enum(ActorPart),
  targetId: id,
  targetType: z.string(),
  messageType: orNull(z.string()),
  sinceAtMs: moment,
  untilAtMs: orNull(moment),
  traceId: orNull(z.string()),
});

const durationRow: z.ZodType<DurationRow> = z.strictObject({
  count,
  meanMs: durationMs,
  p50Ms: durationMs,
  p90Ms: durationMs,
  p99Ms: durationMs,
  maxMs: durationMs,
});

export const actorRow: z.ZodType<ActorRow> = z.strictObject({
  id,
  number: z.int().min(1),
  type: z.string(),
  name: orNull(z.string()),
  parentId: orNull(id),
  state: actorState,
  awakeReason: z.enum(AwakeReason),
  life: z.int().min(1),
  spawnedAtMs: moment,
  mailbox: z.strictObject({
    depth: count,
    limit: count,
    oldestSentAtMs: orNull(moment),
    waitingSenders: count,
  }),
  messagesTaken: count,
  busy: orNull(busyRow),
  waits: z.array(waitRow),
  tasks: z.array(z.strictObject({ kind: z.string(), sinceAtMs: moment })),
  timers: count,
  children: count,
  supervision: z.strictObject({
    strategy: orNull(z.string()),
    policy: z.string(),
    maxRestarts: count,
    windowMs: z.number(),
    restarts: count,
    backingOff: z.boolean(),
    links: texts,
    watches: texts,
  }),
  lastError: orNull(z.string()),
  stopped: orNull(z.strictObject({ atMs: moment, reason: z.enum(StopReason) })),
  keyed: z.exactOptional(keyedRow),
});

export const typeRow: z.ZodType<TypeRow> = z.strictObject({
  type: z.string(),
  active: count,
  started: count,
  stopped: count,
  mailboxDepth: count,
  tasks: count,
  failures: count,
  restarts: count,
  rejected: count,
  deadLetters: count,
  askTimeouts: count,
  asks: orNull(durationRow),
  waitP95Ms: orNull(durationMs).exactOptional(),
  messages: z.array(
    z.strictObject({
      messageType: z.string(),
      kind: z.string(),
      sent: count,
      handled: count,
      failed: count,
      wait: orNull(durationRow),
      process: orNull(durationRow),
    }),
  ),
});

export const totalsRow: z.ZodType<TotalsRow> = z.strictObject({
  active: count,
  started: count,
  stopped: count,
  sent: count,
  handled: count,
  waiting: count,
  processing: count,
  rejected: count,
  deadLetters: count,
  failures: count,
  restarts: count,
  deadlocks: count,
});

export const deadlock: z.ZodType<Deadlock> = z.strictObject({
  id: z.string(),
  kind: z.enum(DeadlockKind),
  members: z.array(
    z.strictObject({
      id,
      type: z.string(),
      part: z.enum(ActorPart),
      messageType: orNull(z.string()),
      waits: z.array(waitRow),
    }),
  ),
  detectedAtMs: moment,
  untilAtMs: orNull(moment),
  blocked: count,
  text: z.string(),
});

export const stuckHandler: z.ZodType<StuckHandler> = z.strictObject({
  id,
  type: z.string(),
  busy: busyRow,
  limitMs: z.number(),
  cause: z.enum(StuckCause),
  chain: texts,
  text: z.string(),
});

const warningFields = {
  kind: z.enum(WarningKind),
  type: orNull(z.string()),
  raisedAtMs: moment,
  text: z.string(),
  advice: z.string(),
};

const warning: z.ZodType<MonitorWarning> = z.strictObject(warningFields);

export const warningOfSystem: z.ZodType<MonitorWarning & { readonly system: string }> =
  z.strictObject({ ...warningFields, system: z.string() });

const deadLetterRow: z.ZodType<DeadLetterRow> = z.strictObject({
  actorId: id,
  actorType: z.string(),
  messageType: z.string(),
  kind: z.enum(MessageKind),
  reason: z.enum(DeadLetterReason),
  senderId: orNull(id),
  traceId: orNull(z.string()),
});

export const snapshot: z.ZodType<Snapshot> = z.strictObject({
  version: z.literal(WIRE_VERSION),
  sequence: z.int(),
  since: orNull(z.int()),
  capturedAtMs: moment,
  uptimeMs: z.number(),
  system: z.strictObject({ name: z.string(), pid: z.int(), closing: z.boolean() }),
  totals: totalsRow,
  actors: z.array(actorRow),
  removed: texts,
  types: z.array(typeRow),
  deadlocks: z.array(deadlock),
  stuck: z.array(stuckHandler),
  warnings: z.array(warning),
  deadLetters: z.array(deadLetterRow),
  eventLoop: z.strictObject({
    utilization: z.number(),
    blocked: orNull(
      z.strictObject({
        atMs: moment,
        durationMs: z.number(),
        actorId: orNull(id),
        messageType: orNull(z.string()),
      }),
    ),
  }),
});
