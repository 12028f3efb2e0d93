import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { DAY_MS, KeepAlive } from "../base/clock.ts";
import { pause } from "../base/node-timers.ts";
import { numberOption, requireKnownKeys } from "../base/options.ts";
import type { Health } from "../health/create-health.ts";
import type { GuardedServer } from "../http/guarded-server.ts";
import type { GatewayHost } from "../monitor/system-access.ts";
import type { InFlight } from "./call/in-flight.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import { FetchExchange } from "./http/fetch-exchange.ts";
import type { HttpHandler } from "./http/http-handler.ts";
import { NodeExchange } from "./http/node-exchange.ts";
import { isOwnTarget } from "./http/routes.ts";
import type { AnswerStream } from "./raw/answer-stream.ts";
import type { Sockets } from "./socket/sockets.ts";
import type { Upgrades } from "./socket/upgrade.ts";
import type { RequestLog } from "./trace/request-log.ts";

/** What a gateway reports of its end. */
export interface GatewayDrainReport {
  /** Requests and calls that were answered during the drain. */
  readonly answered: number;
  /** Those that were not answered before the deadline. */
  readonly unknown: number;
  /** Sockets that were closed. */
  readonly sockets: number;
  /** How long the drain took, in milliseconds. */
  readonly durationMs: number;
}

/** A server of `node:http` or `node:https`, or what a framework returns for one. */
interface UpgradingServer {
  /** Adds a listener. */
  on(
    name: "upgrade",
    listener: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ): unknown;
  /** Returns the number of listeners. */
  listenerCount?(name: "upgrade"): number;
}

/** A way from outside to keyed actors. All functions are bound: they can be passed on by themselves. */
export interface Gateway {
  /** Such as `http://127.0.0.1:36127`; `undefined` without `port`. */
  readonly url: string | undefined;
  /** Port that it listens on; `undefined` without `port`. */
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
   * Takes the WebSockets for `/connect` of a server. All other upgrades are left to the server's other listeners, and
   * refused if it has none: Node would leave them open. A second time has no effect.
   */
  readonly attach: (server: UpgradingServer) => void;
  /**
   * Stops accepting, and answers what was accepted. Calls after the first one return the same report.
   *
   * @throws UsageError `ERR_INVALID_OPTION`
   */
  readonly close: (options?: { readonly deadlineMs?: number }) => Promise<GatewayDrainReport>;
}

const DEADLINE_MS = 5_000;
/** How long calls may take to end once they are not waited for any more. */
const SETTLE_MS = 1_000;
const DEADLINES = { min: 0, max: DAY_MS };

/** Parts of an {@link OpenGateway}. */
export interface OpenGatewayParts {
  readonly settings: GatewaySettings;
  readonly host: GatewayHost;
  readonly inFlight: InFlight;
  readonly httpCalls: InFlight;
  readonly health: Health;
  readonly handler: HttpHandler;
  readonly server: GuardedServer | undefined;
  readonly sockets: Sockets;
  readonly upgrades: Upgrades;
  readonly log: RequestLog;
}

/** A gateway that has been opened. */
export class OpenGateway {
  readonly #parts: OpenGatewayParts;
  readonly #stopWaiting: () => void;
  /** What is being answered by a server that is not the gateway's own, which cannot cut it. */
  readonly #mounted = new Set<{ cut(): void }>();
  readonly #attached = new WeakSet<UpgradingServer>();
  #closed: Promise<GatewayDrainReport> | undefined;

  constructor(parts: OpenGatewayParts) {
    this.#parts = parts;
    this.#stopWaiting = parts.host.beforeShutdown((deadlineMs) => this.#close({ deadlineMs }));
  }

  facade(): Gateway {
    const { server, settings } = this.#parts;
    return {
      url: server === undefined ? undefined : server.origin + settings.basePath,
      port: server?.port,
      fetch: (request) => this.#fetch(request),
      handler: (request, response, next) => this.#handle(request, response, next),
      attach: (attached) => this.#attach(attached),
      close: (options) => this.#close(options),
    };
  }

  /** A second time would take each connection twice. */
  #attach(server: UpgradingServer): void {
    if (this.#attached.has(server)) return;
    const { upgrades } = this.#parts;
    server.on("upgrade", (request, socket, head) => {
      if (upgrades.isOwn(request)) upgrades.take(request, socket, head);
      else if (server.listenerCount?.("upgrade") === 1) upgrades.refuse(request, socket);
    });
    this.#attached.add(server);
  }

  async #fetch(request: Request): Promise<Response> {
    const exchange = new FetchExchange(request);
    this.#mounted.add(exchange);
    const answer = await this.#parts.handler.handle(exchange); // never rejects
    const { stream } = answer;
    if (stream === undefined) {
      this.#mounted.delete(exchange);
      return exchange.respond(answer);
    }
    const ended: AnswerStream["ended"] = (...how) => {
      this.#mounted.delete(exchange);
      stream.ended(...how);
    };
    return exchange.respond({ ...answer, stream: { body: stream.body, ended } });
  }

  #handle(
    request: IncomingMessage,
    response: ServerResponse,
    next: ((error?: unknown) => void) | undefined,
  ): void {
    const { handler, settings, log } = this.#parts;
    const exchange = new NodeExchange(request, response);
    if (next !== undefined && !isOwnTarget(exchange.target, settings.basePath)) {
      next();
      return;
    }
    this.#mounted.add(exchange);
    response.once("close", () => this.#mounted.delete(exchange));
    handler
      .handle(exchange)
      .then((answer) => exchange.send(answer))
      .catch((error: unknown) => {
        log.internal(error, "", undefined);
        response.destroy();
      });
  }

  async #close(options: { readonly deadlineMs?: number } = {}): Promise<GatewayDrainReport> {
    requireKnownKeys("`close` of a gateway", options, ["deadlineMs"]);
    const deadlineMs = numberOption("deadlineMs", options.deadlineMs, DEADLINE_MS, DEADLINES);
    this.#closed ??= this.#drain(deadlineMs);
    return this.#closed;
  }

  async #drain(deadlineMs: number): Promise<GatewayDrainReport> {
    const { inFlight, httpCalls, health, host, server, sockets } = this.#parts;
    const startedMs = host.clock.monotonicMs();
    const { size } = sockets;
    health.drain();
    inFlight.drain();
    if (server === undefined) {
      await Promise.all([
        this.#waitUntilIdle(deadlineMs),
        sockets.close(deadlineMs, httpCalls.whenIdle()),
      ]);
    } else {
      const { promise: graceEnd, resolve } = Promise.withResolvers<void>();
      const closed = server.close(deadlineMs, resolve);
      // Its connections are those of the sockets, too.
      await Promise.all([
        closed,
        sockets.close(
          deadlineMs,
          graceEnd.then(() => httpCalls.whenIdle()),
        ),
      ]);
    }
    if (!inFlight.isIdle) for (const exchange of [...this.#mounted]) exchange.cut();
    // Calls whose connection was cut end a turn later.
    if (!inFlight.isIdle) await Promise.race([inFlight.whenIdle(), pause(SETTLE_MS, true)]);
    inFlight.close();
    this.#stopWaiting();
    const report = {
      ...inFlight.report,
      sockets: size,
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
