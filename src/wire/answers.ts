import type { Condition } from "./condition.ts";
import type { StartupRow } from "./keys.ts";
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

/** Version of the answers of the console's API. It is incremented when a field changes or is removed. */
export const CONSOLE_VERSION = 1;

/** One system in a {@link Summary}. */
export interface SystemSummary {
  /** Name of the system. */
  readonly name: string;
  /** Time since the system was created. */
  readonly uptimeMs: number;
  /** Whether the system is shutting down. */
  readonly closing: boolean;
  /** Counts of the whole system. */
  readonly totals: TotalsRow;
  /** Number of current deadlocks. */
  readonly deadlocks: number;
  /** Number of handlers and hooks that are stuck now. */
  readonly stuck: number;
  /** Number of warnings whose condition holds now. */
  readonly warnings: number;
}

/** Contents of a ring buffer, and what was dropped to stay within its limit. */
export interface RingState {
  /** Entries in the ring. */
  readonly kept: number;
  /** Entries dropped so far. */
  readonly dropped: number;
  /** Memory used. */
  readonly bytes: number;
  /** Memory limit. */
  readonly limitBytes: number;
  /** Share of the traces that is currently kept: below 1 at very high rates. Omitted for log lines. */
  readonly share?: number;
}

/** Response of `GET /api/summary`: a health overview of the process. */
export interface Summary {
  /** Version of the shapes. */
  readonly version: typeof CONSOLE_VERSION;
  /** Time of the response. */
  readonly nowAtMs: number;
  /** The process that the console runs in. */
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
  /** The systems that the console shows. */
  readonly systems: readonly SystemSummary[];
  /** State of the process's telemetry; `null` when it is not run by limelight's preload. */
  readonly telemetry: Readonly<Record<string, unknown>> | null;
  /** State of the kept traces and log lines. */
  readonly rings: { readonly traces: RingState; readonly logs: RingState };
  /** URL template of the trace in another tool, with `{traceId}` as placeholder. */
  readonly traceLink: string | null;
  /** Whether the console allows actions. */
  readonly allowActions: boolean;
  /** Viewers that currently receive events. */
  readonly viewers: number;
}

/** One trace in a list. */
export interface TraceRow {
  /** Id of the trace. */
  readonly traceId: string;
  /** Name of the root span, or of the earliest known span until the root has ended. */
  readonly name: string;
  /** Start of its earliest known span. */
  readonly startedAtMs: number;
  /** Time from the first start to the last end of its known spans. */
  readonly durationMs: number;
  /** Number of spans. */
  readonly spans: number;
  /** Number of failed spans. */
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
  /** Id of the span. */
  readonly spanId: string;
  /** `null` for a root span. */
  readonly parentSpanId: string | null;
  /** The span's name. */
  readonly name: string;
  /** `internal`, `server`, `client`, `producer` or `consumer`. */
  readonly kind: string;
  /** Start of the span. */
  readonly startedAtMs: number;
  /** Time from start to end. */
  readonly durationMs: number;
  /** `unset`, `ok` or `error`. */
  readonly status: string;
  /** Text of a failed span's status; `null` without one. */
  readonly statusMessage: string | null;
  /** Id of the actor of the span; `null` for other spans. */
  readonly actorId: string | null;
  /** Type of that actor; `null` for other spans. */
  readonly actorType: string | null;
  /** Time the message spent in the mailbox before; `null` when the span is not a message's. */
  readonly waitedMs: number | null;
  /** The span's attributes, with secrets redacted. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The spans that it links to. */
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** Response of `GET /api/traces/:id`: a trace and its log lines. */
export interface TraceDetail {
  /** The trace's row of the list. */
  readonly trace: TraceRow;
  /** Sorted by start time; of equal starts, parents come first. */
  readonly spans: readonly SpanRow[];
  /** Log lines with this trace id, oldest first. */
  readonly logs: readonly LogRow[];
}

/** One log line. */
export interface LogRow {
  /** Incremented with each log line of the process. A gap means that lines were dropped. */
  readonly sequence: number;
  /** Time of the line, in milliseconds since the epoch. */
  readonly atMs: number;
  /** pino's numeric level: 10, 20, 30, 40, 50 or 60. */
  readonly level: number;
  /** Text of the line. */
  readonly msg: string;
  /** The line's `event`, such as `actor.failed`; `null` without one. */
  readonly event: string | null;
  /** Id of the actor whose code wrote the line; `null` outside of actors. */
  readonly actorId: string | null;
  /** Type of that actor; `null` outside of actors. */
  readonly actorType: string | null;
  /** Id of the active trace; `null` without one. */
  readonly traceId: string | null;
  /** Id of the active span; `null` without one. */
  readonly spanId: string | null;
  /** All other fields. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** An actor that waits for another one. */
export interface WaiterRow {
  /** Id of the waiting actor. */
  readonly id: string;
  /** Type of the waiting actor. */
  readonly type: string;
  /** Its wait. */
  readonly wait: WaitRow;
}

/** Response of `GET /api/actors/:id`: one actor and what is related to it. */
export interface ActorDetail {
  /** Name of its system. */
  readonly system: string;
  /** The actor's row of the snapshot. */
  readonly actor: ActorRow;
  /** The condition that the page and `limelight top` show. */
  readonly condition: Condition;
  /** Counts of its type, where messages are counted. */
  readonly type: TypeRow | null;
  /** Ids of its children. */
  readonly children: readonly string[];
  /** The actors that wait for it. */
  readonly waiters: readonly WaiterRow[];
  /** The deadlock that it is part of. */
  readonly deadlock: Deadlock | null;
  /** The finding about its handler or hook, if it is stuck. */
  readonly stuck: StuckHandler | null;
  /** The actor's latest failures in the log ring, newest first. */
  readonly failures: readonly LogRow[];
  /** Kept traces that it took part in, newest first. */
  readonly traces: readonly TraceRow[];
  /** Its start; omitted for actors without a key. */
  readonly start?: StartupRow;
  /** Its state, with secrets redacted; omitted unless the console's `showState` is set. */
  readonly state?: unknown;
}

/** Response of `GET /api/waits`: which actors wait for which. */
export interface Waits {
  /** One entry for each wait: the waiting actor and what it waits for. */
  readonly edges: readonly { readonly id: string; readonly type: string; readonly wait: WaitRow }[];
  /** Current deadlocks. */
  readonly deadlocks: readonly Deadlock[];
  /** Handlers and hooks that are stuck now. */
  readonly stuck: readonly StuckHandler[];
}

/** Response of `GET /api/warnings`. */
export interface Warnings {
  /** Warnings whose condition holds now, with the name of their system. */
  readonly warnings: readonly (MonitorWarning & { readonly system: string })[];
}

/** One series of {@link MetricRow}. */
export interface MetricPoint {
  /** Attributes of the series. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Total of a counter, current value of a gauge, or count of a histogram. */
  readonly value: number;
  /** Histograms only, in the metric's unit. */
  readonly p50?: number;
  /** Histograms only: the 95th percentile, in the metric's unit. */
  readonly p95?: number;
  /** Histograms only: the 99th percentile, in the metric's unit. */
  readonly p99?: number;
}

/** Element of the response of `GET /api/metrics`: a metric of the catalogue that this process records. */
export interface MetricRow {
  /** OpenTelemetry's name, such as `actor.started`. */
  readonly name: string;
  /** What the metric says. */
  readonly description: string;
  /** UCUM unit: `s`, `By`, `{message}`. */
  readonly unit: string;
  /** Kind of metric. */
  readonly kind: "counter" | "gauge" | "histogram";
  /** One point for each set of attributes. */
  readonly points: readonly MetricPoint[];
}

/**
 * One event of the stream `GET /api/events`, whose `id` is `sequence`. The first frame holds everything.
 * Later frames hold the changes since the previous one, or everything again if the viewer has fallen behind.
 */
export interface Frame {
  /** Number of the frame, incremented by one. */
  readonly sequence: number;
  /** When the frame was built. */
  readonly capturedAtMs: number;
  /** Whether the viewer must discard everything it has received before. */
  readonly full: boolean;
  /** One per system; changes only, unless `full`. */
  readonly snapshots: readonly Snapshot[];
  /** New and changed traces; the latest ones when `full`. */
  readonly traces: readonly TraceRow[];
  /** Log lines since the previous frame; the latest ones when `full`. */
  readonly logs: readonly LogRow[];
  /** Memory used on V8's heap. */
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
  /** The action that was requested. */
  readonly action: Action["action"];
  /** Id of the actor. */
  readonly id: string;
  /** The actor's state directly after the action. */
  readonly state: ActorRow["state"];
}

/** Body of an error response. */
export interface Problem {
  /** The refusal: a stable code, and a text for people. */
  readonly error: { readonly code: string; readonly message: string };
}
