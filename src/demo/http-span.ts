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
import { withSpan } from "../telemetry.ts";
import type { Reply } from "./http-reply.ts";

/** What a request's span says before it is answered. */
export interface RequestFacts {
  readonly request: IncomingMessage;
  /** Path of the request, without the query. */
  readonly path: string;
  /** Route the path belongs to; `undefined` when it is none of ours. */
  readonly route: string | undefined;
  readonly address: string;
  readonly port: number;
}

/** Longest path that is put on a span: a path is the customer's, and may be as long as he likes. */
const MAX_PATH = 200;

/** Methods that may stand in a span's name; a customer can invent others. */
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
 * Runs `serve` in the request's server span, which continues the trace of the caller if there is one.
 * Whatever happens in there, in however many actors, is one trace.
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

/** Notes the answer on the span. What is the customer's own fault is no error of the server's. */
export function noteReply(span: Span, { status, code }: Reply): void {
  span.setAttribute("http.response.status_code", status);
  if (status < 500) return;
  span.setAttribute("error.type", code ?? String(status));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** Headers by which a person finds the trace of a response. */
export function traceHeaders(span: Span): Record<string, string> {
  const spanContext = span.spanContext();
  if (!isSpanContextValid(spanContext)) return {};
  const { traceId, spanId, traceFlags } = spanContext;
  const flags = traceFlags.toString(16).padStart(2, "0");
  return { "x-trace-id": traceId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}
