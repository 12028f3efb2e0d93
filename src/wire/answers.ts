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
 * What the console's server hands to its viewers (web page, terminal, programs), beside the monitor's own
 * wire types: plain JSON data. Moments are milliseconds since the epoch on the source's clock and end in
 * `AtMs`; durations end in `Ms`. Ids of traces and spans are lower-case hexadecimal digits.
 */

/** Version of the shapes below; it grows when a field changes or goes. */
export const CONSOLE_VERSION = 1;

/** One system in {@link Summary}. */
export interface SystemSummary {
  readonly name: string;
  readonly uptimeMs: number;
  readonly closing: boolean;
  readonly totals: TotalsRow;
  readonly deadlocks: number;
  readonly stuck: number;
  readonly warnings: number;
}

/** What a ring holds, and what has been dropped to keep it below its limit. */
export interface RingState {
  readonly kept: number;
  readonly dropped: number;
  readonly bytes: number;
  readonly limitBytes: number;
  /** Share of the traces that is kept just now, below 1 where very many come; of lines left out. */
  readonly share?: number;
}

/** `GET /api/summary`: enough to say whether all is well. */
export interface Summary {
  readonly version: typeof CONSOLE_VERSION;
  readonly nowAtMs: number;
  readonly process: {
    readonly pid: number;
    readonly node: string;
    /** `service.name`; `null` when nobody gave one. */
    readonly service: string | null;
    readonly startedAtMs: number;
    readonly heapUsedBytes: number;
    readonly heapLimitBytes: number;
    readonly rssBytes: number;
  };
  readonly systems: readonly SystemSummary[];
  /** What the process's telemetry says of itself; `null` when limelight's preload does not run it. */
  readonly telemetry: Readonly<Record<string, unknown>> | null;
  readonly rings: { readonly traces: RingState; readonly logs: RingState };
  /** Where a trace is to be seen elsewhere: an address with `{traceId}` in it. */
  readonly traceLink: string | null;
  readonly allowActions: boolean;
  /** Viewers that get events just now. */
  readonly viewers: number;
}

/** One trace as a line of a list. */
export interface TraceRow {
  readonly traceId: string;
  /** Name of its root, or of the earliest span that is there while the root is not. */
  readonly name: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly spans: number;
  readonly errors: number;
  /** Types of the actors it touched, each once. */
  readonly actorTypes: readonly string[];
  /** Whether its root has ended. */
  readonly complete: boolean;
  /** Spans beyond what one trace may take of the ring; left out when there are none. */
  readonly droppedSpans?: number;
}

/** One span. */
export interface SpanRow {
  readonly spanId: string;
  /** `null` of a root. */
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
  /** How long the message had waited in its mailbox before; `null` when it is no message's. */
  readonly waitedMs: number | null;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** `GET /api/traces/:id`: a trace, and what was logged in it. */
export interface TraceDetail {
  readonly trace: TraceRow;
  /** By their start; parents first where starts are equal. */
  readonly spans: readonly SpanRow[];
  readonly logs: readonly LogRow[];
}

/** One log line. */
export interface LogRow {
  /** Grows by one with each line of the process; gaps are lines that were dropped. */
  readonly sequence: number;
  readonly atMs: number;
  /** pino's: 10, 20, 30, 40, 50, 60. */
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

/** Somebody who waits for an actor. */
export interface WaiterRow {
  readonly id: string;
  readonly type: string;
  readonly wait: WaitRow;
}

/** `GET /api/actors/:id`: one actor, and what is known around it. */
export interface ActorDetail {
  readonly system: string;
  readonly actor: ActorRow;
  /** How it is doing, in the word that the page and `limelight top` show. */
  readonly condition: Condition;
  /** Counts of its type: tallies by message are kept there. */
  readonly type: TypeRow | null;
  readonly children: readonly string[];
  readonly waiters: readonly WaiterRow[];
  readonly deadlock: Deadlock | null;
  readonly stuck: StuckHandler | null;
  /** The last failures that the log ring has, newest first. */
  readonly failures: readonly LogRow[];
  readonly traces: readonly TraceRow[];
  /** Its state, with secrets blanked; left out unless the console was told to show states. */
  readonly state?: unknown;
}

/** `GET /api/waits`: who waits for whom. */
export interface Waits {
  readonly edges: readonly { readonly id: string; readonly type: string; readonly wait: WaitRow }[];
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: readonly StuckHandler[];
}

/** `GET /api/warnings`. */
export interface Warnings {
  readonly warnings: readonly (MonitorWarning & { readonly system: string })[];
}

/** One series of {@link MetricRow}. */
export interface MetricPoint {
  readonly attributes: Readonly<Record<string, string>>;
  /** A counter's total, or a gauge's value now; a histogram's count. */
  readonly value: number;
  /** Of histograms alone, in the metric's unit. */
  readonly p50?: number;
  readonly p95?: number;
  readonly p99?: number;
}

/** `GET /api/metrics`: the metrics of the catalogue that this process has. */
export interface MetricRow {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly points: readonly MetricPoint[];
}

/**
 * One event of the stream `GET /api/events`, whose `id` is `sequence`. The first holds everything; those
 * after it what has changed since the one before, unless the viewer has fallen behind: then everything again.
 */
export interface Frame {
  readonly sequence: number;
  readonly capturedAtMs: number;
  /** Whether a viewer must forget all it knew. */
  readonly full: boolean;
  /** One for each system; of changes alone unless `full`. */
  readonly snapshots: readonly Snapshot[];
  /** New and changed ones; the last ones when `full`. */
  readonly traces: readonly TraceRow[];
  readonly logs: readonly LogRow[];
  readonly heapUsedBytes: number;
}

/** `POST /api/actions`: what is to be done; refused unless the console allows actions. */
export type Action =
  | { readonly action: "stop" | "restart" | "kill"; readonly id: string }
  | {
      readonly action: "send";
      readonly id: string;
      readonly messageType: string;
      readonly args: readonly unknown[];
    };

/** What `POST /api/actions` answers: ends and restarts have been asked for, and may take a while. */
export interface ActionResult {
  readonly action: Action["action"];
  readonly id: string;
  /** The actor's state just after. */
  readonly state: ActorRow["state"];
}

/** What an error answer says. */
export interface Problem {
  readonly error: { readonly code: string; readonly message: string };
}
