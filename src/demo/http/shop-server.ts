import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, isIP } from "node:net";
import type { Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { Shop } from "../shop.ts";
import { finishRequests, stopListening } from "./http-closing.ts";
import { requireOwnSite } from "./http-guard.ts";
import { Refusal, type Reply, replyToError, ShopErrorCode } from "./http-reply.ts";
import { answerRoute, findRoute } from "./http-routes.ts";
import { inServerSpan, noteReply, traceHeaders } from "./http-span.ts";

/** Default host: requests from other machines cannot reach it. */
const LOOPBACK = "127.0.0.1";
/** Hosts that mean every address of the machine, and what reaches them. They cannot be used in a URL. */
const EVERY_ADDRESS: ReadonlyMap<string, string> = new Map([
  ["0.0.0.0", LOOPBACK],
  ["::", "::1"],
]);

/** Maximum duration of a request. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Maximum duration of a request's headers. */
const HEADERS_TIMEOUT_MS = 5_000;
/** Node's default of 30 s would keep half-open connections for that long. */
const CHECK_INTERVAL_MS = 1_000;

/** Options of {@link ShopServer.serve}. */
export interface ShopServerOptions {
  readonly shop: Pick<Shop, "desk" | "order">;
  readonly logger: Logger;
  /** Names, besides those of loopback, by which the server may be addressed. Default: none. */
  readonly allowedHosts?: readonly string[];
}

/** The shop's HTTP server. */
export class ShopServer {
  readonly #server = createServer({
    headersTimeout: HEADERS_TIMEOUT_MS,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionsCheckingInterval: CHECK_INTERVAL_MS,
  });
  readonly #open = Promise.withResolvers<ShopServerOptions>();
  readonly #host: string;
  /** Set when the server begins to close. Until it settles, requests are held back. */
  #stopping: Promise<void> | undefined;

  private constructor(host: string) {
    this.#host = EVERY_ADDRESS.get(host) ?? host;
    this.#server.on("request", (request, response) => {
      void this.#receive(request, response); // answers every error itself and never rejects
    });
  }

  /**
   * Binds the port (0 selects any free one); rejects as `listen` does. Requests are held until {@link serve}.
   */
  static async at(port: number, address: string = LOOPBACK): Promise<ShopServer> {
    // An IPv6 address that is copied from a URL has brackets.
    const host = address.replace(/^\[(.*:.*)\]$/, "$1");
    const server = new ShopServer(host);
    server.#server.listen(port, host);
    await once(server.#server, "listening");
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://${isIP(this.#host) === 6 ? `[${this.#host}]` : this.#host}:${this.port}`;
  }

  /** Starts serving requests. */
  serve(options: ShopServerOptions): void {
    this.#open.resolve(options);
  }

  /** Answers all requests already sent, stops listening, and resolves when the last connection has closed. */
  async close(deadlineMs: number): Promise<void> {
    this.#stopping = stopListening(this.#server);
    await this.#stopping;
    await finishRequests(this.#server, deadlineMs);
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const options = await this.#open.promise;
    if (this.#stopping !== undefined) await this.#stopping;
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
    { shop, logger, allowedHosts = [] }: ShopServerOptions,
  ): Promise<Reply> {
    try {
      requireOwnSite(request, allowedHosts);
      if (found === undefined)
        throw new Refusal(404, ShopErrorCode.NotFound, "there is no such path");
      const { route, id } = found;
      return await answerRoute(route, {
        shop,
        request,
        id,
        stopping: this.#stopping !== undefined,
      });
    } catch (error) {
      const reply = replyToError(error);
      if (reply.status === 500) logger.error({ err: error }, "request failed");
      return reply;
    }
  }

  /** Resolves when the response has been passed to the operating system, or the client has disconnected. */
  async #send(response: ServerResponse, reply: Reply, span: Span): Promise<void> {
    noteReply(span, reply);
    const body = `${JSON.stringify(reply.body)}\n`;
    response.writeHead(reply.status, {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(body),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
      ...traceHeaders(span),
      ...(this.#stopping !== undefined ? { connection: "close" } : {}),
      ...reply.headers,
    });
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      response.once("close", resolve);
      response.end(body);
    });
  }
}
