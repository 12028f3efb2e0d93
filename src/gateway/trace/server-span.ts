import {
  type Attributes,
  type Context,
  createContextKey,
  isSpanContextValid,
  type Span,
  type SpanContext,
  SpanStatusCode,
} from "@opentelemetry/api";
import type { GatewayHost } from "../../monitor/system-access.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { context, trace } from "../../telemetry/context/api.ts";
import { endSpan } from "../../telemetry/traces/guarded-spans.ts";
import { type IncomingTraces, traceStartOf } from "./incoming-trace.ts";

/** Facts about a request that its span has before it is answered. */
export interface SpanFacts {
  /** As it came. */
  readonly method: string;
  /** Template of the route; `undefined` if there is none. */
  readonly route: string | undefined;
  /** Path without query. */
  readonly path: string;
  readonly scheme: string;
  /** The `Host` header. */
  readonly host: string | undefined;
  readonly requestId: string;
}

/** The span under which a request is answered. */
export interface RequestSpan {
  readonly span: Span | undefined;
  /** Has the span, and baggage from outside. */
  readonly context: Context;
  readonly spanContext: SpanContext | undefined;
  /** Whether another server made the span, which ends it. */
  readonly isForeign: boolean;
}

const KNOWN_METHODS: ReadonlySet<string> = new Set([
  "CONNECT",
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PATCH",
  "POST",
  "PUT",
  "TRACE",
]);
const OTHER = "_OTHER";
/** The client chooses paths, hosts and methods, so their length is not bounded. */
const MAX_TEXT = 200;

/** Returns a method for names and metrics, of which there is a fixed number. */
export function knownMethod(method: string): string {
  return KNOWN_METHODS.has(method) ? method : OTHER;
}

/**
 * Opens the span of a request. Under an instrumented server its span is used: a request has one SERVER span.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/http/http-spans/ | HTTP server spans}
 */
export function openRequestSpan(
  tracing: GatewayHost["tracing"],
  mode: IncomingTraces,
  facts: SpanFacts,
  header: (name: string) => string | undefined,
): RequestSpan {
  const active = context.active();
  const foreign = foreignSpan(active, facts.route);
  if (foreign !== undefined) {
    if (foreign.isRecording()) {
      if (facts.route !== undefined) foreign.setAttribute(Attribute.HttpRoute, facts.route);
      foreign.setAttribute(Attribute.RequestId, facts.requestId);
    }
    const spanContext = foreign.spanContext();
    return { span: foreign, context: active, spanContext, isForeign: true };
  }
  const { parent, links } = traceStartOf(mode, header);
  if (!tracing.active) {
    const given = trace.getSpanContext(parent);
    return { span: undefined, context: parent, spanContext: given, isForeign: false };
  }
  const method = knownMethod(facts.method);
  const verb = method === OTHER ? "HTTP" : method;
  const name = facts.route === undefined ? verb : `${verb} ${facts.route}`;
  const span = tracing.openServer(name, parent, [...links], attributesOf(facts, method));
  return {
    span,
    context: trace.setSpan(parent, span),
    spanContext: span.spanContext(),
    isForeign: false,
  };
}

/** Ends the span of a request, unless another server does. A client error is no error of the server. */
export function endRequestSpan(
  { span, isForeign }: RequestSpan,
  status: number | undefined,
  errorType: string | undefined,
): void {
  if (span === undefined || isForeign) return;
  if (span.isRecording()) {
    if (status !== undefined) span.setAttribute(Attribute.HttpStatus, status);
    if (errorType !== undefined) {
      span.setAttribute(Attribute.ErrorType, errorType);
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    endSpan(span);
  }
}

/** Where instrumentation of HTTP servers keeps the span of a request for those that know its route. */
const RPC_METADATA_KEY = createContextKey("OpenTelemetry SDK Context Key RPC_METADATA");

/** What is kept there. */
interface RpcMetadata {
  readonly type: string;
  readonly span: Span;
  /** Becomes the `http.route` and a part of the name of the span when it ends. */
  route?: string;
}

/**
 * Returns the span of the server that a gateway is mounted in, and tells its instrumentation the route. The active span
 * may be that of a middleware.
 */
function foreignSpan(active: Context, route: string | undefined): Span | undefined {
  const metadata = active.getValue(RPC_METADATA_KEY) as RpcMetadata | undefined;
  if (metadata?.type === "http") {
    if (route !== undefined) metadata.route = route;
    return metadata.span;
  }
  const outer = spanOf(active);
  const around = outer?.spanContext();
  if (around === undefined || around.isRemote === true) return undefined;
  return isSpanContextValid(around) ? outer : undefined;
}

function attributesOf(facts: SpanFacts, method: string): Attributes {
  const { route, path, scheme, host = "", requestId } = facts;
  const [, name = "", port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  const attributes: Attributes = {
    [Attribute.HttpMethod]: method,
    [Attribute.UrlPath]: path.slice(0, MAX_TEXT),
    [Attribute.UrlScheme]: scheme,
    [Attribute.RequestId]: requestId,
  };
  if (route !== undefined) attributes[Attribute.HttpRoute] = route;
  if (method === OTHER) attributes[Attribute.HttpMethodOriginal] = facts.method.slice(0, MAX_TEXT);
  if (name !== "") attributes[Attribute.ServerAddress] = name.slice(0, MAX_TEXT);
  if (port !== undefined) attributes[Attribute.ServerPort] = Number(port);
  return attributes;
}
