import { SpanKind } from "@opentelemetry/api";
import { errorType } from "../../base/errors.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import {
  ClusterLog,
  DrainOutcome,
  LeaseKind,
  type WriteResolution,
} from "../../telemetry/cluster-attributes.ts";
import { context, trace } from "../../telemetry/context/api.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import { endSpan, endWithError } from "../../telemetry/traces/guarded-spans.ts";
import type { Command } from "../protocol/commands.ts";
import type { EventKind } from "../protocol/events.ts";
import type { RunnerStatus } from "../protocol/runner-record.ts";
import type { DrainReport } from "../runner/drain-tally.ts";
import type { HealthSign } from "../runner/health-score.ts";
import {
  CommandOutcome,
  EventOutcome,
  type FenceReason,
  type NotReadyReason,
  type RunnerObserver,
} from "../runner/runner-observer.ts";
import type { EngineMetrics } from "../telemetry/engine-metrics.ts";
import { messagingAttributes, originOf } from "../telemetry/message-origin.ts";
import type { RunnerMetrics } from "../telemetry/runner-metrics.ts";
import type { NodeLog } from "./node-log.ts";

/** What {@link RunnerReports} go to. */
export interface RunnerReportsParts {
  readonly metrics: RunnerMetrics;
  readonly engineMetrics: EngineMetrics;
  readonly tracing: Pick<ActorTracing, "active" | "openServer">;
  readonly log: NodeLog;
  /** Name of the engine. */
  readonly engine: string;
  /** Returns how unwell the process is. */
  readonly healthScore: () => number;
  /** Returns how long its lease is valid still. */
  readonly leaseRemainingMs: () => number | undefined;
}

/** Reports what happens in a runner by metrics, spans and log lines. */
export class RunnerReports implements RunnerObserver {
  readonly #parts: RunnerReportsParts;
  #commands = 0;
  #actors = 0;
  #wasReady = false;

  constructor(parts: RunnerReportsParts) {
    this.#parts = parts;
  }

  statusChanged(runner: string, status: RunnerStatus): void {
    this.#parts.log(
      "debug",
      { event: "cluster.runner.status", runner_id: runner, status },
      "runner has changed",
    );
  }

  readinessChanged(runner: string, missing: readonly NotReadyReason[]): void {
    const fields = { event: "cluster.runner.ready", runner_id: runner, missing };
    const isReady = missing.length === 0;
    // While a runner joins, what is still missing is of no interest.
    const level = isReady || this.#wasReady ? "info" : "debug";
    this.#wasReady = isReady;
    this.#parts.log(level, fields, isReady ? "runner takes actors" : "runner takes no actors");
  }

  leaseChanged(_runner: string, isValid: boolean): void {
    const { metrics, healthScore, leaseRemainingMs } = this.#parts;
    if (isValid) metrics.joined(leaseRemainingMs, healthScore);
    else metrics.left();
  }

  heartbeatAcknowledged(durationMs: number): void {
    this.#parts.metrics.heartbeat(durationMs, undefined);
  }

  heartbeatFailed(durationMs: number, err: unknown): void {
    const { metrics, log } = this.#parts;
    const error = errorType(err);
    metrics.heartbeat(durationMs, error);
    const fields = {
      event: "cluster.runner.heartbeat_failed",
      duration_ms: Math.round(durationMs),
      error_type: error,
      err,
    };
    log("warn", fields, "heartbeat was not acknowledged");
  }

  fenced(runner: string, reason: FenceReason): void {
    this.#parts.metrics.fenced(LeaseKind.Runner, reason);
    const fields = { event: "cluster.runner.fenced", runner_id: runner, reason };
    this.#parts.log("error", fields, "runner has dropped its actors, since it may have lost them");
  }

  healthChanged(score: number, sign: HealthSign | undefined): void {
    const fields = { event: "cluster.runner.health", score, sign };
    this.#parts.log("debug", fields, "health of the runner has changed");
  }

  commandReceived(): void {
    this.#commands += 1;
    this.#parts.metrics.demultiplexerIs(this.#actors, this.#commands);
  }

  commandEnded(outcome: CommandOutcome, command: Command | undefined, ageMs: number): void {
    const { metrics, log } = this.#parts;
    this.#commands -= 1;
    metrics.demultiplexerIs(this.#actors, this.#commands);
    if (outcome === CommandOutcome.Applied) metrics.commandApplied(ageMs);
    else metrics.command(outcome);
    if (outcome === CommandOutcome.Dead) metrics.deadLettered(ClusterLog.Commands);
    const fields = {
      event: "cluster.command",
      outcome,
      command_id: command?.id,
      kind: command?.kind,
    };
    log("debug", fields, "command has an outcome");
  }

  commandRecovered({ id }: Command): void {
    const fields = { event: "cluster.command.recovered", command_id: id };
    this.#parts.log(
      "warn",
      fields,
      "command was taken from its placement, since its message is missing",
    );
  }

  /** The first delivery goes on in the trace of the decision; a further one begins a trace that links to it. */
  async carryOut(command: Command, attempt: number, work: () => Promise<void>): Promise<void> {
    const { tracing, engine } = this.#parts;
    if (!tracing.active) {
      await work();
      return;
    }
    const { parent, links } = originOf([command.traceparent], attempt);
    const { id, kind, checkpoint } = command;
    const span = tracing.openServer(
      `command ${kind}`,
      parent,
      links,
      {
        ...messagingAttributes(engine, ClusterLog.Commands),
        [Attribute.CommandId]: id,
        [Attribute.CommandKind]: kind,
        [Attribute.Generation]: checkpoint.generation,
        [Attribute.IsReplay]: attempt > 1,
      },
      SpanKind.CONSUMER,
    );
    try {
      await context.with(trace.setSpan(parent, span), work);
      endSpan(span);
    } catch (error) {
      endWithError(span, error);
      throw error;
    }
  }

  commandsActive(actors: number): void {
    this.#actors = actors;
    this.#parts.metrics.demultiplexerIs(actors, this.#commands);
  }

  eventCreated(kind: EventKind, reason: string | undefined): void {
    this.#parts.log("debug", { event: "cluster.event", kind, reason }, "event created");
  }

  eventsEnded(outcome: EventOutcome, count: number): void {
    switch (outcome) {
      case EventOutcome.Stored:
      case EventOutcome.Resent:
      case EventOutcome.Abandoned:
        this.#parts.metrics.events(outcome, count);
        return;
      case EventOutcome.Duplicate:
        this.#parts.metrics.events(EventOutcome.Stored, count); // by an earlier attempt
    }
  }

  eventsWaiting(count: number): void {
    this.#parts.metrics.outboxIs(count);
  }

  drained({ handedOff, stopped, abandoned, durationMs }: DrainReport): void {
    const { metrics, log } = this.#parts;
    metrics.drained(DrainOutcome.HandedOver, handedOff + stopped);
    metrics.drained(DrainOutcome.Abandoned, abandoned.length);
    const fields = {
      event: "cluster.drained",
      handed_off: handedOff,
      stopped,
      abandoned,
      duration_ms: Math.round(durationMs),
    };
    const isClean = abandoned.length === 0;
    log(isClean ? "info" : "warn", fields, "runner has handed over its actors");
  }

  writeResolved(resolution: WriteResolution): void {
    this.#parts.engineMetrics.resolved(resolution);
  }

  failed(what: string, err: unknown): void {
    const fields = { event: "cluster.runner.failed", what, error_type: errorType(err), err };
    this.#parts.log("warn", fields, what);
  }
}
