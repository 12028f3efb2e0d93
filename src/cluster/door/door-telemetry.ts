import { type Attributes, type Context, type Span, SpanStatusCode } from "@opentelemetry/api";
import type { RequestOrigin } from "../../activation/definition/caller.ts";
import { withOrigin } from "../../activation/definition/caller.ts";
import type { Clock } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { CallSide } from "../../telemetry/cluster-attributes.ts";
import { trace } from "../../telemetry/context/api.ts";
import type { ActorTracing } from "../../telemetry/traces/actor-tracing.ts";
import { endSpan } from "../../telemetry/traces/guarded-spans.ts";
import { CallKind, type CallRequest } from "../calls/call-message.ts";
import { contextFrom } from "../calls/trace-fields.ts";
import { type CallMetrics, RPC_SYSTEM } from "../telemetry/call-metrics.ts";

/** The span under which a call from another process is handled. */
export interface CallSpan {
  /** Has the span, and where the request from outside comes from. */
  readonly context: Context;
  /** @param error `undefined` for a reply */
  end(error: unknown): void;
}

/** What {@link DoorTelemetry} works with. */
export interface DoorTelemetryParts {
  readonly clock: Clock;
  readonly tracing: Pick<ActorTracing, "active" | "openServer">;
  readonly metrics: CallMetrics;
  /** Called with a constant name for a message that was dropped. */
  readonly onLost: (reason: string) => void;
  /** Called for a call that was refused. */
  readonly onRefused: (error: unknown) => void;
}

/**
 * Spans and metrics of calls from other processes. The trace of the sender goes on: the SERVER span is a child of its
 * CLIENT span. A tell has no span of its own: its handler is a child of its sender.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/ | conventions for RPC}
 */
export class DoorTelemetry {
  readonly #parts: DoorTelemetryParts;

  constructor(parts: DoorTelemetryParts) {
    this.#parts = parts;
  }

  /** @param runnerId the runner that this process is */
  open(request: CallRequest, runnerId: string | undefined): CallSpan {
    const { metrics, tracing } = this.#parts;
    const { owner, name, kind, trace: fields, origin } = request;
    const method = `${owner.type}/${name}`;
    const sent = contextFrom(fields);
    const parent = origin === undefined ? sent : withOrigin(sent, origin as RequestOrigin);
    const isSpanless = kind === CallKind.Tell || !tracing.active;
    const span = isSpanless
      ? undefined
      : tracing.openServer(method, parent, [], attributesOf(request, method, runnerId));
    metrics.active[CallSide.Server].add(1);
    const context = span === undefined ? parent : trace.setSpan(parent, span);
    return new OpenCall(this.#parts, method, context, span);
  }

  lost(reason: string): void {
    this.#parts.onLost(reason);
  }

  refused(error: unknown): void {
    this.#parts.onRefused(error);
  }
}

/** Not closures: there is one for each call. */
class OpenCall implements CallSpan {
  readonly context: Context;
  readonly #parts: Pick<DoorTelemetryParts, "clock" | "metrics">;
  readonly #method: string;
  readonly #span: Span | undefined;
  readonly #startedMs: number;

  constructor(
    parts: Pick<DoorTelemetryParts, "clock" | "metrics">,
    method: string,
    context: Context,
    span: Span | undefined,
  ) {
    this.#parts = parts;
    this.#method = method;
    this.context = context;
    this.#span = span;
    this.#startedMs = parts.clock.monotonicMs();
  }

  end(error: unknown): void {
    const { clock, metrics } = this.#parts;
    const code = error === undefined ? undefined : errorType(error);
    metrics.active[CallSide.Server].add(-1);
    metrics.ended(CallSide.Server, this.#method, code, clock.monotonicMs() - this.#startedMs);
    const span = this.#span;
    if (span?.isRecording() !== true) return;
    if (code !== undefined) {
      span.setAttribute(Attribute.ErrorType, code);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    endSpan(span);
  }
}

function attributesOf(
  { owner, generation, senderId }: CallRequest,
  method: string,
  runnerId: string | undefined,
): Attributes {
  const attributes: Attributes = {
    [Attribute.RpcSystem]: RPC_SYSTEM,
    [Attribute.RpcMethod]: method,
    [Attribute.ActorType]: owner.type,
    [Attribute.Generation]: generation,
  };
  if (runnerId !== undefined) attributes[Attribute.RunnerId] = runnerId;
  if (senderId !== undefined) attributes[Attribute.SenderId] = senderId;
  return attributes;
}
