import { ErrorCode, UsageError } from "../base/errors.ts";
import type { Health } from "../health/create-health.ts";
import type { GuardedServer } from "../http/guarded-server.ts";
import { HostGuard, HostMatch } from "../http/host-guard.ts";
import { isLoopback } from "../http/host-names.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { type GatewayHost, gatewayHostOf, isMonitoredSystem } from "../monitor/system-access.ts";
import { AddressWindows } from "./call/address-windows.ts";
import { Authenticator } from "./call/authenticate.ts";
import { InFlight } from "./call/in-flight.ts";
import type { OutsideCalls } from "./call/outside-request.ts";
import { ExposedTypes } from "./expose/exposed-types.ts";
import { requireAuthIfExposed } from "./exposure.ts";
import { createProbes, replyToProbe } from "./gateway-checks.ts";
import { type Gateway, OpenGateway } from "./gateway-facade.ts";
import { changedLimits } from "./gateway-limits.ts";
import { type GatewayOptions, type GatewaySettings, settleGateway } from "./gateway-options.ts";
import { openGatewayServer } from "./gateway-server.ts";
import { CallRoute } from "./http/call-route.ts";
import { HttpHandler } from "./http/http-handler.ts";
import { metadataText } from "./http/metadata.ts";
import { openApiDocument } from "./http/openapi.ts";
import { Operations } from "./http/operations.ts";
import { RequestRouter } from "./http/request-router.ts";
import { HttpPoints } from "./trace/http-points.ts";
import { IncomingTraces } from "./trace/incoming-trace.ts";
import { RequestLog } from "./trace/request-log.ts";

const SECOND_MS = 1_000;

/**
 * Opens a gateway with `calls` as the way to actors.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_GATEWAY_EXPOSED`
 * @throws {@link LimelightError} `ERR_GATEWAY_PORT`
 */
export async function openGateway(
  system: MonitoredSystem,
  options: GatewayOptions,
  callsOf: (exposed: ExposedTypes, settings: GatewaySettings) => OutsideCalls,
): Promise<Gateway> {
  if (!isMonitoredSystem(system)) {
    throw new UsageError("a gateway needs a system that `createSystem` has returned", {
      code: ErrorCode.InvalidOption,
    });
  }
  const settings = settleGateway(options);
  requireAuthIfExposed(settings);
  const exposed = new ExposedTypes(options.actors);
  const host = gatewayHostOf(system);
  const inFlight = new InFlight(settings.limits.requests);
  const health = createProbes(system, host, settings, inFlight);
  const points = new HttpPoints(host.book);
  const log = new RequestLog(host);
  const calls = callsOf(exposed, settings);
  const handler = createHandler({ settings, exposed, host, inFlight, health, points, log, calls });
  const { port } = settings;
  const server =
    port === undefined
      ? undefined
      : await openGatewayServer({ settings, handler, points, log }, port);
  announce(host, settings, server);
  return new OpenGateway({ settings, host, inFlight, health, handler, server }).facade();
}

interface HandlerParts {
  readonly settings: GatewaySettings;
  readonly exposed: ExposedTypes;
  readonly host: GatewayHost;
  readonly inFlight: InFlight;
  readonly health: Health;
  readonly points: HttpPoints;
  readonly log: RequestLog;
  readonly calls: OutsideCalls;
}

function createHandler(parts: HandlerParts): HttpHandler {
  const { settings, exposed, host, inFlight, health, points, log, calls } = parts;
  const { limits, basePath, auth } = settings;
  const { clock } = host;
  const guard = new HostGuard({
    host: isLoopback(settings.host) ? settings.host : "localhost",
    match: settings.port === undefined ? HostMatch.Name : HostMatch.Exact,
    allowedHosts: settings.allowedHosts,
    allowedOrigins: settings.allowedOrigins,
    advice: "`allowedHosts` names further ones",
  });
  const authenticator = new Authenticator({
    auth,
    clock,
    timeoutMs: limits.authTimeoutMs,
    failuresPerMinute: limits.authFailuresPerMinute,
    onFault: (error) => log.authFailed(error),
  });
  const operations = new Operations(exposed);
  const types = Array.from(exposed, ({ type }) => type);
  let document: string | undefined;
  const router = new RequestRouter({
    guard,
    limits,
    clock,
    inFlight,
    authenticator,
    points,
    rate: limits.requestsPerSecond === undefined ? undefined : new AddressWindows(clock, SECOND_MS),
    calls: new CallRoute({ calls, limits, clock }),
    probe: (name, query) => replyToProbe(health, name, query),
    metadata: (isKnown) => metadataText(types, limits, isKnown),
    document: () => {
      const needsToken = authenticator.isRequired;
      document ??= JSON.stringify(openApiDocument({ operations, basePath, needsToken }));
      return document;
    },
  });
  return new HttpHandler({ settings, host, guard, operations, router, inFlight, points, log });
}

function announce(
  host: GatewayHost,
  { auth, host: bound, allowedHosts, allowedOrigins, incomingTraces, limits }: GatewaySettings,
  server: GuardedServer | undefined,
): void {
  const kinds = { undefined: "loopback", string: "anyone", function: "function", object: "tokens" };
  const fields = {
    event: "gateway.listening",
    url: server?.origin,
    auth: kinds[typeof auth as keyof typeof kinds],
    allowed_hosts: allowedHosts,
    allowed_origins: allowedOrigins,
    limits: changedLimits(limits),
  };
  host.log("info", fields, "gateway listening");
  const isOpen = !isLoopback(bound) || allowedHosts.length > 0;
  if (auth === "anyone" && isOpen && incomingTraces === IncomingTraces.Continue) {
    const text = "anyone can have traces recorded; set incomingTraces to link or ignore";
    host.warn("gateway.open_traces", "", {}, text);
  }
}
