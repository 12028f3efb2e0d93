import type { Condition } from "./condition.ts";
import type {
  ActorRow,
  Deadlock,
  MonitorWarning,
  Snapshot,
  StuckHandler,
  TotalsRow,
  TypeRow,
  WaitRow,
} from "./snapshot.ts";

/*
 * The console's wire types beside the monitor's own: plain JSON data that the console's server sends to its
 * viewers (web page, terminal, programs). Timestamps end in `AtMs` and are milliseconds since the epoch on
 * the source's clock. Durations end in `Ms`. Trace and span ids are lower-case hexadecimal digits.
 */

/** Version of the shapes below. It is incremented when a field changes or is removed. */
export const CONSOLE_VERSION = 1;

/** One system in a {@link Summary}. */
export interface SystemSummary {
  readonly name: string;
  readonly uptimeMs: number;
  readonly closing: boolean;
  readonly totals: TotalsRow;
  readonly deadlocks: number;
  readonly stuck: number;
  readonly warnings: number;
}

/** Contents of a ring buffer, and what was dropped to stay within its limit. */
export interface RingState {
  readonly kept: number;
  readonly dropped: number;
  readonly bytes: number;
  readonly limitBytes: number;
  /** Share of the traces that is currently kept: below 1 at very high rates. Omitted for log lines. */
  readonly share?: number;
}

/** Response of `GET /api/summary`: a health overview of the process. */
export interface Summary {
  readonly version: typeof CONSOLE_VERSION;
  readonly nowAtMs: number;
  readonly process: {
    readonly pid: number;
    readonly node: string;
    /** `service.name`; `null` when none is set. */
    readonly service: string | null;
    readonly startedAtMs: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
    readonly rssBytes: number;
  };
  readonly systems: readonly SystemSummary[];
  /** State of the process's telemetry; `null` when it is not run by limelight's preload. */
  readonly telemetry: Readonly<Record<string, unknown>> | null;
  readonly rings: { readonly traces: RingState; readonly logs: RingState };
  /** URL template of the trace in another tool, with `{traceId}` as placeholder. */
  readonly traceLink: string | null;
  readonly allowActions: boolean;
  /** Viewers that currently receive events. */
  readonly viewers: number;
}

/** One trace in a list. */
export interface TraceRow {
  readonly traceId: string;
  /** Name of the root span, or of the earliest known span until the root has ended. */
  readonly name: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  /** Distinct types of the actors it touched. */
  readonly actorTypes: readonly string[];
  /** Whether the root span has ended. */
  readonly complete: boolean;
  /** Spans dropped because the trace exceeded its share of the ring; omitted when zero. */
  readonly droppedSpans?: number;
}

/** One span. */
export interface SpanRow {
  readonly spanId: string;
  /** `null` for a root span. */
  readonly parentSpanId: string | null;
  readonly name: string;
  /** `internal`, `server`, `client`, `producer` or `consumer`. */
  readonly kind: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  /** `unset`, `ok` or `error`. */
  readonly status: string;
  readonly statusMessage: string | null;
  readonly actorId: string | null;
  readonly actorType: string | null;
  /** Time the message spent in the mailbox before; `null` when the span is not a message's. */
  readonly waitedMs: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** Response of `GET /api/traces/:id`: a trace and its log lines. */
export interface TraceDetail {
  readonly trace: TraceRow;
  /** Sorted by start time; of equal starts, parents come first. */
  readonly spans: readonly SpanRow[];
  readonly logs: readonly LogRow[];
}

/** One log line. */
export interface LogRow {
  /** Incremented with each log line of the process. A gap means that lines were dropped. */
  readonly sequence: number;
  readonly atMs: number;
  /** pino's numeric level: 10, 20, 30, 40, 50 or 60. */
  readonly level: number;
  readonly msg: string;
  readonly event: string | null;
  readonly actorId: string | null;
  readonly actorType: string | null;
  readonly traceId: string | null;
  readonly spanId: string | null;
  /** All other fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An actor that waits for another one. */
export interface WaiterRow {
  readonly id: string;
  readonly type: string;
  readonly wait: WaitRow;
}

/** Response of `GET /api/actors/:id`: one actor and what is related to it. */
export interface ActorDetail {
  readonly system: string;
  readonly actor: ActorRow;
  /** The condition that the page and `limelight top` show. */
  readonly condition: Condition;
  /** Counts of its type, where messages are counted. */
  readonly type: TypeRow | null;
  readonly children: readonly string[];
  readonly waiters: readonly WaiterRow[];
  readonly deadlock: Deadlock | null;
  readonly stuck: StuckHandler | null;
  /** The actor's latest failures in the log ring, newest first. */
  readonly failures: readonly LogRow[];
  readonly traces: readonly TraceRow[];
  /** Its state, with secrets redacted; omitted unless the console's `showState` is set. */
  readonly state?: unknown;
}

/** Response of `GET /api/waits`: which actors wait for which. */
export interface Waits {
  readonly edges: readonly { readonly id: string; readonly type: string; readonly wait: WaitRow }[];
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: readonly StuckHandler[];
}

/** Response of `GET /api/warnings`. */
export interface Warnings {
  readonly warnings: readonly (MonitorWarning & { readonly system: string })[];
}

/** One series of {@link MetricRow}. */
export interface MetricPoint {
  readonly attributes: Readonly<Record<string, string>>;
  /** Total of a counter, current value of a gauge, or count of a histogram. */
  readonly value: number;
  /** Histograms only, in the metric's unit. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** Element of the response of `GET /api/metrics`: a metric of the catalogue that this process records. */
export interface MetricRow {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly points: readonly MetricPoint[];
}

/**
 * One event of the stream `GET /api/events`, whose `id` is `sequence`. The first frame holds everything.
 * Later frames hold the changes since the previous one, or everything again if the viewer has fallen behind.
 */
export interface Frame {
  readonly sequence: number;
  readonly capturedAtMs: number;
  /** Whether the viewer must discard everything it has received before. */
  readonly full: boolean;
  /** One per system; changes only, unless `full`. */
  readonly snapshots: readonly Snapshot[];
  /** New and changed traces; the latest ones when `full`. */
  readonly traces: readonly TraceRow[];
  readonly logs: readonly LogRow[];
  readonly heapUsedBytes: number;
}

/** Body of `POST /api/actions`. The request is refused unless the console allows actions. */
export type Action =
  | { readonly action: "stop" | "restart" | "kill"; readonly id: string }
  | {
      readonly action: "send";
      readonly id: string;
      readonly messageType: string;
      readonly args: readonly unknown[];
    };

/** Response of `POST /api/actions`. Stops and restarts have been requested and may still be in progress. */
export interface ActionResult {
  readonly action: Action["action"];
  readonly id: string;
  /** The actor's state directly after the action. */
  readonly state: ActorRow["state"];
}

/** Body of an error response. */
export interface Problem {
  readonly error: { readonly code: string; readonly message: string };
}
