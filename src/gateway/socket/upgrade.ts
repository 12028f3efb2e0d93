import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { isInstance } from "../../base/foreign-value.ts";
import type { HostGuard } from "../../http/host-guard.ts";
import { HttpCode, type ProblemAnswer, Refusal } from "../../http/refusal.ts";
import { securityHeaders } from "../../http/security-headers.ts";
import { bearerOf } from "../../http/token.ts";
import { writeRaw } from "../../http/unparsed-refusal.ts";
import type { GatewayHost } from "../../monitor/system-access.ts";
import { context } from "../../telemetry/context/api.ts";
import { Transport } from "../../telemetry/gateway-attributes.ts";
import { CallOutcome } from "../../wire/gateway-frames.ts";
import { GATEWAY_PROBLEMS, GatewayCode } from "../call/gateway-code.ts";
import type { InFlight } from "../call/in-flight.ts";
import type { GatewaySettings } from "../gateway-options.ts";
import { failureReply } from "../http/http-answer.ts";
import { NodeHead } from "../http/node-head.ts";
import type { HttpPoints } from "../trace/http-points.ts";
import type { RequestIds } from "../trace/request-id.ts";
import type { RequestLog } from "../trace/request-log.ts";
import { endRequestSpan, openRequestSpan, type RequestSpan } from "../trace/server-span.ts";
import type { Sockets } from "./sockets.ts";

/** Parts of {@link Upgrades}. */
export interface UpgradesParts {
  readonly settings: GatewaySettings;
  readonly host: GatewayHost;
  readonly guard: HostGuard;
  readonly inFlight: InFlight;
  readonly httpPoints: HttpPoints;
  readonly log: RequestLog;
  readonly ids: RequestIds;
  readonly sockets: Sockets;
  readonly addressOf: (exchange: NodeHead) => string;
}

const PATH = "/connect";
const SWITCHING = 101;

/** Checks handshakes of WebSockets. A page of another site learns nothing; everything else is answered on the socket. */
export class Upgrades {
  readonly #parts: UpgradesParts;

  constructor(parts: UpgradesParts) {
    this.#parts = parts;
  }

  /** Whether a request asks for a socket of this gateway. */
  isOwn(request: IncomingMessage): boolean {
    const [path] = (request.url ?? "").split("?", 1);
    return path === this.#parts.settings.basePath + PATH && asksForWebSocket(request);
  }

  /** Refuses what asks for another socket, or for another protocol. */
  refuse(request: IncomingMessage, socket: Duplex): void {
    const refusal = asksForWebSocket(request)
      ? new Refusal(HttpCode.NotFound, "there is nothing here")
      : new Refusal(HttpCode.BadRequest, "this protocol is not served; leave out Upgrade");
    socket.on("error", () => {}); // a client that has disconnected
    refuse(socket, refusal, this.#parts.ids.next());
  }

  /** Accepts a handshake of its own, or refuses it. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {}); // a client that has disconnected
    const requestId = this.#parts.ids.next();
    context.with(ROOT_CONTEXT, () => {
      try {
        this.#accept(requestId, request, socket, head);
      } catch (error) {
        refuse(socket, error, requestId);
      }
    });
  }

  /** @throws {@link Refusal} */
  #accept(requestId: string, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { settings, host, httpPoints, log, sockets, addressOf } = this.#parts;
    const exchange = new NodeHead(request);
    const route = settings.basePath + PATH;
    const startedMs = host.clock.monotonicMs();
    const span = openRequestSpan(
      host.tracing,
      settings.incomingTraces,
      {
        method: exchange.method,
        route,
        path: route,
        scheme: exchange.scheme,
        host: exchange.site.host,
        requestId,
      },
      (name) => exchange.header(name),
    );
    try {
      this.#require(exchange);
      const handshake = {
        address: addressOf(exchange),
        token: bearerOf({ authorization: exchange.header("authorization") }),
        headers: () => exchange.headers(),
      };
      sockets.accept({ request, socket, head }, handshake, span.spanContext);
      this.#report(exchange, span, SWITCHING, startedMs);
    } catch (error) {
      const refusal = isInstance(error, Refusal) ? error : undefined;
      const { status, code } = describe(error);
      if (refusal === undefined) log.internal(error, requestId, route);
      else {
        httpPoints.refused(code, Transport.WebSocket);
        log.refused(code, { request_id: requestId, method: exchange.method, route, status });
      }
      this.#report(exchange, span, status, startedMs);
      throw error;
    }
  }

  #require(exchange: NodeHead): void {
    const { settings, guard, inFlight } = this.#parts;
    const { headers } = settings.limits;
    if (exchange.headerCount > headers) {
      throw new Refusal(HttpCode.HeadersTooLarge, `a request has at most ${headers} headers`);
    }
    if (exchange.authorizations > 1) {
      throw new Refusal(HttpCode.BadRequest, "a request has one Authorization header");
    }
    guard.requireOwnSite(exchange.site, exchange.localPort);
    if (exchange.method !== "GET") throw new Refusal(HttpCode.Method, "this takes GET");
    if (inFlight.isDraining) {
      throw new Refusal(GatewayCode.Draining, "the gateway stops", {
        headers: { "Retry-After": "1" },
      });
    }
  }

  #report(exchange: NodeHead, span: RequestSpan, status: number, startedMs: number): void {
    const { host, settings, httpPoints } = this.#parts;
    const route = settings.basePath + PATH;
    if (!span.isForeign) {
      httpPoints.answered({
        method: exchange.method,
        route,
        scheme: exchange.scheme,
        protocolVersion: exchange.protocolVersion,
        status,
        errorType: undefined,
        durationMs: host.clock.monotonicMs() - startedMs,
        requestBytes: 0,
        responseBytes: 0,
      });
    }
    endRequestSpan(span, status, undefined);
  }
}

function asksForWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === "websocket";
}

function describe(error: unknown): ProblemAnswer {
  const refusal = isInstance(error, Refusal)
    ? error
    : new Refusal(HttpCode.Internal, "something went wrong; see the log");
  return GATEWAY_PROBLEMS.describe(refusal);
}

function refuse(socket: Duplex, error: unknown, requestId: string): void {
  const { status, code, message } = describe(error);
  const failure = { status, code, message, outcome: CallOutcome.NotHandled };
  const { body = "" } = failureReply(failure, { requestId, trace: undefined });
  const own = isInstance(error, Refusal) ? error.headers : {};
  const type = "application/json; charset=utf-8";
  const headers = { ...securityHeaders(), "X-Request-Id": requestId, ...own };
  writeRaw(socket, status, headers, { type, body });
  socket.end();
}
