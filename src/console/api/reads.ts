import { getHeapStatistics } from "node:v8";
import { Refusal } from "../../http/refusal.ts";
import { interactionsOf, pointsOf } from "../../monitor/system-access.ts";
import { serviceNameOf } from "../../telemetry/logs/logger.ts";
import { processTaps } from "../../telemetry/process-taps.ts";
import { nameMatcher } from "../../wire/actor-names.ts";
import {
  type ActorDetail,
  CONSOLE_VERSION,
  type LogRow,
  type MetricRow,
  type Summary,
  type TraceDetail,
  type TraceRow,
  type Waits,
  type Warnings,
} from "../../wire/answers.ts";
import { type Condition, conditionOf, findingsOf, isProblem } from "../../wire/condition.ts";
import type { Interactions } from "../../wire/interactions.ts";
import type { ActorRow, Snapshot } from "../../wire/snapshot.ts";
import { waitersFor } from "../../wire/waits.ts";
import type { ConsoleSettings } from "../console-options.ts";
import type { Sources } from "../events/sources.ts";
import { ProblemCode } from "../problem.ts";
import type { LogQuery, LogRing } from "../record/log-ring.ts";
import type { Redaction } from "../record/redaction.ts";
import type { TraceQuery, TraceRing } from "../record/trace-ring.ts";
import { ClusterReads } from "./cluster-reads.ts";
import { KeyReads } from "./key-reads.ts";
import { metricRows } from "./metric-rows.ts";

/** Sources of the answers. */
export interface ReadsParts {
  readonly settings: ConsoleSettings;
  readonly sources: Sources;
  readonly traces: TraceRing;
  readonly logs: LogRing;
  readonly redaction: Redaction;
  /** Returns the number of viewers that currently receive events. */
  readonly viewers: () => number;
}

/** Filter for actors. Omitted fields match everything. */
export interface ActorQuery {
  readonly system?: string | undefined;
  readonly type?: string | undefined;
  readonly state?: string | undefined;
  readonly condition?: Condition | "problem" | undefined;
  /** Part of an id or name; case is ignored. */
  readonly q?: string | undefined;
  /** Maximum number of actors of each system. */
  readonly limit: number;
}

/** Filter for edges between types. Omitted fields match everything. */
export interface InteractionQuery {
  readonly system?: string | undefined;
  /** Type of the senders or of the receivers. */
  readonly type?: string | undefined;
  /** Maximum number of edges of each system. */
  readonly limit: number;
}

/** Maximum number of failures and traces returned with an actor, and of log lines with a trace. */
const AROUND_ACTOR = 20;
const LINES_OF_TRACE = 1_000;
const LINES_OF_ACTOR = 500;
const FAILURE_EVENTS: ReadonlySet<string | null> = new Set(["actor.failed", "actor.handler.stuck"]);

/** Answers all read requests. HTTP, events and MCP share it, so that they return the same data. */
export class Reads {
  /** Answers about keyed actors, awake or not. */
  readonly keys: KeyReads;
  /** Answers about the clusters that systems belong to. */
  readonly cluster: ClusterReads;
  readonly #parts: ReadsParts;

  constructor(parts: ReadsParts) {
    this.#parts = parts;
    this.keys = new KeyReads(parts);
    this.cluster = new ClusterReads(parts.sources);
  }

  summary(): Summary {
    const { settings, sources, traces, logs, viewers } = this.#parts;
    const { clock, traceLink, allowActions } = settings;
    const nowAtMs = clock.epochMs();
    const heap = getHeapStatistics();
    return {
      version: CONSOLE_VERSION,
      nowAtMs,
      process: {
        pid: process.pid,
        node: process.versions.node,
        service: serviceNameOf(process.env) ?? null,
        startedAtMs: Math.round(nowAtMs - process.uptime() * 1_000),
        heapUsedBytes: heap.used_heap_size,
        heapLimitBytes: heap.heap_size_limit,
        rssBytes: process.memoryUsage.rss(),
      },
      systems: sources.snapshots().map(({ system, uptimeMs, totals, ...found }) => ({
        name: system.name,
        uptimeMs: Math.round(uptimeMs),
        closing: system.closing,
        totals,
        deadlocks: found.deadlocks.length,
        stuck: found.stuck.length,
        warnings: found.warnings.length,
      })),
      telemetry: processTaps.status?.() ?? null,
      rings: { traces: traces.state, logs: logs.state },
      traceLink,
      allowActions,
      viewers: viewers(),
    };
  }

  actors(query: ActorQuery): { readonly snapshots: readonly Snapshot[] } {
    const snapshots = this.#parts.sources
      .snapshots()
      .filter(({ system }) => query.system === undefined || system.name === query.system)
      .map((taken) => ({ ...taken, actors: pick(taken, query) }));
    return { snapshots };
  }

  /** @throws {@link Refusal} 404 when no system has an actor with that id, or had one recently */
  actor(id: string): ActorDetail {
    const { settings, sources, traces, logs, redaction } = this.#parts;
    const snapshots = sources.snapshots();
    for (const taken of snapshots) {
      const actor = taken.actors.find((row) => row.id === id);
      if (actor === undefined) continue;
      const findings = findingsOf([taken]);
      const state = settings.showState ? sources.stateOf(id) : undefined;
      const start = this.keys.startOf(id);
      const around = logs.find({ actor: id, limit: LINES_OF_ACTOR });
      const failures = around.filter(({ event }) => FAILURE_EVENTS.has(event)).reverse();
      return {
        system: taken.system.name,
        actor,
        type: taken.types.find(({ type }) => type === actor.type) ?? null,
        children: taken.actors.filter(({ parentId }) => parentId === id).map((row) => row.id),
        waiters: waitersFor(
          id,
          snapshots.flatMap(({ actors }) => actors),
        ),
        condition: conditionOf(actor, findings),
        deadlock: findings.deadlocks.get(id) ?? null,
        stuck: findings.stuck.get(id) ?? null,
        failures: failures.slice(0, AROUND_ACTOR),
        traces: traces.find({ actor: id, limit: AROUND_ACTOR }),
        ...(start === undefined ? {} : { start }),
        ...(state === undefined ? {} : { state: redaction.view(state.state) }),
      };
    }
    throw new Refusal(ProblemCode.NotFound, "there is no such actor, or no longer");
  }

  traces(query: TraceQuery): { readonly traces: readonly TraceRow[] } {
    return { traces: this.#parts.traces.find(query) };
  }

  /** @throws {@link Refusal} 404 */
  trace(traceId: string): TraceDetail {
    const { traces, logs } = this.#parts;
    const found = traces.detail(traceId);
    if (found !== undefined) {
      return { ...found, logs: logs.find({ trace: traceId, limit: LINES_OF_TRACE }) };
    }
    throw new Refusal(ProblemCode.NotFound, "there is no such trace, or no longer");
  }

  logs(query: LogQuery): { readonly logs: readonly LogRow[] } {
    return { logs: this.#parts.logs.find(query) };
  }

  waits(): Waits {
    const snapshots = this.#parts.sources.snapshots();
    return {
      edges: snapshots.flatMap(({ actors }) =>
        actors.flatMap(({ id, type, waits }) => waits.map((wait) => ({ id, type, wait }))),
      ),
      deadlocks: snapshots.flatMap(({ deadlocks }) => deadlocks),
      stuck: snapshots.flatMap(({ stuck }) => stuck),
    };
  }

  warnings(): Warnings {
    const snapshots = this.#parts.sources.snapshots();
    return {
      warnings: snapshots.flatMap(({ system, warnings }) =>
        warnings.map((warning) => ({ ...warning, system: system.name })),
      ),
    };
  }

  interactions(query: InteractionQuery): Interactions {
    const { system: wanted, type, limit } = query;
    const sources = this.#parts.sources
      .all()
      .filter(({ label }) => wanted === undefined || label === wanted);
    return {
      systems: sources.map(({ system, label }) => ({
        system: label,
        ...interactionsOf(system, { type, limit }),
      })),
    };
  }

  metrics(): { readonly metrics: readonly MetricRow[] } {
    return { metrics: metricRows(this.#parts.sources.all().map(({ system }) => pointsOf(system))) };
  }
}

function pick(taken: Snapshot, query: ActorQuery): readonly ActorRow[] {
  const { type, state, condition, q = "", limit } = query;
  const findings = findingsOf([taken]);
  const hasName = nameMatcher(q);
  const hasCondition = (row: ActorRow): boolean => {
    const own = conditionOf(row, findings);
    return condition === "problem" ? isProblem(own) : own === condition;
  };
  const fits = (row: ActorRow): boolean =>
    (type === undefined || row.type === type) &&
    (state === undefined || row.state === state) &&
    (condition === undefined || hasCondition(row)) &&
    hasName(row);
  return taken.actors.filter(fits).slice(0, limit);
}
