import {
  type Attributes,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
} from "@opentelemetry/api";
import type { Owner } from "../../activation/records/record-keys.ts";
import type { Clock } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import {
  type CallOutcome,
  CallSide,
  type RouteSource,
} from "../../telemetry/cluster-attributes.ts";
import { trace } from "../../telemetry/context/api.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import { endSpan, endWithError } from "../../telemetry/traces/guarded-spans.ts";
import { type TraceFields, traceFieldsOf } from "../calls/trace-fields.ts";
import { type CallMetrics, RPC_OK, RPC_SYSTEM } from "../telemetry/call-metrics.ts";
import type { Route } from "./route-cache.ts";

/** What {@link CallTelemetry} works with. */
export interface CallTelemetryParts {
  readonly clock: Clock;
  readonly metrics: CallMetrics;
  readonly tracing: Pick<ActorTracing, "active" | "openServer">;
}

/** What is reported of a message to another process. */
export interface ReportedCall {
  readonly owner: Owner;
  readonly message: {
    readonly kind: "ask" | "tell";
    readonly name: string;
    readonly queued?: { readonly queue: string } | undefined;
    readonly context: Context;
    readonly span: Span | undefined;
  };
  /** How often it was not handled where it was sent. */
  readonly attempts: number;
  /** What is sent where it has no span. */
  readonly trace: TraceFields;
  /** When it began to look for its runner, on the monotonic clock. */
  startedMs: number;
  /** The span of all attempts. */
  callSpan: Span | undefined;
}

/**
 * Spans and metrics of messages to other processes. An ask has a CLIENT span, a child of its span in the caller; all
 * attempts are part of it. A tell has none: its handler is a child of its sender.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/ | conventions for RPC}
 */
export class CallTelemetry {
  readonly #parts: CallTelemetryParts;

  constructor(parts: CallTelemetryParts) {
    this.#parts = parts;
  }

  /** The runner of a message was found. */
  routed(source: RouteSource): void {
    this.#parts.metrics.routed(source);
  }

  /** A message begins to look for its runner. */
  began(outgoing: ReportedCall): void {
    outgoing.startedMs = this.#parts.clock.monotonicMs();
  }

  /** A message is sent to a runner. Returns the trace context to send with it. */
  sent(outgoing: ReportedCall, { runnerId, generation }: Route): TraceFields {
    const { metrics, tracing } = this.#parts;
    metrics.active[CallSide.Client].add(1);
    const { message, owner } = outgoing;
    if (message.kind !== "ask" || !tracing.active) return outgoing.trace;
    const attributes: Attributes = {
      [Attribute.RpcSystem]: RPC_SYSTEM,
      [Attribute.RpcMethod]: methodOf(outgoing),
      [Attribute.ActorType]: owner.type,
      [Attribute.RunnerId]: runnerId,
      [Attribute.Generation]: generation,
    };
    let span = outgoing.callSpan;
    if (span === undefined) {
      const { context, span: parent } = message;
      const base = parent === undefined ? context : trace.setSpan(context, parent);
      span = tracing.openServer(methodOf(outgoing), base, [], attributes, SpanKind.CLIENT);
      outgoing.callSpan = span;
    } else if (span.isRecording()) {
      span.setAttributes({ ...attributes, [Attribute.CallAttempts]: outgoing.attempts + 1 });
    }
    return traceFieldsOf(message.context ?? ROOT_CONTEXT, span);
  }

  /** An attempt is over. */
  attempted(outcome: CallOutcome): void {
    const { metrics } = this.#parts;
    metrics.active[CallSide.Client].add(-1);
    metrics.attempted(outcome);
  }

  /** A message has ended that was sent, or for which no runner was found. @param error `undefined` for a reply */
  ended(outgoing: ReportedCall, error: unknown): void {
    const { clock, metrics } = this.#parts;
    const code = error === undefined ? undefined : errorType(error);
    const durationMs = clock.monotonicMs() - outgoing.startedMs;
    metrics.ended(CallSide.Client, methodOf(outgoing), code, durationMs);
    const span = outgoing.callSpan;
    if (span === undefined) return;
    outgoing.callSpan = undefined;
    if (span.isRecording()) span.setAttribute(Attribute.RpcStatus, code ?? RPC_OK);
    if (error === undefined) endSpan(span);
    else endWithError(span, error);
  }

  /** No runner was found for a message that was not sent, or not handled. */
  lost(outgoing: ReportedCall, outcome: CallOutcome, error: unknown): void {
    this.#parts.metrics.attempted(outcome);
    this.ended(outgoing, error);
  }
}

function methodOf({ owner, message }: ReportedCall): string {
  return `${owner.type}/${message.queued?.queue ?? message.name}`;
}
