import { LimelightError, UsageError } from "../../base/errors.ts";
import { isInstance } from "../../base/foreign-value.ts";
import type { HostGuard } from "../../http/host-guard.ts";
import { Refusal } from "../../http/refusal.ts";
import type { GatewayHost } from "../../monitor/system-access.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import { context } from "../../telemetry/context/api.ts";
import { Transport } from "../../telemetry/gateway-attributes.ts";
import type { LevelPoint } from "../../telemetry/metrics/points.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import { GATEWAY_PROBLEMS } from "../call/gateway-code.ts";
import type { InFlight } from "../call/in-flight.ts";
import type { Failure } from "../call/outside-request.ts";
import type { GatewaySettings } from "../gateway-options.ts";
import type { StreamEnd } from "../raw/answer-stream.ts";
import type { HttpPoints } from "../trace/http-points.ts";
import { isRequestId, RequestIds } from "../trace/request-id.ts";
import type { RequestLog } from "../trace/request-log.ts";
import { endRequestSpan, knownMethod, openRequestSpan } from "../trace/server-span.ts";
import { traceResponseOf } from "../trace/trace-response.ts";
import { clientAddressOf } from "./client-address.ts";
import { corsHeaders } from "./cors.ts";
import type { Exchange, HttpAnswer } from "./exchange.ts";
import { failureReply, type Reply, toAnswer } from "./http-answer.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { Operations } from "./operations.ts";
import type { RequestRouter } from "./request-router.ts";
import { findRoute, type Route } from "./routes.ts";
import { splitTarget, TargetFault } from "./target.ts";

/** Parts of an {@link HttpHandler}. */
export interface HttpHandlerParts {
  readonly settings: GatewaySettings;
  readonly host: GatewayHost;
  readonly guard: HostGuard;
  readonly operations: Operations;
  readonly router: RequestRouter;
  readonly inFlight: InFlight;
  readonly points: HttpPoints;
  readonly log: RequestLog;
}

/** How an answer went out. */
interface Sent {
  readonly bytes: number;
  /** Whether the client went away before it was complete. */
  readonly isGone: boolean;
  /** Why it was cut off, if it was. */
  readonly errorType?: string | undefined;
}

/** Code of a request whose client went away before it was answered. */
const GONE = "ERR_ABORTED";
const SERVER_ERROR = 500;
/** To a client that went away before its request was looked at: it is not sent. */
const UNREAD: Reply = { status: 499, body: undefined };
const INTERNAL: Failure = {
  status: SERVER_ERROR,
  code: "ERR_INTERNAL",
  message: "something went wrong; the log has the error under the request id",
  outcome: CallOutcome.Failed,
};

/**
 * Answers HTTP requests, whatever server they came by: finds the route, opens the span, has the request answered, and
 * reports how it went.
 */
export class HttpHandler {
  readonly #parts: HttpHandlerParts;
  readonly #ids = new RequestIds();

  constructor(parts: HttpHandlerParts) {
    this.#parts = parts;
  }

  /** Returns the answer to a request. Never rejects. */
  async handle(exchange: Exchange): Promise<HttpAnswer> {
    const incoming = this.#receive(exchange);
    const isOwn = !incoming.span.isForeign;
    const { points } = this.#parts;
    const active = isOwn ? points.began(knownMethod(exchange.method), exchange.scheme) : undefined;
    let reply: Reply;
    try {
      // Of a connection that has ended nothing is known any more, such as the port that it came to.
      reply = exchange.isGone
        ? UNREAD
        : await context.with(incoming.span.context, () => this.#parts.router.reply(incoming));
    } catch (error) {
      reply = this.#toReply(incoming, error);
    }
    const cors = corsHeaders(exchange, this.#parts.guard);
    const answer = toAnswer(reply, { ...incoming, cors, isLast: this.#parts.inFlight.isDraining });
    const { stream } = reply;
    if (stream === undefined) {
      const isSent = answer.body !== undefined && exchange.method !== "HEAD";
      const bytes = isSent && !exchange.isGone ? Buffer.byteLength(answer.body) : 0;
      this.#report(incoming, reply, { bytes, isGone: exchange.isGone }, active);
      return answer;
    }
    const ended = (bytes: number, end: StreamEnd): void => {
      const errorType = end.kind === "failed" ? this.#failed(incoming, end.error) : undefined;
      this.#report(incoming, reply, { bytes, isGone: end.kind === "gone", errorType }, active);
    };
    return { ...answer, stream: { body: stream, ended } };
  }

  #receive(exchange: Exchange): IncomingRequest {
    const { settings, host, operations } = this.#parts;
    const target = splitTarget(exchange.target, settings.basePath);
    const route = typeof target === "string" ? undefined : findRoute(target.segments, operations);
    const given = exchange.header("x-request-id");
    const requestId = isRequestId(given) ? given : this.#ids.next();
    const template = this.#templateOf(route);
    const span = openRequestSpan(
      host.tracing,
      settings.incomingTraces,
      {
        method: exchange.method,
        route: template,
        path: pathOf(exchange.target),
        scheme: exchange.scheme,
        host: exchange.site.host,
        requestId,
      },
      (name) => exchange.header(name),
    );
    return {
      exchange,
      requestId,
      startedMs: host.clock.monotonicMs(),
      isProper: target !== TargetFault.Malformed,
      route,
      template,
      query: typeof target === "string" ? undefined : target.query,
      span,
      trace: traceResponseOf(span.spanContext),
      address: clientAddressOf(settings, this.#parts.log, exchange),
      caller: undefined,
      isCounted: false,
    };
  }

  #templateOf(route: Route | undefined): string | undefined {
    return route === undefined ? undefined : this.#parts.settings.basePath + route.template;
  }

  #toReply(incoming: IncomingRequest, error: unknown): Reply {
    if (!isInstance(error, Refusal)) {
      this.#parts.log.internal(error, incoming.requestId, incoming.template);
      return failureReply(INTERNAL, incoming);
    }
    const { status, code, message } = GATEWAY_PROBLEMS.describe(error);
    const failure = { status, code, message, outcome: CallOutcome.NotHandled };
    return failureReply(failure, incoming, Object.entries(error.headers).flat());
  }

  /** Returns what the telemetry says of a body that has failed while it was sent. */
  #failed({ requestId, template }: IncomingRequest, error: unknown): string {
    const isWrong = isInstance(error, UsageError);
    if (!isWrong && isInstance(error, LimelightError)) return error.code; // the actor has ended
    this.#parts.log.internal(error, requestId, template);
    return INTERNAL.code;
  }

  #report(
    incoming: IncomingRequest,
    { failure, status }: Reply,
    sent: Sent,
    active: LevelPoint | undefined,
  ): void {
    const { points, inFlight, host, log, settings } = this.#parts;
    const { exchange, span, template, requestId, caller } = incoming;
    const { isGone, bytes: responseBytes } = sent;
    const durationMs = host.clock.monotonicMs() - incoming.startedMs;
    const errorType = isGone
      ? GONE
      : status >= SERVER_ERROR
        ? (failure?.code ?? `${status}`)
        : sent.errorType;
    const sentStatus = isGone ? undefined : status;
    const method = knownMethod(exchange.method);
    if (incoming.isCounted) inFlight.end(!isGone);
    points.moved(exchange.bodyBytes, responseBytes);
    if (active !== undefined) {
      active.add(-1);
      points.answered({
        method,
        route: template,
        scheme: exchange.scheme,
        protocolVersion: exchange.protocolVersion,
        status: sentStatus,
        errorType,
        durationMs,
        requestBytes: exchange.bodyBytes,
        responseBytes,
      });
    }
    const callerId = settings.logCallers ? caller?.id : undefined;
    if (callerId !== undefined) span.span?.setAttribute(Attribute.EndUserId, callerId);
    context.with(span.context, () => {
      const line = {
        requestId,
        method,
        route: template,
        status,
        failure,
        durationMs,
        responseBytes,
      };
      log.answered({ ...line, callerId });
      if (failure?.outcome !== CallOutcome.NotHandled) return;
      points.refused(failure.code, Transport.Http);
      log.refused(failure.code, { request_id: requestId, method, route: template, status });
    });
    endRequestSpan(span, sentStatus, errorType);
  }
}

function pathOf(target: string): string {
  const at = target.indexOf("?");
  return at === -1 ? target : target.slice(0, at);
}
