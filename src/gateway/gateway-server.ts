import { ErrorCode, LimelightError } from "../base/errors.ts";
import { isInstance } from "../base/foreign-value.ts";
import type { Content } from "../http/answers.ts";
import { GuardedServer } from "../http/guarded-server.ts";
import { PortError } from "../http/port-error.ts";
import type { ProblemAnswer } from "../http/refusal.ts";
import { securityHeaders } from "../http/security-headers.ts";
import { Transport } from "../telemetry/gateway-attributes.ts";
import { CallOutcome } from "../wire/gateway-frames.ts";
import { GATEWAY_PROBLEMS } from "./call/gateway-code.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import { failureReply } from "./http/http-answer.ts";
import type { HttpHandler } from "./http/http-handler.ts";
import { isStreamed, NodeExchange } from "./http/node-exchange.ts";
import type { Upgrades } from "./socket/upgrade.ts";
import type { HttpPoints } from "./trace/http-points.ts";
import { RequestIds } from "./trace/request-id.ts";
import type { RequestLog } from "./trace/request-log.ts";

const HEADERS_TIMEOUT_MS = 5_000;
/** Above the 60 s of common load balancers, which must be the ones to close idle connections. */
const KEEP_ALIVE_MS = 65_000;
/** A client cannot know whether a request that is in transit when its connection closes was handled. */
const GRACE_MS = 250;

/** What the server of a gateway needs. */
export interface GatewayServerParts {
  readonly settings: GatewaySettings;
  readonly handler: HttpHandler;
  readonly points: HttpPoints;
  readonly log: RequestLog;
  readonly upgrades: Upgrades;
}

/**
 * Starts the server of a gateway.
 *
 * @throws {@link LimelightError} `ERR_GATEWAY_PORT`
 */
export async function openGatewayServer(
  { settings, handler, points, log, upgrades }: GatewayServerParts,
  port: number,
): Promise<GuardedServer> {
  const { host, tls, limits } = settings;
  const ids = new RequestIds();
  const server = new GuardedServer(
    {
      host,
      port,
      tls,
      limits: {
        maxHeaderBytes: limits.headerBytes,
        headersTimeoutMs: Math.min(HEADERS_TIMEOUT_MS, limits.requestTimeoutMs),
        requestTimeoutMs: limits.requestTimeoutMs,
        keepAliveMs: KEEP_ALIVE_MS,
        graceMs: GRACE_MS,
        maxConnections: limits.requests + limits.sockets,
      },
      keepsProcess: true,
      headers: securityHeaders(),
      problems: GATEWAY_PROBLEMS,
      refusalContent: (answer) => refusalContent(answer, ids.next(), points, log),
      onFault: (error) => log.internal(error, "", undefined),
      isBegun: isStreamed,
      isUpgrade: (request) => upgrades.isOwn(request),
      onUpgrade: (request, socket, head) => upgrades.take(request, socket, head),
    },
    async (request, response) => {
      const exchange = new NodeExchange(request, response);
      exchange.send(await handler.handle(exchange));
    },
  );
  await listen(server);
  return server;
}

async function listen(server: GuardedServer): Promise<void> {
  try {
    await server.listen();
  } catch (cause) {
    if (!isInstance(cause, PortError)) throw cause;
    const advice = cause.concernsHost
      ? "`host` must be an address of this machine"
      : "port 0 takes any that is free";
    throw new LimelightError(`${cause.message}; ${advice}`, {
      code: ErrorCode.GatewayPort,
      cause,
    });
  }
}

/** Returns the body of an answer to what was no request. It is counted, but has neither span nor duration. */
function refusalContent(
  { status, code, message }: ProblemAnswer,
  requestId: string,
  points: HttpPoints,
  log: RequestLog,
): Content {
  points.refused(code, Transport.Http);
  log.refused(code, { request_id: requestId, status });
  const failure = { status, code, message, outcome: CallOutcome.NotHandled };
  const { body = "" } = failureReply(failure, { requestId, trace: undefined });
  return { type: "application/json; charset=utf-8", body };
}
