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
 * What a page asks of the engine, and what it gets: plain data, no more of it than can be seen at once, since
 * it goes from one thread to another four times a second.
 */

/** Which lines of a long list can be seen. */
export interface LineWindow {
  readonly from: number;
  readonly count: number;
}

/** What a page wants to be shown. */
export interface ViewQuery {
  /** Name of the system; empty for the first. */
  readonly system: string;
  /** The moment to show; `null` for now. */
  readonly atMs: number | null;
  /** Which tab is open: only its part is made. */
  readonly tab: string;
  readonly actors: ActorQuery;
  readonly actorWindow: LineWindow;
  /** The actor that is open; empty for none. */
  readonly actorId: string;
  readonly logs: LogQuery;
  readonly logWindow: LineWindow;
  /** Whether the window is to be at the end, whatever it says. */
  readonly followLogs: boolean;
  readonly traces: TraceQuery;
  readonly traceWindow: LineWindow;
  /** The list of traces stands still from then on; `null` while it does not. */
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
  /** Whether the actor that is open is somewhere below it. */
  readonly lineage: boolean;
  readonly depth: number;
  readonly limit: number;
  readonly waitingSenders: number;
  readonly rate: number;
  readonly rates: readonly number[];
  readonly depths: readonly number[];
  readonly waitP95Ms: number | null;
  readonly restarts: number;
  /** Why it has ended; `null` while it lives. */
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
}

export interface ActorsView {
  readonly from: number;
  readonly total: number;
  readonly matching: number;
  readonly all: number;
  readonly lines: readonly (ActorLine | TypeLine)[];
  readonly types: readonly string[];
  /** Position of the open actor in the whole list; -1 when it is not in it. */
  readonly openAt: number;
  /** Largest rate and depth of the shown lines: sparklines share them. */
  readonly topRate: number;
}

/** The actor that is open. */
export interface ActorView {
  readonly id: string;
  /** `null` when there is none with this id. */
  readonly row: ActorRow | null;
  readonly system: string;
  readonly condition: Condition;
  readonly type: TypeRow | null;
  readonly rate: number;
  readonly rates: readonly number[];
  readonly depths: readonly number[];
  /** Restarts within its window, as far as they were seen. */
  readonly restartsInWindow: number;
  readonly waiters: readonly WaiterRow[];
  /** Some of them. */
  readonly children: readonly string[];
  readonly ancestors: readonly string[];
  readonly deadlock: Deadlock | null;
  readonly stuck: StuckHandler | null;
}

export interface WaitsView {
  readonly graph: WaitGraph;
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: readonly StuckHandler[];
  /** The longest ones. */
  readonly longest: readonly WaitLink[];
  readonly waits: number;
}

/** A warning and some of the actors it is about. */
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
  /** Those that fit and began after the list was held. */
  readonly newer: number;
  readonly types: readonly string[];
  /** Longest of the shown ones: bars are drawn against it. */
  readonly longestMs: number;
}

/** One system in the head of the page. */
export interface SystemHead {
  readonly name: string;
  readonly active: number;
  readonly rate: number;
  readonly deadlocks: readonly Deadlock[];
  readonly stuck: number;
  readonly warnings: number;
}

/** One column of the strip that shows the last minutes. */
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

/** All that a page shows. */
export interface ConsoleView {
  /** The moment that is shown, on the source's clock; 0 before the first frame. */
  readonly atMs: number;
  /** The newest moment there is. */
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
