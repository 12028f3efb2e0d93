import type { IncomingMessage } from "node:http";
import {
  type Attributes,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
} from "@opentelemetry/api";
import { withSpan } from "../../telemetry.ts";
import type { Reply } from "./http-reply.ts";

/** Facts about a request that its span has before it is answered. */
export interface RequestFacts {
  readonly request: IncomingMessage;
  /** Path of the request, without the query. */
  readonly path: string;
  /** Route the path belongs to; `undefined` when no route matches. */
  readonly route: string | undefined;
  readonly address: string;
  readonly port: number;
}

/** Maximum length of a path on a span. The customer chooses the path, so its length is not bounded. */
const MAX_PATH = 200;

/** Methods allowed in a span's name. A customer can send others. */
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

/**
 * Runs `serve` in the request's server span, which continues the caller's trace if there is one.
 *
 * Everything caused by the request, in any number of actors, belongs to one trace.
 *
 * @see {@link https://opentelemetry.io/docs/specs/semconv/http/http-spans/ | HTTP server spans}
 */
export function inServerSpan(
  facts: RequestFacts,
  serve: (span: Span) => Promise<void>,
): Promise<void> {
  const { request, route } = facts;
  const method = knownMethod(request.method);
  const verb = method === "_OTHER" ? "HTTP" : method;
  return withSpan(route === undefined ? verb : `${verb} ${route}`, serve, {
    kind: SpanKind.SERVER,
    parent: propagation.extract(ROOT_CONTEXT, request.headers),
    attributes: requestAttributes(facts, method),
  });
}

function knownMethod(method = ""): string {
  return KNOWN_METHODS.has(method) ? method : "_OTHER";
}

function requestAttributes(facts: RequestFacts, method: string): Attributes {
  const { path, route, address, port } = facts;
  return {
    "http.request.method": method,
    "url.scheme": "http",
    "url.path": path.slice(0, MAX_PATH),
    "server.address": address,
    "server.port": port,
    ...(route === undefined ? {} : { "http.route": route }),
  };
}

/** Records the reply on the span. A client error is not an error of the server. */
export function noteReply(span: Span, { status, code }: Reply): void {
  span.setAttribute("http.response.status_code", status);
  if (status < 500) return;
  span.setAttribute("error.type", code ?? String(status));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Returns the headers that identify the trace of a response. */
export function traceHeaders(span: Span): Record<string, string> {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return {};
  const { traceId, spanId, traceFlags } = spanContext;
  const flags = traceFlags.toString(16).padStart(2, "0");
  return { "x-trace-id": traceId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}
