import { actorName } from "../wire/actor-names.ts";
import type { LogRow, TraceRow } from "../wire/answers.ts";
import { Condition, conditionOf, findingsOf } from "../wire/condition.ts";
import type { ActorRow } from "../wire/snapshot.ts";
import { waitersFor } from "../wire/waits.ts";
import { type ActorEntry, ancestorsOf } from "./actor-entry.ts";
import type {
  ActorLine,
  ActorsView,
  ActorView,
  LineWindow,
  LogsView,
  SystemHead,
  TimelineView,
  TracesView,
  TypeLine,
  ViewQuery,
  WaitsView,
  WarningsView,
} from "./console-view.ts";
import type { HistorySpan } from "./history/history.ts";
import { logMatcher } from "./log-buffer.ts";
import type { SystemModel } from "./model.ts";
import { selectTraces } from "./traces/trace-buffer.ts";
import { actorLines, type Line } from "./tree.ts";
import { layOutWaits, type WaitLink } from "./wait-layout.ts";

/** Maximum number of points of a sparkline. */
const SPARK_POINTS = 60;
const MAX_CHILDREN = 50;
const MAX_WAITERS = 50;
const MAX_WAITS = 200;
const MAX_WARNED_ACTORS = 8;
const TIMELINE_POINTS = 240;

/** Returns the visible lines of the list of actors. */
export function actorsView(
  system: SystemModel,
  { actors, actorWindow, actorId }: ViewQuery,
): ActorsView {
  const { lines, matching } = actorLines([system], actors);
  const { from, count } = clampWindow(actorWindow, lines.length);
  const lineage = new Set(ancestorsOf(actorId, (id) => system.entries.get(id)));
  const shown = lines.slice(from, from + count).map((line) => toLine(line, system, lineage));
  return {
    from,
    total: lines.length,
    matching,
    all: system.entries.size,
    lines: shown,
    types: [...system.types.keys()].sort(),
    openAt:
      actorId === ""
        ? -1
        : lines.findIndex((line) => line.kind === "actor" && line.entry.id === actorId),
    topRate: shown.reduce(
      (top, line) => (line.kind === "actor" ? Math.max(top, ...line.rates) : top),
      0,
    ),
    hasConnections: system.hasConnections,
  };
}

function clampWindow({ from, count }: LineWindow, total: number): LineWindow {
  return { from: Math.max(0, Math.min(from, total - count)), count };
}

function toLine(
  line: Line,
  system: SystemModel,
  lineage: ReadonlySet<string>,
): ActorLine | TypeLine {
  if (line.kind === "type") {
    const { type, count, worst, open, depth, rate, restarts, connections } = line;
    const waitP95Ms = system.types.get(type)?.waitP95Ms ?? null;
    return {
      kind: "type",
      id: `type:${type}`,
      type,
      count,
      condition: worst,
      open,
      depth,
      rate,
      waitP95Ms,
      restarts,
      connections,
    };
  }
  const { entry, condition, level, children, open, context } = line;
  const { row } = entry;
  return {
    kind: "actor",
    id: row.id,
    name: actorName(row),
    type: row.type,
    system: entry.system,
    condition,
    state: row.state,
    level,
    children,
    open,
    context,
    lineage: lineage.has(row.id),
    depth: row.mailbox.depth,
    limit: row.mailbox.limit,
    waitingSenders: row.mailbox.waitingSenders,
    rate: entry.rate,
    rates: entry.rates(SPARK_POINTS),
    depths: entry.depths.last(SPARK_POINTS),
    waitP95Ms: system.types.get(row.type)?.waitP95Ms ?? null,
    restarts: row.supervision.restarts,
    connections: row.keyed?.connections ?? 0,
    ended: row.stopped?.reason ?? null,
  };
}

/** Returns everything known of one actor. */
export function actorView(
  system: SystemModel,
  id: string,
  entry: ActorEntry | undefined,
): ActorView {
  const findings = findingsOf([system.state]);
  const row = entry?.row ?? null;
  return {
    id,
    row,
    system: system.name,
    condition: row === null ? Condition.Stopped : conditionOf(row, findings),
    type: system.types.get(row?.type ?? "") ?? null,
    rate: entry?.rate ?? 0,
    rates: entry?.rates() ?? [],
    depths: entry?.depths.last() ?? [],
    restartsInWindow: entry?.restartsInWindow(system.state.capturedAtMs) ?? 0,
    waiters: waitersFor(id, rowsOf(system)).slice(0, MAX_WAITERS),
    children: childrenOf(system, id),
    ancestors: ancestorsOf(id, (other) => system.entries.get(other)).toReversed(),
    deadlock: findings.deadlocks.get(id) ?? null,
    stuck: findings.stuck.get(id) ?? null,
  };
}

function* rowsOf({ entries }: SystemModel): Generator<ActorRow, undefined> {
  for (const { row } of entries.values()) yield row;
}

function childrenOf({ entries }: SystemModel, id: string): string[] {
  const children: string[] = [];
  if ((entries.get(id)?.row.children ?? 0) === 0) return children;
  for (const { row } of entries.values()) {
    if (row.parentId === id) children.push(row.id);
    if (children.length >= MAX_CHILDREN) break;
  }
  return children;
}

/** Returns which actors wait for which. */
export function waitsView(system: SystemModel): WaitsView {
  const all: WaitLink[] = [];
  for (const { row } of system.entries.values()) {
    for (const wait of row.waits) {
      all.push({ from: row.id, to: wait.targetId, wait, deadlocked: false });
    }
  }
  all.sort((a, b) => a.wait.sinceAtMs - b.wait.sinceAtMs);
  const { deadlocks, stuck } = system.state;
  const longest = all.slice(0, MAX_WAITS);
  return { graph: layOutWaits(system), deadlocks, stuck, longest, waits: all.length };
}

/** Returns warnings, stuck handlers and the latest dead letters. */
export function warningsView(system: SystemModel): WarningsView {
  const warnings = system.state.warnings.map((warning) => {
    const actors: string[] = [];
    let actorCount = 0;
    if (warning.type !== null) {
      for (const { row } of system.entries.values()) {
        if (row.type !== warning.type) continue;
        actorCount += 1;
        if (actors.length < MAX_WARNED_ACTORS) actors.push(row.id);
      }
    }
    return { warning, actors, actorCount };
  });
  return { warnings, stuck: system.state.stuck, deadLetters: system.deadLetters.toReversed() };
}

/** Returns the visible log lines. */
export function logsView(
  lines: readonly LogRow[],
  dropped: number,
  { logs, logWindow, followLogs }: ViewQuery,
): LogsView {
  const wanted = lines.filter(logMatcher(logs));
  const { count } = logWindow;
  const { from } = clampWindow(
    followLogs ? { from: wanted.length, count } : logWindow,
    wanted.length,
  );
  return {
    from,
    total: wanted.length,
    all: lines.length,
    dropped,
    lines: wanted.slice(from, from + count),
  };
}

/** Returns the visible traces. */
export function tracesView(
  rows: readonly TraceRow[],
  { traces, traceWindow, tracesHeldAtMs }: ViewQuery,
): TracesView {
  const fitting = selectTraces(rows, traces);
  const heldAtMs = tracesHeldAtMs ?? Number.POSITIVE_INFINITY;
  const wanted = fitting.filter(({ startedAtMs }) => startedAtMs <= heldAtMs);
  const { from, count } = clampWindow(traceWindow, wanted.length);
  const shown = wanted.slice(from, from + count);
  return {
    from,
    total: wanted.length,
    all: rows.length,
    rows: shown,
    newer: fitting.length - wanted.length,
    types: [...new Set(rows.flatMap(({ actorTypes }) => actorTypes))].sort(),
    longestMs: wanted.reduce((longest, { durationMs }) => Math.max(longest, durationMs), 0),
  };
}

/** Returns a system's data for the page header. */
export function systemHead({ name, state, handledRate }: SystemModel): SystemHead {
  return {
    name,
    active: state.totals.active,
    rate: handledRate,
    deadlocks: state.deadlocks,
    stuck: state.stuck.length,
    warnings: state.warnings.length,
  };
}

/** Returns the last minutes as a limited number of points. Each one holds the worst values of its period. */
export function timelineView(
  { history }: SystemModel,
  span: HistorySpan | null,
): TimelineView | null {
  if (span === null) return null;
  const { firstAtMs, lastAtMs } = span;
  const points = history.points.filter(({ atMs }) => atMs >= firstAtMs);
  const step = Math.max(1, Math.ceil(points.length / TIMELINE_POINTS));
  const groups = Array.from({ length: Math.ceil(points.length / step) }, (_, at) =>
    points.slice(at * step, (at + 1) * step),
  );
  return {
    firstAtMs,
    lastAtMs,
    ticks: span.ticks,
    bytes: span.bytes,
    points: groups.map((group) => ({
      atMs: group[0]?.atMs ?? firstAtMs,
      rate: group.reduce((sum, { handledRate }) => sum + handledRate, 0) / group.length,
      failed: group.some(({ failureRate }) => failureRate > 0),
      deadlocked: group.some(({ deadlocks }) => deadlocks > 0),
    })),
  };
}
