import { z } from "zod";
import {
  ActorState,
  AwakeReason,
  Outcome,
  StartupOwner,
  StartupPhase,
} from "../../src/telemetry/attributes.ts";
import type { KeyPlacement } from "../../src/wire/cluster.ts";
import type {
  AwakeRow,
  ConnectionList,
  KeyAction,
  KeyActionResult,
  KeyDetail,
  KeyedRow,
  KeyedTypeRow,
  KeyList,
  KeyListRow,
  QueueRow,
  ScheduleRow,
  StartupRow,
} from "../../src/wire/keys.ts";

/* The wire types of keyed actors as schemas; see `monitor-shapes`. */

const count = z.int().min(0);
const moment = z.number();
const durationMs = z.number().min(0);
const text = z.string();
const optionalText = z.nullable(text);

const awakeRows: z.ZodType<readonly AwakeRow[]> = z.array(
  z.strictObject({
    reason: z.enum(AwakeReason),
    count,
    sinceAtMs: z.nullable(moment),
    detail: optionalText,
  }),
);

export const keyedRow: z.ZodType<KeyedRow> = z.strictObject({
  key: text,
  generation: z.nullable(count),
  awake: awakeRows,
  connections: count.exactOptional(),
});

export const startupRow: z.ZodType<StartupRow> = z.strictObject({
  generation: count,
  requestedAtMs: moment,
  durationMs,
  isNew: z.boolean(),
  outcome: z.nullable(z.enum(Outcome)),
  errorType: optionalText,
  roundTrips: count,
  traceId: optionalText,
  phases: z.array(
    z.strictObject({
      phase: z.enum(StartupPhase),
      owner: z.enum(StartupOwner),
      startMs: durationMs,
      durationMs,
      outcome: z.enum(Outcome),
    }),
  ),
});

export const keyedTypeRow: z.ZodType<KeyedTypeRow> = z.strictObject({
  system: text,
  type: text,
  defined: z.boolean(),
  awake: count,
  asleep: count,
  more: z.boolean(),
});

const keyListRow: z.ZodType<KeyListRow> = z.strictObject({
  system: text,
  id: text,
  type: text,
  key: z.array(text),
  awake: z.boolean(),
  generation: count,
  usedAtMs: moment,
  stateBytes: count,
  schedules: count,
  queued: count,
  runnerId: text.exactOptional(),
});

const keyPlacement: z.ZodType<KeyPlacement> = z.strictObject({
  runnerId: optionalText,
  status: text,
  reason: text,
  sinceAtMs: moment,
  reachable: z.boolean(),
});

export const keyList: z.ZodType<KeyList> = z.strictObject({
  keys: z.array(keyListRow),
  cursor: optionalText,
});

const scheduleRow: z.ZodType<ScheduleRow> = z.strictObject({
  id: text,
  messageType: text,
  dueAtMs: moment,
  cron: optionalText,
  timeZone: optionalText,
  attempts: count,
  runs: z.array(z.strictObject({ atMs: moment, outcome: text, errorType: optionalText })),
});

const queueRow: z.ZodType<QueueRow> = z.strictObject({
  name: text,
  head: z.array(
    z.strictObject({
      id: text,
      sentAtMs: moment,
      attempt: count,
      notBeforeMs: z.nullable(moment),
    }),
  ),
  more: z.boolean(),
  setAside: z.array(
    z.strictObject({ id: text, sentAtMs: moment, attempt: count, errorType: optionalText }),
  ),
  moreSetAside: z.boolean(),
});

export const keyDetail: z.ZodType<KeyDetail> = z.strictObject({
  key: keyListRow,
  placement: keyPlacement.exactOptional(),
  version: count,
  createdAtMs: moment,
  expiresAtMs: z.nullable(moment),
  actor: z.nullable(
    z.strictObject({
      id: text,
      state: z.enum([...Object.values(ActorState), "stopped"]),
      generation: count,
      awake: awakeRows,
      sleepsAtMs: z.nullable(moment),
    }),
  ),
  start: z.nullable(startupRow),
  schedules: z.array(scheduleRow),
  moreSchedules: z.boolean(),
  queues: z.array(queueRow),
  state: z.unknown().optional(),
});

export const connectionList: z.ZodType<ConnectionList> = z.strictObject({
  total: count,
  connections: z.array(
    z.strictObject({
      id: text,
      callerId: optionalText,
      openedAtMs: moment,
      receivedAtMs: z.nullable(moment),
      resumed: z.boolean(),
      events: z.array(text),
      sent: z.nullable(count),
      dropped: z.nullable(count),
      bufferedBytes: z.nullable(count),
    }),
  ),
});

const target = { id: text, system: text.exactOptional() };

export const keyAction: z.ZodType<KeyAction> = z.union([
  z.strictObject({ action: z.enum(["wake", "sleep", "destroy"]), ...target }),
  z.strictObject({
    action: z.enum(["cancel_schedule", "run_schedule"]),
    ...target,
    scheduleId: text,
  }),
  z.strictObject({ action: z.literal("requeue"), ...target, queue: text, messageId: text }),
  z.strictObject({ action: z.literal("close_connection"), ...target, connectionId: text }),
]);

export const keyActionResult: z.ZodType<KeyActionResult> = z.strictObject({
  action: z.enum([
    "wake",
    "sleep",
    "destroy",
    "cancel_schedule",
    "run_schedule",
    "requeue",
    "close_connection",
  ]),
  id: text,
  awake: z.boolean(),
});
