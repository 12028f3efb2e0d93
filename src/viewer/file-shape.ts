import {
  fields,
  flag,
  list,
  nullable,
  number,
  optional,
  record,
  type Shape,
  text,
} from "./json-shape.ts";

/*
 * What a file has to look like for the page to show it. Nothing here is trusted: it may come from anybody.
 */

const waitShape = fields({
  kind: text,
  part: text,
  targetId: text,
  targetType: text,
  messageType: nullable(text),
  sinceAtMs: number,
  untilAtMs: nullable(number),
  traceId: nullable(text),
});

const busyShape = fields({
  phase: text,
  messageType: nullable(text),
  kind: nullable(text),
  sinceAtMs: number,
  traceId: nullable(text),
});

const actorShape = fields({
  id: text,
  type: text,
  name: nullable(text),
  parentId: nullable(text),
  state: text,
  awakeReason: text,
  generation: number,
  spawnedAtMs: number,
  mailbox: fields({
    depth: number,
    limit: number,
    oldestSentAtMs: nullable(number),
    waitingSenders: number,
  }),
  messagesTaken: number,
  busy: nullable(busyShape),
  waits: list(waitShape),
  tasks: list(fields({ kind: text, sinceAtMs: number })),
  timers: number,
  children: number,
  supervision: fields({
    strategy: nullable(text),
    policy: text,
    maxRestarts: number,
    windowMs: number,
    restarts: number,
    backingOff: flag,
    links: list(text),
    watches: list(text),
  }),
  lastError: nullable(text),
  stopped: nullable(fields({ atMs: number, reason: text })),
});

const durationShape = fields({
  count: number,
  meanMs: number,
  p50Ms: number,
  p90Ms: number,
  p99Ms: number,
  maxMs: number,
});

const typeShape = fields({
  type: text,
  active: number,
  started: number,
  stopped: number,
  mailboxDepth: number,
  tasks: number,
  failures: number,
  restarts: number,
  rejected: number,
  deadLetters: number,
  askTimeouts: number,
  asks: nullable(durationShape),
  waitP95Ms: optional(nullable(number)),
  messages: list(
    fields({
      messageType: text,
      kind: text,
      sent: number,
      handled: number,
      failed: number,
      wait: nullable(durationShape),
      process: nullable(durationShape),
    }),
  ),
});

const TOTALS = [
  "active",
  "started",
  "stopped",
  "sent",
  "handled",
  "waiting",
  "processing",
  "rejected",
  "deadLetters",
  "failures",
  "restarts",
  "deadlocks",
];

const deadlockShape = fields({
  id: text,
  kind: text,
  members: list(
    fields({
      id: text,
      type: text,
      part: text,
      messageType: nullable(text),
      waits: list(waitShape),
    }),
  ),
  detectedAtMs: number,
  untilAtMs: nullable(number),
  blocked: number,
  text,
});

const stuckShape = fields({
  id: text,
  type: text,
  busy: busyShape,
  limitMs: number,
  cause: text,
  chain: list(text),
  text,
});

const snapshotShape = fields({
  version: number,
  sequence: number,
  since: nullable(number),
  capturedAtMs: number,
  uptimeMs: number,
  system: fields({ name: text, pid: number, closing: flag }),
  totals: fields(Object.fromEntries(TOTALS.map((name) => [name, number]))),
  actors: list(actorShape),
  removed: list(text),
  types: list(typeShape),
  deadlocks: list(deadlockShape),
  stuck: list(stuckShape),
  warnings: list(
    fields({ kind: text, type: nullable(text), raisedAtMs: number, text, advice: text }),
  ),
  deadLetters: list(
    fields({
      actorId: text,
      actorType: text,
      messageType: text,
      kind: text,
      reason: text,
      senderId: nullable(text),
      traceId: nullable(text),
    }),
  ),
  eventLoop: fields({
    utilization: number,
    blocked: nullable(
      fields({
        atMs: number,
        durationMs: number,
        actorId: nullable(text),
        messageType: nullable(text),
      }),
    ),
  }),
});

const traceShape = fields({
  traceId: text,
  name: text,
  startedAtMs: number,
  durationMs: number,
  spans: number,
  errors: number,
  actorTypes: list(text),
  complete: flag,
});

const spanShape = fields({
  spanId: text,
  parentSpanId: nullable(text),
  name: text,
  kind: text,
  startedAtMs: number,
  durationMs: number,
  status: text,
  statusMessage: nullable(text),
  actorId: nullable(text),
  actorType: nullable(text),
  waitedMs: nullable(number),
  attributes: record,
  links: list(fields({ traceId: text, spanId: text })),
});

const logShape = fields({
  sequence: number,
  atMs: number,
  level: number,
  msg: text,
  event: nullable(text),
  actorId: nullable(text),
  actorType: nullable(text),
  traceId: nullable(text),
  spanId: nullable(text),
  fields: record,
});

const ringShape = fields({ kept: number, dropped: number, bytes: number, limitBytes: number });

const summaryShape = fields({
  process: fields({
    pid: number,
    node: text,
    service: nullable(text),
    startedAtMs: number,
    heapUsedBytes: number,
    heapLimitBytes: number,
    rssBytes: number,
  }),
  telemetry: nullable(record),
  rings: fields({ traces: ringShape, logs: ringShape }),
  traceLink: nullable(text),
  viewers: number,
});

/** The shape of a whole file. */
export const fileShape: Shape = fields({
  exportedAtMs: number,
  summary: nullable(summaryShape),
  frame: fields({
    sequence: number,
    capturedAtMs: number,
    full: flag,
    snapshots: list(snapshotShape),
    traces: list(traceShape),
    logs: list(logShape),
    heapUsedBytes: number,
  }),
  details: list(fields({ trace: traceShape, spans: list(spanShape), logs: list(logShape) })),
});
