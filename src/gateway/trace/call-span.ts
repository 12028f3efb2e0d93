import type { Attributes, Context, SpanContext } from "@opentelemetry/api";
import { type Span, SpanStatusCode } from "@opentelemetry/api";
import type { GatewayHost } from "../../monitor/system-access.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { trace } from "../../telemetry/context/api.ts";
import { endSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { MessageOrigin } from "../../wire/gateway-frames.ts";
import { type IncomingTraces, traceStartOf } from "./incoming-trace.ts";

/** Facts about a message of a socket that its span has before it is answered. */
export interface CallFacts {
  /** Type and name, such as `room/say`, if they are exposed; else `_OTHER`. */
  readonly method: string;
  /** What the client has named, if it is not exposed. */
  readonly original: string | undefined;
  readonly requestId: string;
  readonly connectionId: string | undefined;
  /** Of the span that the message belongs to besides its own trace. */
  readonly linked: SpanContext | undefined;
}

/** The span of a message. */
export interface CallSpan {
  readonly span: Span | undefined;
  /** Has the span. */
  readonly context: Context;
  /** Of the span; without one, of what the message came with. */
  readonly spanContext: SpanContext | undefined;
}

/** The client chooses names, so that their length is not bounded. */
const MAX_TEXT = 200;
const OTHER = "_OTHER";

/** Opens the span of a message. */
export function openCallSpan(
  tracing: GatewayHost["tracing"],
  mode: IncomingTraces,
  facts: CallFacts,
  { tp, ts }: MessageOrigin,
): CallSpan {
  const { parent, links } = traceStartOf(mode, (name) =>
    textOf(name === "traceparent" ? tp : name === "tracestate" ? ts : undefined),
  );
  if (!tracing.active) {
    return { span: undefined, context: parent, spanContext: trace.getSpanContext(parent) };
  }
  const all = facts.linked === undefined ? [...links] : [...links, { context: facts.linked }];
  const span = tracing.openServer(nameOf(facts), parent, all, attributesOf(facts));
  return { span, context: trace.setSpan(parent, span), spanContext: span.spanContext() };
}

/** Ends the span of a message. @param code of a failure */
export function endCallSpan({ span }: CallSpan, code: string | undefined): void {
  if (span?.isRecording() !== true) return;
  span.setAttribute(Attribute.RpcStatus, code ?? "OK");
  if (code !== undefined) {
    span.setAttribute(Attribute.ErrorType, code);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  endSpan(span);
}

function nameOf({ method }: CallFacts): string {
  return method === OTHER ? "limelight" : method;
}

function attributesOf({ method, original, requestId, connectionId }: CallFacts): Attributes {
  const attributes: Attributes = {
    [Attribute.RpcSystem]: "limelight",
    [Attribute.RpcMethod]: method,
    [Attribute.RequestId]: requestId,
  };
  if (original !== undefined) attributes[Attribute.RpcMethodOriginal] = original.slice(0, MAX_TEXT);
  if (connectionId !== undefined) attributes[Attribute.ConnectionId] = connectionId;
  return attributes;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
