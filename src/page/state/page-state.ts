import type { ConsoleView, LineWindow, ViewQuery } from "../../viewer/console-view.ts";
import type { MetricChart } from "../../viewer/history/metric-series.ts";
import { actorQuery, logQuery, traceQuery } from "../../viewer/queries.ts";
import type { Route } from "../../viewer/route.ts";
import type { Summary } from "../../wire/answers.ts";
import type { ConsoleFile } from "../../wire/console-file.ts";
import type { Theme } from "./theme.ts";
import { Connection } from "./worker-messages.ts";

/** Lists that are loaded by window. */
export type ListName = "actors" | "logs" | "traces";

/** A file that is shown instead of a process. */
interface OpenFile {
  readonly name: string;
  readonly file: ConsoleFile;
}

/** Everything that determines what the page shows. */
export interface PageState {
  readonly route: Route;
  /** `null` before the first frame. */
  readonly view: ConsoleView | null;
  readonly connection: Connection;
  /** The shown moment; `null` for now. */
  readonly atMs: number | null;
  readonly file: OpenFile | null;
  readonly summary: Summary | null;
  readonly charts: readonly MetricChart[];
  readonly theme: Theme;
  readonly helpOpen: boolean;
  /** A notice to show once. */
  readonly notice: string | null;
  readonly foldAll: boolean;
  readonly foldExcept: readonly string[];
  readonly windows: Readonly<Record<ListName, LineWindow>>;
  readonly followLogs: boolean;
  /** When the list of traces was frozen because one of them is open. */
  readonly tracesHeldAtMs: number | null;
  /** Id of the row of each list that keys act on. */
  readonly cursors: Readonly<Record<ListName, string>>;
}

const FIRST_LINES: LineWindow = { from: 0, count: 50 };

/** Returns the initial state of a page. */
export function initialState(route: Route, theme: Theme): PageState {
  return {
    route,
    view: null,
    connection: Connection.Connecting,
    atMs: null,
    file: null,
    summary: null,
    charts: [],
    theme,
    helpOpen: false,
    notice: null,
    foldAll: false,
    foldExcept: [],
    windows: { actors: FIRST_LINES, logs: FIRST_LINES, traces: FIRST_LINES },
    followLogs: true,
    tracesHeldAtMs: null,
    cursors: { actors: "", logs: "", traces: "" },
  };
}

/** Returns the query to the engine for a state. */
export function viewQuery(state: PageState): ViewQuery {
  const { route, atMs, windows, followLogs, foldAll, foldExcept } = state;
  const { params } = route;
  return {
    system: params["system"] ?? "",
    atMs,
    tab: route.tab,
    actors: { ...actorQuery(params), foldAll, foldExcept },
    actorWindow: windows.actors,
    actorId: params["actor"] ?? "",
    logs: logQuery(params),
    logWindow: windows.logs,
    followLogs,
    traces: traceQuery(params),
    traceWindow: windows.traces,
    tracesHeldAtMs: state.tracesHeldAtMs,
  };
}
