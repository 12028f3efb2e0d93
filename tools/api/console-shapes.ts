import { z } from "zod";
import {
  type Action,
  type ActionResult,
  type ActorDetail,
  CONSOLE_VERSION,
  type Frame,
  type LogRow,
  type MetricRow,
  type Problem,
  type RingState,
  type SpanRow,
  type Summary,
  type TraceDetail,
  type TraceRow,
  type Waits,
  type Warnings,
} from "../../src/wire/answers.ts";
import { Condition } from "../../src/wire/condition.ts";
import type { ConsoleFile } from "../../src/wire/console-file.ts";
import {
  clusterDeadLetters,
  clusters,
  deadLetterAction,
  deadLetterActionResult,
  placementDetail,
  placementList,
} from "./cluster-shapes.ts";
import { interactions } from "./interaction-shapes.ts";
import {
  connectionList,
  keyAction,
  keyActionResult,
  keyDetail,
  keyedTypeRow,
  keyList,
  startupRow,
} from "./key-shapes.ts";
import {
  actorRow,
  actorState,
  deadlock,
  snapshot,
  stuckHandler,
  totalsRow,
  typeRow,
  waitRow,
  warningOfSystem,
} from "./monitor-shapes.ts";

/* The console's wire types as schemas; see `monitor-shapes`. */

const count = z.int().min(0);
const moment = z.number();
const anyFields = z.record(z.string(), z.unknown());
const waiter = z.strictObject({ id: z.string(), type: z.string(), wait: waitRow });

const ringState: z.ZodType<RingState> = z.strictObject({
  kept: count,
  dropped: count,
  bytes: count,
  limitBytes: count,
  share: z.number().min(0).max(1).exactOptional(),
});

const summary: z.ZodType<Summary> = z.strictObject({
  version: z.literal(CONSOLE_VERSION),
  nowAtMs: moment,
  process: z.strictObject({
    pid: z.int(),
    node: z.string(),
    service: z.nullable(z.string()),
    startedAtMs: moment,
    heapUsedBytes: count,
    heapLimitBytes: count,
    rssBytes: count,
  }),
  systems: z.array(
    z.strictObject({
      name: z.string(),
      uptimeMs: z.number(),
      closing: z.boolean(),
      totals: totalsRow,
      deadlocks: count,
      stuck: count,
      warnings: count,
    }),
  ),
  telemetry: z.nullable(anyFields),
  rings: z.strictObject({ traces: ringState, logs: ringState }),
  traceLink: z.nullable(z.string()),
  allowActions: z.boolean(),
  viewers: count,
});

const traceRow: z.ZodType<TraceRow> = z.strictObject({
  traceId: z.string(),
  name: z.string(),
  startedAtMs: moment,
  durationMs: z.number(),
  spans: count,
  errors: count,
  actorTypes: z.array(z.string()),
  complete: z.boolean(),
  droppedSpans: count.exactOptional(),
});

const spanRow: z.ZodType<SpanRow> = z.strictObject({
  spanId: z.string(),
  parentSpanId: z.nullable(z.string()),
  name: z.string(),
  kind: z.enum(["internal", "server", "client", "producer", "consumer"]),
  startedAtMs: moment,
  durationMs: z.number(),
  status: z.enum(["unset", "ok", "error"]),
  statusMessage: z.nullable(z.string()),
  actorId: z.nullable(z.string()),
  actorType: z.nullable(z.string()),
  waitedMs: z.nullable(z.number()),
  attributes: anyFields,
  links: z.array(z.strictObject({ traceId: z.string(), spanId: z.string() })),
});

const logRow: z.ZodType<LogRow> = z.strictObject({
  sequence: count,
  atMs: moment,
  level: z.number(),
  msg: z.string(),
  event: z.nullable(z.string()),
  actorId: z.nullable(z.string()),
  actorType: z.nullable(z.string()),
  traceId: z.nullable(z.string()),
  spanId: z.nullable(z.string()),
  fields: anyFields,
});

const actorDetail: z.ZodType<ActorDetail> = z.strictObject({
  system: z.string(),
  actor: actorRow,
  condition: z.enum(Condition),
  type: z.nullable(typeRow),
  children: z.array(z.string()),
  waiters: z.array(waiter),
  deadlock: z.nullable(deadlock),
  stuck: z.nullable(stuckHandler),
  failures: z.array(logRow),
  traces: z.array(traceRow),
  start: z.exactOptional(startupRow),
  state: z.unknown().optional(),
});

const traceDetail: z.ZodType<TraceDetail> = z.strictObject({
  trace: traceRow,
  spans: z.array(spanRow),
  logs: z.array(logRow),
});

const waits: z.ZodType<Waits> = z.strictObject({
  edges: z.array(waiter),
  deadlocks: z.array(deadlock),
  stuck: z.array(stuckHandler),
});

const warnings: z.ZodType<Warnings> = z.strictObject({ warnings: z.array(warningOfSystem) });

const metricRow: z.ZodType<MetricRow> = z.strictObject({
  name: z.string(),
  description: z.string(),
  unit: z.string(),
  kind: z.enum(["counter", "gauge", "histogram"]),
  points: z.array(
    z.strictObject({
      attributes: z.record(z.string(), z.string()),
      value: z.number(),
      p50: z.number().exactOptional(),
      p95: z.number().exactOptional(),
      p99: z.number().exactOptional(),
    }),
  ),
});

const frame: z.ZodType<Frame> = z.strictObject({
  sequence: z.int(),
  capturedAtMs: moment,
  full: z.boolean(),
  snapshots: z.array(snapshot),
  traces: z.array(traceRow),
  logs: z.array(logRow),
  heapUsedBytes: count,
});

const action: z.ZodType<Action> = z.union([
  z.strictObject({ action: z.enum(["stop", "restart", "kill"]), id: z.string() }),
  z.strictObject({
    action: z.literal("send"),
    id: z.string(),
    messageType: z.string(),
    args: z.array(z.unknown()).max(16),
  }),
]);

const actionResult: z.ZodType<ActionResult> = z.strictObject({
  action: z.enum(["stop", "restart", "kill", "send"]),
  id: z.string(),
  state: actorState,
});

const problem: z.ZodType<Problem> = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string() }),
});

/** A file that the page writes and reads. */
export const CONSOLE_FILE: z.ZodType<ConsoleFile> = z.strictObject({
  exportedAtMs: moment,
  summary: z.nullable(summary),
  frame,
  details: z.array(traceDetail),
});

/** Every schema of the API by its name in the OpenAPI document. */
export const SHAPES: Readonly<Record<string, z.ZodType>> = {
  Summary: summary,
  Actors: z.strictObject({ snapshots: z.array(snapshot) }),
  ActorDetail: actorDetail,
  Traces: z.strictObject({ traces: z.array(traceRow) }),
  TraceDetail: traceDetail,
  Logs: z.strictObject({ logs: z.array(logRow) }),
  Waits: waits,
  Warnings: warnings,
  Interactions: interactions,
  Metrics: z.strictObject({ metrics: z.array(metricRow) }),
  Frame: frame,
  Action: action,
  ActionResult: actionResult,
  KeyedTypes: z.strictObject({ types: z.array(keyedTypeRow) }),
  KeyList: keyList,
  KeyDetail: keyDetail,
  ConnectionList: connectionList,
  Clusters: clusters,
  PlacementList: placementList,
  PlacementDetail: placementDetail,
  ClusterDeadLetters: clusterDeadLetters,
  KeyAction: keyAction,
  KeyActionResult: keyActionResult,
  DeadLetterAction: deadLetterAction,
  DeadLetterActionResult: deadLetterActionResult,
  Problem: problem,
  Snapshot: snapshot,
  ActorRow: actorRow,
  TypeRow: typeRow,
  Deadlock: deadlock,
  StuckHandler: stuckHandler,
  TraceRow: traceRow,
  SpanRow: spanRow,
  LogRow: logRow,
  MetricRow: metricRow,
};
