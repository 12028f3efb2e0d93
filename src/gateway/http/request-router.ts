import type { Clock } from "../../base/clock.ts";
import type { HostGuard } from "../../http/host-guard.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { bearerOf } from "../../http/token.ts";
import { AuthOutcome } from "../../telemetry/gateway-attributes.ts";
import type { AddressWindows } from "../call/address-windows.ts";
import type { Authenticator } from "../call/authenticate.ts";
import { GatewayCode } from "../call/gateway-code.ts";
import type { InFlight } from "../call/in-flight.ts";
import type { LimitSettings } from "../gateway-limits.ts";
import type { HttpPoints } from "../trace/http-points.ts";
import type { CallRoute } from "./call-route.ts";
import { isPreflight, preflightHeaders } from "./cors.ts";
import type { Exchange } from "./exchange.ts";
import type { Reply } from "./http-answer.ts";
import type { IncomingRequest } from "./incoming-request.ts";
import type { RawRoute } from "./raw-route.ts";
import { type Route, RouteKind } from "./routes.ts";

/** Parts of a {@link RequestRouter}. */
export interface RequestRouterParts {
  readonly guard: HostGuard;
  readonly limits: LimitSettings;
  readonly clock: Clock;
  readonly inFlight: InFlight;
  /** Calls of actors, of all that is being answered. */
  readonly httpCalls: InFlight;
  readonly authenticator: Authenticator;
  /** Requests per second and address; `undefined` without a limit. */
  readonly rate: AddressWindows | undefined;
  readonly points: HttpPoints;
  readonly calls: CallRoute;
  readonly raws: RawRoute;
  /** Answers a probe, with the query of its request. */
  readonly probe: (name: "livez" | "readyz", query: string | undefined) => Promise<Reply>;
  /** Returns the metadata; `isKnown`: for a request that may use the gateway. */
  readonly metadata: (isKnown: boolean) => string;
  /** Returns the OpenAPI document. */
  readonly document: () => string;
}

const OK = 200;
const NO_CONTENT = 204;
const RETRY_AFTER = { headers: { "Retry-After": "1" } };

/** Checks a request from the outside in, and has its route answer it. Nothing is read or woken before it has passed. */
export class RequestRouter {
  readonly #parts: RequestRouterParts;

  constructor(parts: RequestRouterParts) {
    this.#parts = parts;
  }

  /** @throws {@link Refusal} */
  async reply(incoming: IncomingRequest): Promise<Reply> {
    const { exchange, route } = incoming;
    this.#requirePlainHeaders(incoming);
    this.#parts.guard.requireOwnSite(exchange.site, exchange.localPort);
    if (isPreflight(exchange)) {
      const isRaw = route?.kind === RouteKind.Raw;
      const asked = isRaw ? exchange.header("access-control-request-headers") : undefined;
      const headers = preflightHeaders(route?.methods ?? [], asked);
      return { status: NO_CONTENT, body: undefined, headers };
    }
    if (!incoming.isProper) throw new Refusal(HttpCode.BadRequest, "the target is malformed");
    if (route === undefined) throw notFound();
    requireMethod(route, exchange.method);
    switch (route.kind) {
      case RouteKind.Livez:
      case RouteKind.Readyz:
        return this.#parts.probe(route.kind, incoming.query);
      case RouteKind.Connect:
        throw notUpgraded(exchange);
      case RouteKind.Metadata:
      case RouteKind.Document:
      case RouteKind.Operation:
      case RouteKind.Raw:
        return this.#replyInTurn(incoming, route);
    }
  }

  async #replyInTurn(incoming: IncomingRequest, route: Route): Promise<Reply> {
    this.#parts.inFlight.begin();
    incoming.isCounted = true;
    this.#requireRate(incoming.address);
    if (route.kind === RouteKind.Metadata) {
      const isKnown = await this.#isKnown(incoming);
      return { status: OK, body: this.#parts.metadata(isKnown) };
    }
    await this.#identify(incoming);
    if (route.kind === RouteKind.Document) return { status: OK, body: this.#parts.document() };
    if (route.kind === RouteKind.Raw) {
      if (route.exposed === undefined) throw notFound();
      return this.#parts.raws.answer(incoming, route.exposed);
    }
    if (route.operation === undefined) throw notFound();
    const { calls, httpCalls } = this.#parts;
    httpCalls.begin();
    try {
      return await calls.answer(incoming, route.operation);
    } finally {
      httpCalls.end(true);
    }
  }

  /** Node drops headers beyond a number, and all `Authorization` headers but the first, in silence. */
  #requirePlainHeaders({ exchange }: IncomingRequest): void {
    const { headers } = this.#parts.limits;
    if (exchange.headerCount > headers) {
      throw new Refusal(HttpCode.HeadersTooLarge, `a request has at most ${headers} headers`);
    }
    if (exchange.authorizations > 1) {
      throw new Refusal(HttpCode.BadRequest, "a request has one Authorization header");
    }
  }

  #requireRate(address: string): void {
    const { rate, limits } = this.#parts;
    if (rate === undefined || limits.requestsPerSecond === undefined || address === "") return;
    if (rate.add(address) <= limits.requestsPerSecond) return;
    throw new Refusal(
      GatewayCode.RateLimited,
      "too many requests came from this address",
      RETRY_AFTER,
    );
  }

  async #identify(incoming: IncomingRequest): Promise<void> {
    const { authenticator, clock, points } = this.#parts;
    if (!authenticator.isRequired) return;
    const { exchange, address } = incoming;
    const startedMs = clock.monotonicMs();
    let outcome: AuthOutcome = AuthOutcome.Ok;
    try {
      const token = bearerOf({ authorization: exchange.header("authorization") });
      const found = authenticator.identify({ token, address, transport: "http", exchange });
      incoming.caller = found instanceof Promise ? await found : found;
    } catch (error) {
      const isFault = error instanceof Refusal && error.code === GatewayCode.AuthUnavailable;
      outcome = isFault ? AuthOutcome.Failed : AuthOutcome.Refused;
      throw error;
    } finally {
      points.authenticated(outcome, clock.monotonicMs() - startedMs);
    }
  }

  /** Whether a request may use the gateway. One that has sent no token is told less, and not refused. */
  async #isKnown(incoming: IncomingRequest): Promise<boolean> {
    try {
      await this.#identify(incoming);
      return true;
    } catch (error) {
      const isAnonymous = incoming.exchange.header("authorization") === undefined;
      if (isAnonymous && error instanceof Refusal && error.code === HttpCode.Token) return false;
      throw error;
    }
  }
}

/** One answer for what does not exist and for what is not exposed. */
function notFound(): Refusal {
  return new Refusal(HttpCode.NotFound, "there is nothing here");
}

function requireMethod({ methods }: Route, method: string): void {
  if (methods.includes(method)) return;
  const allow = methods.join(", ");
  throw new Refusal(HttpCode.Method, `this takes ${allow}`, { headers: { Allow: allow } });
}

/** Node passes a request for an upgrade on as any other if the server has no listener for it. */
function notUpgraded(exchange: Exchange): Refusal {
  const isAsked = exchange.header("upgrade")?.toLowerCase() === "websocket";
  const text = isAsked
    ? "this server takes no WebSockets: `gateway.attach(server)` was not called"
    : "this takes WebSockets";
  return new Refusal(GatewayCode.Upgrade, text, {
    headers: { Upgrade: "websocket", Connection: "Upgrade" },
  });
}
