import { EventEmitter } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { isInstance } from "../base/foreign-value.ts";
import { context } from "../telemetry/context/api.ts";
import { type Content, send } from "./answers.ts";
import { finishRequests, stopListening } from "./drain.ts";
import { HostGuard, type HostGuardOptions } from "./host-guard.ts";
import { localUrlHost } from "./host-names.ts";
import { HttpCode, type ProblemAnswer, type ProblemTable, Refusal } from "./refusal.ts";

const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** Node's default of 30 s would let half-open connections occupy all slots for that long. */
const CHECK_INTERVAL_MS = 1_000;

/** Options of a {@link LoopbackServer}. */
export interface LoopbackServerOptions extends HostGuardOptions {
  /** 0 selects any free port. */
  readonly port: number;
  readonly maxConnections: number;
  /** Headers of every response. */
  readonly headers: Readonly<Record<string, string>>;
  readonly problems: ProblemTable<string, string>;
  /** Returns the body of a refusal; `request` is omitted when it could not be parsed. */
  readonly refusalContent: (answer: ProblemAnswer, request?: IncomingMessage) => Content;
  /** Reports an error that is not a {@link Refusal}; the client receives no details. */
  readonly onFault: (error: unknown) => void;
}

/** Answers a request that has passed the guard. May throw or reject. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Codes of a host that is no address of this machine. */
const NO_ADDRESS: ReadonlySet<string> = new Set([
  "EADDRNOTAVAIL",
  "EAFNOSUPPORT",
  "EAI_AGAIN",
  "ENOTFOUND",
]);

/** A port that cannot be bound; `code` is the operating system's. */
export class PortError extends Error {
  override readonly name = "PortError";
  readonly code: string | undefined;
  readonly port: number;
  /** Whether the host is the reason, so that no other port would help. */
  readonly concernsHost: boolean;

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const reason = cause.code === "EADDRINUSE" ? "is taken" : `cannot be had (${cause.message})`;
    super(`port ${port} on ${host} ${reason}`, { cause });
    this.code = cause.code;
    this.port = port;
    this.concernsHost = NO_ADDRESS.has(cause.code ?? "");
  }
}

/**
 * An HTTP server for the machine it runs on.
 *
 * Requests and connections have limits, each request must name the server and must not come from a page of
 * another site, and errors become responses. The server does not keep the process running, and
 * instrumentation of `node:http` does not see it.
 */
export class LoopbackServer {
  readonly #options: LoopbackServerOptions;
  readonly #answer: Answer;
  readonly #guard: HostGuard;
  readonly #server: Server;
  /** Pending responses, by connection. Pipelining allows several per connection. */
  readonly #underWay = new WeakMap<object, Set<ServerResponse>>();
  #listening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Set when the server begins to close. Until it settles, requests are held back. */
  #stopping: Promise<void> | undefined;

  constructor(options: LoopbackServerOptions, answer: Answer) {
    this.#options = options;
    this.#answer = answer;
    this.#guard = new HostGuard(options);
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: CHECK_INTERVAL_MS,
      },
      // The server may have been created inside a span, to which its requests do not belong.
      (request, response) =>
        context.with(ROOT_CONTEXT, () => void this.#receive(request, response)), // never rejects
    );
    // Instrumentation wraps `emit` of the class. The wrapper applies to the application's servers, not to
    // this one.
    this.#server.emit = EventEmitter.prototype.emit;
    this.#server.maxConnections = options.maxConnections;
    this.#server.on("connection", (socket) => socket.unref());
    this.#server.on("clientError", (error, socket) =>
      this.#refuseUnparsed(error, socket as Socket),
    );
    this.#server.unref();
  }

  /**
   * Binds the port.
   *
   * @throws {@link PortError}
   */
  listen(): Promise<void> {
    const { host, port } = this.#options;
    const server = this.#server;
    this.#listening = new Promise<void>((resolve, reject) => {
      const fail = (cause: Error): void => reject(new PortError(host, port, cause));
      server.once("error", fail);
      // Children of `cluster` would share a port that is not exclusive.
      server.listen({ host, port, exclusive: true }, () => {
        server.off("error", fail);
        server.on("error", () => {}); // errors of single connections, which are closed
        resolve();
      });
    });
    return this.#listening;
  }

  /** Port of the server. Available once it listens. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Origin at which this machine reaches the server. Available once it listens. */
  get origin(): string {
    return `http://${localUrlHost(this.#options.host)}:${this.port}`;
  }

  /**
   * Answers the requests that clients have already sent, then releases the port. Never rejects.
   *
   * @param deadlineMs time after which connections are closed
   */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  async #close(deadlineMs: number): Promise<void> {
    try {
      await this.#listening;
    } catch {
      return; // it never listened
    }
    if (!this.#server.listening) return;
    this.#stopping = stopListening(this.#server);
    await this.#stopping;
    await finishRequests(this.#server, deadlineMs);
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that has disconnected receives no response.
    request.on("error", () => {});
    response.on("error", () => {});
    this.#track(request.socket, response);
    if (this.#stopping !== undefined) await this.#stopping;
    try {
      for (const [name, value] of Object.entries(this.#options.headers)) {
        response.setHeader(name, value);
      }
      if (this.#closing !== undefined) response.setHeader("Connection", "close");
      this.#guard.requireOwnSite(request);
      await this.#answer(request, response);
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const refusal = this.#toRefusal(error);
    if (response.headersSent) return void response.destroy();
    const { problems, refusalContent } = this.#options;
    const answer = problems.describe(refusal);
    for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
    send(response, answer.status, refusalContent(answer, request));
  }

  #toRefusal(error: unknown): Refusal {
    if (isInstance(error, Refusal)) return error;
    this.#options.onFault(error);
    return new Refusal(HttpCode.Internal, "something went wrong; see the application's log");
  }

  /** Answers input that is not HTTP, too large or too slow, if the connection can still carry a response. */
  #refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
    const begun = [...(this.#underWay.get(socket) ?? [])].some(({ headersSent }) => headersSent);
    if (socket.writable && error.code !== "ECONNRESET" && !begun) {
      const { headers, problems, refusalContent } = this.#options;
      const answer = problems.describe(toParseRefusal(error));
      socket.write(rawAnswer(answer.status, headers, refusalContent(answer)));
    }
    socket.destroySoon();
  }

  #track(socket: Socket, response: ServerResponse): void {
    const responses = this.#underWay.get(socket) ?? new Set();
    this.#underWay.set(socket, responses.add(response));
    response.once("close", () => responses.delete(response));
  }
}

function toParseRefusal({ code }: NodeJS.ErrnoException): Refusal {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new Refusal(
        HttpCode.HeadersTooLarge,
        `the headers have more than ${MAX_HEADER_BYTES} bytes; a browser sends all cookies of this host, also those of other ports: delete them`,
      );
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new Refusal(HttpCode.BodyTooLarge, "the chunk extensions of the body are too large");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Refusal(HttpCode.Timeout, "the request did not arrive in time");
    default:
      return new Refusal(HttpCode.BadRequest, "the request is no HTTP");
  }
}

function rawAnswer(
  status: number,
  headers: Readonly<Record<string, string>>,
  { type, body }: Content,
): Buffer {
  const all = {
    ...headers,
    "Content-Type": type,
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}
