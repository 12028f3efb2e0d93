import type { IncomingMessage, ServerResponse } from "node:http";
import { DAY_MS, KeepAlive } from "../base/clock.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import { pause } from "../base/node-timers.ts";
import { numberOption, requireKnownKeys } from "../base/options.ts";
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
import { changedLimits } from "./gateway-limits.ts";
import { type GatewayOptions, type GatewaySettings, settleGateway } from "./gateway-options.ts";
import { openGatewayServer } from "./gateway-server.ts";
import { CallRoute } from "./http/call-route.ts";
import { FetchExchange } from "./http/fetch-exchange.ts";
import { HttpHandler } from "./http/http-handler.ts";
import { metadataText } from "./http/metadata.ts";
import { NodeExchange } from "./http/node-exchange.ts";
import { openApiDocument } from "./http/openapi.ts";
import { Operations } from "./http/operations.ts";
import { RequestRouter } from "./http/request-router.ts";
import { isOwnTarget } from "./http/routes.ts";
import { HttpPoints } from "./trace/http-points.ts";
import { IncomingTraces } from "./trace/incoming-trace.ts";
import { RequestLog } from "./trace/request-log.ts";

/** What a gateway reports of its end. */
interface GatewayDrainReport {
  /** Requests and calls that were answered during the drain. */
  readonly answered: number;
  /** Those that were not answered before the deadline. */
  readonly unknown: number;
  readonly sockets: number;
  readonly durationMs: number;
}

/** A way from outside to keyed actors. All functions are bound: they can be passed on by themselves. */
export interface Gateway {
  /** Such as `http://127.0.0.1:36127`; `undefined` without `port`. */
  readonly url: string | undefined;
  readonly port: number | undefined;
  /** For Hono and everything else that takes a `Request`. 404 for paths that are not the gateway's. */
  readonly fetch: (request: Request) => Promise<Response>;
  /** For `node:http`, Express and Connect; paths that are not the gateway's go to `next`. */
  readonly handler: (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ) => void;
  /**
   * Stops accepting, and answers what was accepted. Calls after the first one return the same report.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   */
  readonly close: (options?: { readonly deadlineMs?: number }) => Promise<GatewayDrainReport>;
}

const SECOND_MS = 1_000;
const DEADLINE_MS = 5_000;
/** How long calls may take to end once they are not waited for any more. */
const SETTLE_MS = 1_000;
const DEADLINES = { min: 0, max: DAY_MS };

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

interface OpenGatewayParts {
  readonly settings: GatewaySettings;
  readonly host: GatewayHost;
  readonly inFlight: InFlight;
  readonly health: Health;
  readonly handler: HttpHandler;
  readonly server: GuardedServer | undefined;
}

/** A gateway that has been opened. */
class OpenGateway {
  readonly #parts: OpenGatewayParts;
  #closed: Promise<GatewayDrainReport> | undefined;

  constructor(parts: OpenGatewayParts) {
    this.#parts = parts;
  }

  facade(): Gateway {
    const { server, settings } = this.#parts;
    return {
      url: server === undefined ? undefined : server.origin + settings.basePath,
      port: server?.port,
      fetch: (request) => this.#fetch(request),
      handler: (request, response, next) => this.#handle(request, response, next),
      close: (options) => this.#close(options),
    };
  }

  async #fetch(request: Request): Promise<Response> {
    const exchange = new FetchExchange(request);
    return exchange.respond(await this.#parts.handler.handle(exchange));
  }

  #handle(
    request: IncomingMessage,
    response: ServerResponse,
    next: ((error?: unknown) => void) | undefined,
  ): void {
    const { handler, settings } = this.#parts;
    const exchange = new NodeExchange(request, response);
    if (next !== undefined && !isOwnTarget(exchange.target, settings.basePath)) {
      next();
      return;
    }
    void handler.handle(exchange).then((answer) => exchange.send(answer)); // never rejects
  }

  async #close(options: { readonly deadlineMs?: number } = {}): Promise<GatewayDrainReport> {
    requireKnownKeys("`close` of a gateway", options, ["deadlineMs"]);
    const deadlineMs = numberOption("deadlineMs", options.deadlineMs, DEADLINE_MS, DEADLINES);
    this.#closed ??= this.#drain(deadlineMs);
    return this.#closed;
  }

  async #drain(deadlineMs: number): Promise<GatewayDrainReport> {
    const { inFlight, health, host, server } = this.#parts;
    const startedMs = host.clock.monotonicMs();
    health.drain();
    inFlight.drain();
    if (server === undefined) await this.#waitUntilIdle(deadlineMs);
    else {
      await server.close(deadlineMs);
      // Calls whose connection was cut end a turn later.
      if (!inFlight.isIdle) await Promise.race([inFlight.whenIdle(), pause(SETTLE_MS, true)]);
    }
    inFlight.close();
    const report = {
      ...inFlight.report,
      sockets: 0,
      durationMs: host.clock.monotonicMs() - startedMs,
    };
    const { durationMs, ...counts } = report;
    const fields = { event: "gateway.drained", ...counts, duration_ms: Math.round(durationMs) };
    host.log("info", fields, "gateway drained");
    return report;
  }

  #waitUntilIdle(deadlineMs: number): Promise<void> {
    const { inFlight, host } = this.#parts;
    return new Promise((resolve) => {
      const timer = host.clock.schedule(resolve, deadlineMs, KeepAlive.Yes);
      void inFlight.whenIdle().then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
