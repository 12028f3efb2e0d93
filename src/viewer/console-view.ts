import type { LogRow, TraceRow, WaiterRow } from "../wire/answers.ts";
import type { Condition } from "../wire/condition.ts";
import type {
  ActorRow,
  DeadLetterRow,
  Deadlock,
  MonitorWarning,
  StuckHandler,
  TypeRow,
} from "../wire/snapshot.ts";
import type { TotalsPoint } from "./history/totals-history.ts";
import type { LogQuery } from "./log-buffer.ts";
import type { SystemState } from "./model.ts";
import type { TraceQuery } from "./traces/trace-buffer.ts";
import type { ActorQuery } from "./tree.ts";
import type { WaitGraph, WaitLink } from "./wait-layout.ts";

/*
 * Queries of a page to the engine, and the views it returns. Views are plain data and limited to what is
 * visible, since they are passed between threads four times a second.
 */

/** The visible window of a long list. */
export interface LineWindow {
  readonly from: number;
  readonly count: number;
}

/** What a page shows. */
export interface ViewQuery {
  /** Name of the system; empty for the first. */
  readonly system: string;
  /** The moment to show; `null` for now. */
  readonly atMs: number | null;
  /** The open tab. Only its part of the view is built. */
  readonly tab: string;
  readonly actors: ActorQuery;
  readonly actorWindow: LineWindow;
  /** The open actor; empty for none. */
  readonly actorId: string;
  readonly logs: LogQuery;
  readonly logWindow: LineWindow;
  /** Whether the window follows the end of the log, regardless of its position. */
  readonly followLogs: boolean;
  readonly traces: TraceQuery;
  readonly traceWindow: LineWindow;
  /** When the list of traces was frozen; `null` when it is live. */
  readonly tracesHeldAtMs: number | null;
}

/** An actor as a line of a list. */
export interface ActorLine {
  readonly kind: "actor";
  readonly id: string;
  readonly name: string | null;
  readonly type: string;
  readonly system: string;
  readonly condition: Condition;
  readonly state: ActorRow["state"];
  readonly level: number;
  readonly children: number;
  readonly open: boolean;
  readonly context: boolean;
  /** Whether the open actor is a descendant of this one. */
  readonly lineage: boolean;
  readonly depth: number;
  readonly limit: number;
  readonly waitingSenders: number;
  readonly rate: number;
  readonly rates: readonly number[];
  readonly depths: readonly number[];
  readonly waitP95Ms: number | null;
  readonly restarts: number;
  /** Open connections of clients. */
  readonly connections: number;
  /** Reason for its end; `null` while it is alive. */
  readonly ended: string | null;
}

/** All actors of a type as a line of a list. */
export interface TypeLine {
  readonly kind: "type";
  readonly id: string;
  readonly type: string;
  readonly count: number;
  readonly condition: Condition;
  readonly open: boolean;
  readonly depth: number;
  readonly rate: number;
  readonly waitP95Ms: number | null;
  readonly restarts: number;
  /** Open connections of clients. */
  readonly connections: number;
}

export interface ActorsView {
  readonly from: number;
  readonly total: number;
  readonly matching: number;
  readonly all: number;
  readonly lines: readonly (ActorLine | TypeLine)[];
  readonly types: readonly string[];
  /** Position of the open actor in the whole list; -1 when it is not included. */
  readonly openAt: number;
  /** Maximum rate and depth of the shown lines. Sparklines share it as scale. */
  readonly topRate: number;
  /** Whether any actor of the system has connections. */
  readonly hasConnections: boolean;
}

/** The open actor. */
export interface ActorView {
  readonly id: string;
  /** `null` when no actor has this id. */
  readonly row: ActorRow | null;
  readonly system: string;
  readonly condition: Condition;
  readonly type: TypeRow | null;
  readonly rate: number;
  readonly rates: readonly number[];
  readonly depths: readonly number[];
  /** Restarts seen within its restart window. */
  readonly restartsInWindow: number;
  readonly waiters: readonly WaiterRow[];
  /** Some of its children. */
  readonly children: readonly string[];
  readonly ancestors: readonly string[];
  readonly deadlock: Deadlock | null;
  readonly stuck: StuckHandler | null;
}

export interface WaitsView {
  readonly graph: WaitGraph;
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: readonly StuckHandler[];
  /** The longest waits. */
  readonly longest: readonly WaitLink[];
  readonly waits: number;
}

/** A warning and some of the actors that it concerns. */
export interface WarningView {
  readonly warning: MonitorWarning;
  readonly actors: readonly string[];
  readonly actorCount: number;
}

export interface WarningsView {
  readonly warnings: readonly WarningView[];
  readonly stuck: readonly StuckHandler[];
  readonly deadLetters: readonly DeadLetterRow[];
}

export interface LogsView {
  readonly from: number;
  readonly total: number;
  readonly all: number;
  readonly dropped: number;
  readonly lines: readonly LogRow[];
}

export interface TracesView {
  readonly from: number;
  readonly total: number;
  readonly all: number;
  readonly rows: readonly TraceRow[];
  /** Number of matching traces that started after the list was frozen. */
  readonly newer: number;
  readonly types: readonly string[];
  /** Maximum duration of the shown traces, which is the scale of the bars. */
  readonly longestMs: number;
}

/** One system in the page header. */
export interface SystemHead {
  readonly name: string;
  readonly active: number;
  readonly rate: number;
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: number;
  readonly warnings: number;
}

/** One column of the timeline. */
export interface TimelinePoint {
  readonly atMs: number;
  readonly rate: number;
  readonly failed: boolean;
  readonly deadlocked: boolean;
}

export interface TimelineView {
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  readonly points: readonly TimelinePoint[];
  readonly ticks: number;
  readonly bytes: number;
}

/** The state of the open system without what its tab does not need. */
export type SystemView = Pick<
  SystemState,
  "capturedAtMs" | "uptimeMs" | "system" | "totals" | "eventLoop" | "sequence"
> & { readonly history: readonly TotalsPoint[] };

/** Everything that a page shows. */
export interface ConsoleView {
  /** The shown moment, on the source's clock; 0 before the first frame. */
  readonly atMs: number;
  /** The newest moment available. */
  readonly newestAtMs: number;
  readonly live: boolean;
  readonly systems: readonly SystemHead[];
  readonly system: SystemView | null;
  readonly handledRate: number;
  readonly recentRates: readonly number[];
  readonly timeline: TimelineView | null;
  readonly actors: ActorsView | null;
  readonly actor: ActorView | null;
  readonly waits: WaitsView | null;
  readonly warnings: WarningsView | null;
  readonly logs: LogsView | null;
  readonly traces: TracesView | null;
}
