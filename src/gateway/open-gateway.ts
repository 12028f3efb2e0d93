import { ErrorCode, LimelightError, UsageError } from "../base/errors.ts";
import type { Health } from "../health/create-health.ts";
import type { GuardedServer } from "../http/guarded-server.ts";
import { HostGuard, HostMatch } from "../http/host-guard.ts";
import { isLoopback } from "../http/host-names.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { type GatewayHost, gatewayHostOf, isMonitoredSystem } from "../monitor/system-access.ts";
import { AddressWindows } from "./call/address-windows.ts";
import { Authenticator } from "./call/authenticate.ts";
import { InFlight } from "./call/in-flight.ts";
import type { OutsideWays } from "./call/outside-open.ts";
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
import { RawRoute } from "./http/raw-route.ts";
import { RequestRouter } from "./http/request-router.ts";
import { openSockets, type SocketsParts } from "./open-sockets.ts";
import { NO_RAWS, type OutsideRaws } from "./raw/outside-raw.ts";
import { HttpPoints } from "./trace/http-points.ts";
import { IncomingTraces } from "./trace/incoming-trace.ts";
import { RequestLog } from "./trace/request-log.ts";

/** The ways from outside to actors. */
export interface GatewayWays extends OutsideWays {
  /** Default: no actor is sent requests. */
  readonly raws?: OutsideRaws;
}

const SECOND_MS = 1_000;

/**
 * Opens a gateway with `waysOf` as the ways to actors.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_GATEWAY_EXPOSED`
 * @throws {@link LimelightError} `ERR_GATEWAY_PORT`, `ERR_SYSTEM_STOPPED`
 */
export async function openGateway(
  system: MonitoredSystem,
  options: GatewayOptions,
  waysOf: (exposed: ExposedTypes, settings: GatewaySettings) => GatewayWays,
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
  requireOpen(host);
  const inFlight = new InFlight(settings.limits.requests);
  const httpCalls = new InFlight(Number.POSITIVE_INFINITY);
  const health = createProbes(system, host, settings, inFlight);
  const points = new HttpPoints(host.book);
  const log = new RequestLog(host);
  const calls = waysOf(exposed, settings);
  const guard = createGuard(settings);
  const authenticator = createAuthenticator(settings, host, log);
  const { raws = NO_RAWS } = calls;
  const parts = {
    raws,
    settings,
    exposed,
    host,
    inFlight,
    httpCalls,
    health,
    points,
    log,
    calls,
    guard,
    authenticator,
  };
  const handler = createHandler(parts);
  const { sockets, upgrades } = openSockets(parts);
  const { port } = settings;
  const server =
    port === undefined
      ? undefined
      : await openGatewayServer({ settings, handler, points, log, upgrades }, port);
  if (host.isEnding()) await server?.close(0);
  requireOpen(host);
  announce(host, settings, server);
  const rest = { sockets, upgrades, server, log };
  return new OpenGateway({
    settings,
    host,
    inFlight,
    httpCalls,
    health,
    handler,
    ...rest,
  }).facade();
}

/** The shutdown of a system closes the gateways that it has by then, and no later ones. */
function requireOpen({ name, isEnding }: GatewayHost): void {
  if (!isEnding()) return;
  throw new LimelightError(`system ${name} is shut down, and opens no gateway`, {
    code: ErrorCode.SystemStopped,
  });
}

interface HandlerParts extends SocketsParts {
  readonly httpCalls: InFlight;
  readonly health: Health;
  readonly raws: OutsideRaws;
}

function createGuard({ host, port, allowedHosts, allowedOrigins }: GatewaySettings): HostGuard {
  return new HostGuard({
    host: isLoopback(host) ? host : "localhost",
    match: port === undefined ? HostMatch.Name : HostMatch.Exact,
    allowedHosts,
    allowedOrigins,
    advice: "`allowedHosts` names further ones",
  });
}

/** @throws {@link UsageError} `ERR_INVALID_OPTION` */
function createAuthenticator(
  { auth, limits }: GatewaySettings,
  { clock }: GatewayHost,
  log: RequestLog,
): Authenticator {
  return new Authenticator({
    auth,
    clock,
    timeoutMs: limits.authTimeoutMs,
    failuresPerMinute: limits.authFailuresPerMinute,
    onFault: (error) => log.authFailed(error),
  });
}

function createHandler(parts: HandlerParts): HttpHandler {
  const { settings, exposed, host, inFlight, health, points, log, calls } = parts;
  const { guard, authenticator, httpCalls, raws } = parts;
  const { limits, basePath } = settings;
  const { clock } = host;
  const operations = new Operations(exposed);
  const types = Array.from(exposed, ({ type }) => type);
  let document: string | undefined;
  const router = new RequestRouter({
    guard,
    limits,
    clock,
    inFlight,
    httpCalls,
    authenticator,
    points,
    rate: limits.requestsPerSecond === undefined ? undefined : new AddressWindows(clock, SECOND_MS),
    calls: new CallRoute({ calls, limits, clock }),
    raws: new RawRoute({ raws, limits, clock, auth: settings.auth, log }),
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
