import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import type { Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import { DoorCode, errorReply, type Reply, replyToError } from "./http-reply.ts";
import { answerRoute, findRoute } from "./http-routes.ts";
import { inServerSpan, noteReply, traceHeaders } from "./http-span.ts";
import type { Shop } from "./shop.ts";

/** Where the door listens unless told otherwise: what comes from other machines cannot reach it. */
const LOOPBACK = "127.0.0.1";
/** Hosts that mean every address of the machine; nobody can be sent there. */
const EVERY_ADDRESS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);
/** What a browser on this machine may call us; anything else is a page trying DNS rebinding. */
const OWN_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

/** Slowest request that is waited for. */
const REQUEST_TIMEOUT_MS = 10_000;
/** How long a closing door waits for requests already under way on connections kept alive. */
const KEPT_ALIVE_GRACE_MS = 250;

/** What the door opens to. */
export interface DoorOptions {
  readonly shop: Pick<Shop, "desk" | "ledger">;
  readonly logger: Logger;
  /** Names besides those of loopback by which the door may be asked for; none by default. */
  readonly allowedHosts?: readonly string[];
}

/** The way in over HTTP. */
export class HttpDoor {
  readonly #server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS });
  readonly #open = Promise.withResolvers<DoorOptions>();
  readonly #host: string;
  #stopping = false;

  private constructor(host: string) {
    this.#host = EVERY_ADDRESS.has(host) ? LOOPBACK : host;
    this.#server.on("request", (request, response) => {
      void this.#receive(request, response); // answers every error itself; none is left to reject with
    });
  }

  /** Takes the port, 0 for any; rejects as `listen` does. Customers wait until {@link serve}. */
  static async at(port: number, host: string = LOOPBACK): Promise<HttpDoor> {
    const door = new HttpDoor(host);
    door.#server.listen(port, host);
    await once(door.#server, "listening");
    return door;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${this.#host}:${this.port}`;
  }

  /** Lets customers in. */
  serve(options: DoorOptions): void {
    this.#open.resolve(options);
  }

  /** Stops listening, answers all that has been accepted, and resolves when the last one has gone. */
  async close(deadlineMs: number): Promise<void> {
    const server = this.#server;
    this.#stopping = true;
    const closed = once(server, "close");
    // `close()` of an HTTP server also cuts connections that are idle at this moment, although the next
    // request may be on its way on them. They get a while: its answer says `connection: close`.
    NetServer.prototype.close.call(server);
    const timers = [
      setTimeout(() => server.closeIdleConnections(), KEPT_ALIVE_GRACE_MS),
      setTimeout(() => server.closeAllConnections(), deadlineMs),
    ];
    await closed;
    for (const timer of timers) clearTimeout(timer);
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const options = await this.#open.promise;
    const { logger } = options;
    const startedMs = performance.now();
    const port = request.socket.localPort ?? 0;
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const found = findRoute(path);
    const route = found?.route.path;
    await inServerSpan({ request, path, route, address: this.#host, port }, async (span) => {
      const reply = await this.#answer(request, found, options);
      await this.#send(response, reply, span);
      const fields = { method: request.method, route, status: reply.status, code: reply.code };
      const durationMs = Math.round((performance.now() - startedMs) * 10) / 10;
      logger.info({ ...fields, duration_ms: durationMs }, "request answered");
    });
  }

  async #answer(
    request: IncomingMessage,
    found: ReturnType<typeof findRoute>,
    { shop, logger, allowedHosts = [] }: DoorOptions,
  ): Promise<Reply> {
    const host = request.headers.host ?? "";
    const name = host.replace(/:\d{1,5}$/, "").toLowerCase();
    if (!OWN_HOST.test(host) && !allowedHosts.includes(name)) {
      return errorReply(403, DoorCode.ForeignHost, "the host header names another machine");
    }
    if (found === undefined) return errorReply(404, DoorCode.NotFound, "there is no such path");
    const { route, id } = found;
    try {
      return await answerRoute(route, { shop, request, id, stopping: this.#stopping });
    } catch (error) {
      const reply = replyToError(error);
      if (reply.status === 500) logger.error({ err: error }, "request failed");
      return reply;
    }
  }

  /** Resolves when the response has been handed to the operating system, or its customer has gone. */
  async #send(response: ServerResponse, reply: Reply, span: Span): Promise<void> {
    noteReply(span, reply);
    const body = `${JSON.stringify(reply.body)}\n`;
    response.writeHead(reply.status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...traceHeaders(span),
      ...(this.#stopping ? { connection: "close" } : {}),
      ...reply.headers,
    });
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      response.once("close", resolve);
      response.end(body);
    });
  }
}
