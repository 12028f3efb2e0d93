import type { Frame, LogRow, TraceRow } from "../wire/answers.ts";
import type { Snapshot } from "../wire/snapshot.ts";
import type { ConsoleView, SystemView, ViewQuery } from "./console-view.ts";
import { History } from "./history/history.ts";
import { meanOf, type TotalsPoint } from "./history/totals-history.ts";
import { LogBuffer } from "./log-buffer.ts";
import { type SystemModel, ViewerModel } from "./model.ts";
import { TraceBuffer } from "./traces/trace-buffer.ts";
import {
  actorsView,
  actorView,
  logsView,
  systemHead,
  timelineView,
  tracesView,
  waitsView,
  warningsView,
} from "./view-parts.ts";

/** Points of the header's sparkline. */
const HEAD_POINTS = 90;

/** A moment of the past, kept while it is shown. */
interface Past {
  readonly atMs: number;
  readonly model: ViewerModel;
}

/**
 * Merges frames, keeps the last minutes, and builds the views that a page shows. It uses neither threads nor
 * the DOM nor connections, so it runs in a worker as well as in tests.
 */
export class ConsoleEngine {
  #model = new ViewerModel();
  #history = new History();
  #logs = new LogBuffer();
  #traces = new TraceBuffer();
  #past: Past | undefined;
  #pid: number | undefined;

  /** Merges a frame. Returns `false` if an earlier frame is missing and a full one must be requested. */
  apply(frame: Frame): boolean {
    // A different process at the same address numbers its log lines from the start.
    const pid = frame.snapshots[0]?.system.pid;
    if (frame.full && this.#pid !== undefined && pid !== this.#pid) this.reset();
    const change = this.#model.apply(frame);
    if (!change.complete) return false;
    this.#pid = pid;
    this.#history.record(change, frame);
    this.#logs.add(frame.logs);
    this.#traces.add(frame.traces);
    return true;
  }

  /** Discards everything, because the next frames are from another source. */
  reset(): void {
    this.#model = new ViewerModel();
    this.#history = new History();
    this.#logs = new LogBuffer();
    this.#traces = new TraceBuffer();
    this.#past = undefined;
  }

  /** Builds the view for a query. */
  view(query: ViewQuery): ConsoleView {
    const model = this.#modelAt(query.atMs);
    const system = model.systems.get(query.system) ?? [...model.systems.values()][0];
    const live = this.#model.systems.get(system?.name ?? "");
    return {
      atMs: model.capturedAtMs,
      newestAtMs: this.#model.capturedAtMs,
      live: query.atMs === null,
      systems: [...model.systems.values()].map(systemHead),
      system: system === undefined ? null : systemView(system, query),
      handledRate: system?.handledRate ?? 0,
      recentRates: (system?.history.points ?? [])
        .slice(-HEAD_POINTS)
        .map((point) => point.handledRate),
      timeline: live === undefined ? null : timelineView(live, this.#history.span),
      ...this.#tabView(system, model, query),
      actor:
        system === undefined || query.actorId === ""
          ? null
          : this.#actorView(model, system, query.actorId),
    };
  }

  /** Returns a full frame of the shown moment, for a file. */
  fullFrame({ atMs }: ViewQuery): Frame {
    const model = this.#modelAt(atMs);
    const snapshots = [...model.systems.values()].map(toSnapshot);
    return {
      sequence: snapshots[0]?.sequence ?? 0,
      capturedAtMs: model.capturedAtMs,
      full: true,
      snapshots,
      traces: this.#tracesUntil(atMs),
      logs: this.#logsUntil(atMs),
      heapUsedBytes: [...model.systems.values()][0]?.history.points.at(-1)?.heapUsedBytes ?? 0,
    };
  }

  #actorView(model: ViewerModel, shown: SystemModel, id: string): ConsoleView["actor"] {
    const entry = model.actor(id);
    const system = model.systems.get(entry?.system ?? "") ?? shown;
    return actorView(system, id, entry);
  }

  #tabView(
    system: SystemModel | undefined,
    model: ViewerModel,
    query: ViewQuery,
  ): Pick<ConsoleView, "actors" | "waits" | "warnings" | "logs" | "traces"> {
    const { tab, atMs } = query;
    const of = <View>(name: string, make: (system: SystemModel) => View): View | null =>
      tab === name && system !== undefined ? make(system) : null;
    const known = model.systems.size > 0;
    return {
      actors: of("actors", (shown) => actorsView(shown, query)),
      waits: of("waits", waitsView),
      warnings: of("warnings", warningsView),
      logs:
        known && tab === "logs" ? logsView(this.#logsUntil(atMs), this.#logs.dropped, query) : null,
      traces: known && tab === "traces" ? tracesView(this.#tracesUntil(atMs), query) : null,
    };
  }

  #logsUntil(untilMs: number | null): readonly LogRow[] {
    const { lines } = this.#logs;
    return untilMs === null ? lines : lines.filter(({ atMs }) => atMs <= untilMs);
  }

  #tracesUntil(untilMs: number | null): readonly TraceRow[] {
    const rows = [...this.#traces.rows()];
    return untilMs === null ? rows : rows.filter(({ startedAtMs }) => startedAtMs <= untilMs);
  }

  #modelAt(atMs: number | null): ViewerModel {
    if (atMs === null) {
      this.#past = undefined;
      return this.#model;
    }
    if (this.#past?.atMs !== atMs) {
      const model = new ViewerModel();
      for (const frame of this.#history.framesUntil(atMs)) model.apply(frame);
      this.#past = { atMs, model };
    }
    return this.#past.model;
  }
}

/** Maximum number of points of a curve: more cannot be distinguished. */
const CURVE_POINTS = 240;

/** Reduces points to at most that many. Each is the mean of the points it replaces. */
function thinned(points: readonly TotalsPoint[]): readonly TotalsPoint[] {
  const step = Math.ceil(points.length / CURVE_POINTS);
  if (step <= 1) return points;
  return Array.from({ length: Math.ceil(points.length / step) }, (_, at) =>
    meanOf(points.slice(at * step, (at + 1) * step)),
  );
}

function systemView({ state, history }: SystemModel, { tab }: ViewQuery): SystemView {
  const { capturedAtMs, uptimeMs, system, totals, eventLoop, sequence } = state;
  const charted = tab === "system" || tab === "metrics";
  return {
    capturedAtMs,
    uptimeMs,
    system,
    totals,
    eventLoop,
    sequence,
    history: charted ? thinned(history.points) : [],
  };
}

function toSnapshot({ state, entries, deadLetters }: SystemModel): Snapshot {
  const actors = [...entries.values()].map(({ row }) => row);
  return { ...state, since: null, actors, removed: [], deadLetters };
}
