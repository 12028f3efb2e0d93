import type { Span } from "@opentelemetry/api";
import type { ActorCell } from "../actor/cell/cell.ts";
import { write } from "../actor/lifecycle/logging.ts";
import type { SystemRuntime } from "../actor/system/system-runtime.ts";
import { Attribute } from "../telemetry/attributes.ts";
import { runUnder } from "../telemetry/traces/actor-tracing.ts";
import type { Deadlock, MonitorWarning, StuckHandler } from "../wire/snapshot.ts";
import type { Subscriptions } from "./monitor-events.ts";
import type { MonitorMetrics } from "./monitor-metrics.ts";
import type { DeadlockListener } from "./waits/deadlocks.ts";
import type { StuckListener } from "./waits/stuck-handlers.ts";
import { spanOfHandler } from "./waits/wait-rows.ts";

/** Maximum number of links of a span; SDKs drop links above 128 silently. */
const MAX_LINKS = 128;

/** Reports the findings of the monitor to the log, to traces and metrics, and to listeners. */
export class Reports implements DeadlockListener, StuckListener {
  readonly #system: SystemRuntime;
  readonly #metrics: MonitorMetrics;
  readonly #subscriptions: Subscriptions;

  constructor(system: SystemRuntime, metrics: MonitorMetrics, subscriptions: Subscriptions) {
    this.#system = system;
    this.#metrics = metrics;
    this.#subscriptions = subscriptions;
  }

  formed(deadlock: Deadlock, causes: readonly Span[]): void {
    this.#metrics.deadlock(deadlock.kind);
    const attributes = { [Attribute.DeadlockKind]: deadlock.kind };
    const links = causes.slice(0, MAX_LINKS);
    this.#system.tracing.report("deadlock", links, attributes, () => this.#logDeadlock(deadlock));
    this.#subscriptions.tell("deadlock", deadlock);
  }

  resolved(deadlock: Deadlock): void {
    const { id, kind } = deadlock;
    const fields = { event: "actor.deadlock.resolved", deadlock_id: id, kind };
    write(this.#system.logger, "info", fields, "deadlock resolved");
    this.#subscriptions.tell("deadlockResolved", deadlock);
  }

  stuck(handler: StuckHandler, cell: ActorCell): void {
    const { id, type, busy, limitMs, cause, chain, text } = handler;
    const fields = {
      target_id: id,
      message_type: busy.messageType ?? undefined,
      phase: busy.phase,
      limit_ms: limitMs,
      cause,
      chain,
      detail: text,
    };
    const log = (): void =>
      this.#system.warn("actor.handler.stuck", type, fields, "handler is still running");
    const span = spanOfHandler(cell);
    if (span === undefined) log();
    else runUnder(span, log);
    this.#subscriptions.tell("stuck", handler);
  }

  unstuck(handler: StuckHandler): void {
    this.#subscriptions.tell("unstuck", handler);
  }

  warning(warning: MonitorWarning): void {
    const { kind, type, text, advice } = warning;
    const fields = { warning: kind, target_type: type ?? undefined, detail: text, advice };
    this.#system.warn("actor.warning", `${kind}|${type}`, fields, "monitor warning raised");
    this.#subscriptions.tell("warning", warning);
  }

  /** A permanent deadlock is an error. One that a time-out ends is a degraded condition with a log limit. */
  #logDeadlock({ id, kind, members, untilAtMs, blocked, text }: Deadlock): void {
    const fields = {
      deadlock_id: id,
      kind,
      members: members.map((member) => ({
        id: member.id,
        type: member.type,
        waits: member.waits.map(({ kind, targetId, messageType, traceId }) => ({
          kind,
          target_id: targetId,
          message_type: messageType ?? undefined,
          trace_id: traceId ?? undefined,
        })),
      })),
      permanent: untilAtMs === null,
      until: untilAtMs ?? undefined,
      blocked,
      detail: text,
    };
    const event = "actor.deadlock.detected";
    if (untilAtMs === null) {
      write(
        this.#system.logger,
        "error",
        { event, ...fields },
        "actors wait for each other for ever",
      );
      return;
    }
    const types = members.map(({ type }) => type).join();
    this.#system.warn(event, types, fields, "actors wait for each other until a timeout");
  }
}
