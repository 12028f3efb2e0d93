import { SpanKind } from "@opentelemetry/api";
import type { Clock } from "../../base/clock.ts";
import { ErrorCode, errorType, LimelightError } from "../../base/errors.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import {
  ClusterLog,
  type EvictionReason,
  FenceReason,
  LeaseKind,
  type WriteResolution,
} from "../../telemetry/cluster-attributes.ts";
import { context, trace } from "../../telemetry/context/api.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import { endSpan, endWithError } from "../../telemetry/traces/guarded-spans.ts";
import {
  type CoordinatorObserver,
  EventArrival,
  type Failover,
  type PlacementDecision,
  type PlacementOutcome,
  TermEnd,
} from "../coordinator/coordinator-observer.ts";
import type { Command } from "../protocol/commands.ts";
import type { EventBatch } from "../protocol/events.ts";
import type { PlacementStatus } from "../protocol/placement-record.ts";
import type { RunnerStatus } from "../protocol/runner-record.ts";
import type { ClusterMetrics } from "../telemetry/cluster-metrics.ts";
import { messagingAttributes, originOf } from "../telemetry/message-origin.ts";
import { type CoordinatorFacts, type Eviction, MAX_EVICTIONS } from "../views/node-facts.ts";
import type { NodeLog } from "./node-log.ts";

/** What {@link CoordinatorReports} go to. */
export interface CoordinatorReportsParts {
  readonly metrics: ClusterMetrics;
  readonly tracing: Pick<ActorTracing, "active" | "openServer">;
  readonly log: NodeLog;
  readonly clock: Pick<Clock, "epochMs">;
  /** Name of the engine. */
  readonly engine: string;
  /** Called when this node has become the coordinator, and when it is it no longer. */
  readonly leads: (isCoordinator: boolean) => void;
  /** Called for an actor that was placed on another runner than before. */
  readonly moved: (move: PlacementDecision) => void;
}

const FENCE_REASONS = {
  [TermEnd.LeaseOverdue]: FenceReason.LeaseExpired,
  [TermEnd.LeaseTaken]: FenceReason.LeaseLost,
} as const;

/** Reports what happens in the coordinator by metrics and log lines. */
export class CoordinatorReports implements CoordinatorObserver {
  readonly #parts: CoordinatorReportsParts;
  #term: number | undefined;
  #placements: CoordinatorFacts["placements"] = {};
  /** By runner. */
  readonly #evictions = new Map<string, Eviction>();

  constructor(parts: CoordinatorReportsParts) {
    this.#parts = parts;
  }

  /** What is known while this node is the coordinator. */
  get facts(): CoordinatorFacts | undefined {
    if (this.#term === undefined) return undefined;
    const evictions = [...this.#evictions.values()].slice(0, MAX_EVICTIONS);
    return { term: this.#term, placements: this.#placements, evictions };
  }

  termBegun(term: number): void {
    this.#term = term;
    this.#placements = {};
    this.#evictions.clear();
    const { metrics, log, leads } = this.#parts;
    metrics.coordinator.elected();
    metrics.coordinator.termIs(term);
    log("info", { event: "cluster.coordinator.begun", term }, "this node is the coordinator now");
    leads(true);
  }

  termEnded(term: number, reason: TermEnd): void {
    this.#term = undefined;
    const { metrics, log, leads } = this.#parts;
    metrics.coordinator.ended();
    const isPlanned = reason === TermEnd.Released;
    if (!isPlanned) metrics.runner.fenced(LeaseKind.Coordinator, FENCE_REASONS[reason]);
    const fields = { event: "cluster.coordinator.ended", term, reason };
    log(isPlanned ? "info" : "warn", fields, "this node is the coordinator no longer");
    leads(false);
  }

  coordinatorSeen(node: string, term: number): void {
    this.#parts.metrics.coordinator.termIs(term);
    const fields = { event: "cluster.coordinator.seen", node_id: node, term };
    this.#parts.log("debug", fields, "coordinator seen");
  }

  runnerChanged(runner: string, from: RunnerStatus | undefined, status: RunnerStatus): void {
    const fields = { event: "cluster.runner.changed", runner_id: runner, from, status };
    this.#parts.log("info", fields, "runner of the cluster has changed");
  }

  evictionChanged(runner: string, reason: EvictionReason | undefined): void {
    const { log, clock } = this.#parts;
    if (reason === undefined) {
      this.#evictions.delete(runner);
      const fields = { event: "cluster.runner.returned", runner_id: runner };
      log("info", fields, "runner is given actors again");
      return;
    }
    this.#evictions.set(runner, { runnerId: runner, reason, sinceMs: clock.epochMs() });
    const fields = { event: "cluster.runner.evicted", runner_id: runner, reason };
    log("warn", fields, "runner is given no further actors");
  }

  runnerCleared(runner: string, moved: number, purged: number): void {
    const fields = { event: "cluster.runner.cleared", runner_id: runner, moved, purged };
    this.#parts.log("info", fields, "actors of a runner that is gone were taken over");
  }

  runnersAre(counts: Readonly<Partial<Record<RunnerStatus, number>>>): void {
    this.#parts.metrics.coordinator.runnersAre(counts);
  }

  evictedAre(counts: Readonly<Partial<Record<EvictionReason, number>>>): void {
    this.#parts.metrics.coordinator.evictedAre(counts);
  }

  placementsAre(counts: Readonly<Partial<Record<PlacementStatus, number>>>): void {
    this.#placements = counts;
    this.#parts.metrics.coordinator.placementsAre(counts);
  }

  waitingAre(requests: number): void {
    this.#parts.metrics.coordinator.waitingAre(requests);
  }

  placed(decision: PlacementDecision): void {
    const { address, runnerId, generation, reason, from } = decision;
    const isMove = from !== undefined && from !== runnerId;
    if (isMove) this.#parts.moved(decision);
    this.#parts.metrics.coordinator.placed({ reason, isMove });
    const fields = {
      event: isMove ? "cluster.moved" : "cluster.placed",
      address,
      runner_id: runnerId,
      generation,
      reason,
      from,
    };
    this.#parts.log(isMove ? "info" : "debug", fields, isMove ? "actor moved" : "actor placed");
  }

  started({ reason, durationMs, errorCode }: PlacementOutcome): void {
    this.#parts.metrics.coordinator.started(reason, durationMs, errorCode);
  }

  failedOver({ durationMs }: Failover): void {
    this.#parts.metrics.coordinator.failedOver(durationMs);
  }

  gaveUp(address: string, attempts: number): void {
    const fields = { event: "cluster.start.gave_up", address, attempts };
    this.#parts.log("error", fields, "actor has failed to start too often");
  }

  refused(code: string): void {
    this.#parts.metrics.coordinator.refused(code);
  }

  commandsSent(_runner: string, commands: readonly Command[], isReplay: boolean): void {
    this.#parts.metrics.coordinator.commandsSent(commands.length, isReplay);
  }

  signalCarried({ id, signal }: Command, isGivenUp: boolean): void {
    const fields = {
      event: "cluster.signal.carried",
      command_id: id,
      signal,
      given_up: isGivenUp,
    };
    this.#parts.log("debug", fields, "signal of an activation that is over");
  }

  commandDropped(address: string, reason: string | undefined): void {
    const fields = { event: "cluster.command.dropped", address, reason };
    this.#parts.log("warn", fields, "command was not carried out");
  }

  /** The first delivery goes on in the trace of the command; a further one begins a trace that links to it. */
  async applyEvents(
    batches: readonly EventBatch[],
    attempt: number,
    work: () => Promise<void>,
  ): Promise<void> {
    const { tracing, engine } = this.#parts;
    const causes = batches.map(({ traceparent }) => traceparent);
    const isTraced = causes.some((cause) => cause !== undefined);
    if (!tracing.active || !isTraced) {
      await work();
      return;
    }
    const { parent, links } = originOf(causes, attempt);
    const attributes = {
      ...messagingAttributes(engine, ClusterLog.Events),
      [Attribute.EventCount]: batches.reduce((sum, { events }) => sum + events.length, 0),
      [Attribute.IsReplay]: attempt > 1,
    };
    const span = tracing.openServer("events", parent, links, attributes, SpanKind.CONSUMER);
    try {
      await context.with(trace.setSpan(parent, span), work);
      endSpan(span);
    } catch (error) {
      endWithError(span, error);
      throw error;
    }
  }

  eventsWaitingAre(events: number): void {
    this.#parts.metrics.coordinator.eventsWaitingAre(events);
  }

  eventsArrived(arrival: EventArrival, count: number, batch: EventBatch | undefined): void {
    const { metrics, log } = this.#parts;
    if (arrival !== EventArrival.Applied) metrics.coordinator.events(arrival, count);
    if (arrival === EventArrival.Rejected) metrics.runner.deadLettered(ClusterLog.Events);
    const fields = { event: "cluster.events", arrival, count, address: batch?.address };
    log("debug", fields, "events have arrived");
  }

  eventApplied(lagMs: number): void {
    this.#parts.metrics.coordinator.eventApplied(lagMs);
  }

  gapEnded({ address, generation }: EventBatch, missing: number, isRecovered: boolean): void {
    const fields = {
      event: "cluster.events.gap",
      address,
      generation,
      missing,
      recovered: isRecovered,
    };
    const text = isRecovered ? "missing events were found again" : "events are missing";
    this.#parts.log(isRecovered ? "info" : "error", fields, text);
  }

  writeResolved(resolution: WriteResolution): void {
    this.#parts.metrics.engine.resolved(resolution);
  }

  failed(what: string, err: unknown): void {
    const fields = {
      event: "cluster.coordinator.failed",
      what,
      error_type: errorType(err),
      err,
    };
    // The term or the node has come to its end: the next coordinator does it.
    const isOver = LimelightError.is(err) && err.code === ErrorCode.EngineClosed;
    this.#parts.log(isOver ? "debug" : "warn", fields, what);
  }
}
