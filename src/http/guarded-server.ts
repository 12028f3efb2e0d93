import { EventEmitter } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { ROOT_CONTEXT } from "@opentelemetry/api";
import { isInstance } from "../base/foreign-value.ts";
import { context } from "../telemetry/context/api.ts";
import { type Content, send } from "./answers.ts";
import { finishRequests, stopListening } from "./drain.ts";
import { localUrlHost } from "./host-names.ts";
import { PortError } from "./port-error.ts";
import { HttpCode, type ProblemAnswer, type ProblemTable, Refusal } from "./refusal.ts";
import { toParseRefusal, writeRaw } from "./unparsed-refusal.ts";

/** Node's default of 30 s would let half-open connections occupy all slots for that long. */
const CHECK_INTERVAL_MS = 1_000;

/** Answers a request. May throw or reject. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** Takes a connection for another protocol. May throw, which refuses it. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A certificate and other options, passed on to `node:https` unread. */
export interface TlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly [option: string]: unknown;
}

/** Limits of a {@link GuardedServer}. */
interface ServerLimits {
  /** Bytes of the request line and all headers. */
  readonly maxHeaderBytes: number;
  /** Until all headers of a request have arrived. */
  readonly headersTimeoutMs: number;
  /** Until a request has arrived completely. */
  readonly requestTimeoutMs: number;
  /** How long a connection without a request is kept. */
  readonly keepAliveMs: number;
  /** How long a server that closes still answers requests of connections that are kept alive. Default: not at all. */
  readonly graceMs?: number;
  /** `undefined` for no limit. */
  readonly maxConnections: number | undefined;
}

/** Options of a {@link GuardedServer}. */
export interface GuardedServerOptions {
  readonly host: string;
  /** 0 selects any free port. */
  readonly port: number;
  readonly limits: ServerLimits;
  /** Whether the server keeps the process running while it listens. */
  readonly keepsProcess: boolean;
  /** Serves HTTPS in place of HTTP. */
  readonly tls?: TlsOptions | undefined;
  /** Headers of the responses that the server writes by itself: refusals. */
  readonly headers: Readonly<Record<string, string>>;
  readonly problems: ProblemTable<string, string>;
  /** Returns the body of a refusal; `request` is omitted when it could not be parsed. */
  readonly refusalContent: (answer: ProblemAnswer, request?: IncomingMessage) => Content;
  /** Reports an error that is not a {@link Refusal}; the client receives no details. */
  readonly onFault: (error: unknown) => void;
  /** Takes upgrades of connections. Without it, a request for one is answered as if it asked for none. */
  readonly onUpgrade?: Upgrade | undefined;
  /** Whether a request is acted upon while its body arrives, so that a refusal of the rest would not be true. */
  readonly isBegun?: ((request: IncomingMessage) => boolean) | undefined;
  /**
   * Whether a request for an upgrade is one for `onUpgrade`. Others are answered as if they asked for none: clients of
   * HTTP/2 ask for it in passing. Node before 24.9 cannot do that; there they are answered with 400.
   */
  readonly isUpgrade?: ((request: IncomingMessage) => boolean) | undefined;
}

/**
 * An HTTP server with limits, whose errors become responses.
 *
 * Instrumentation of `node:http` does not see it. Which hosts and sites it answers is decided by the function
 * that answers; see `HostGuard`.
 */
export class GuardedServer {
  readonly #options: GuardedServerOptions;
  readonly #answer: Answer;
  readonly #server: Server;
  /** Pending responses, by connection. Pipelining allows several per connection. */
  readonly #underWay = new WeakMap<object, Set<ServerResponse>>();
  #listening: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Set when the server begins to close. Until it settles, requests are held back. */
  #stopping: Promise<void> | undefined;

  constructor(options: GuardedServerOptions, answer: Answer) {
    const { limits, tls, keepsProcess, onUpgrade, isUpgrade } = options;
    this.#options = options;
    this.#answer = answer;
    const settings: ServerOptions = {
      maxHeaderSize: limits.maxHeaderBytes,
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveMs,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      ...(isUpgrade === undefined ? {} : { shouldUpgradeCallback: isUpgrade }),
    };
    this.#server =
      tls === undefined ? createServer(settings) : createTlsServer({ ...tls, ...settings });
    // The server may have been created inside a span, to which its requests do not belong.
    this.#server.on(
      "request",
      (request, response) =>
        context.with(ROOT_CONTEXT, () => void this.#receive(request, response)), // never rejects
    );
    // Instrumentation wraps `emit` of the class. The wrapper applies to the application's servers, not to
    // this one.
    this.#server.emit = EventEmitter.prototype.emit;
    if (limits.maxConnections !== undefined) this.#server.maxConnections = limits.maxConnections;
    this.#server.on("clientError", (error, socket) => this.#refuseUnparsed(error, socket));
    if (onUpgrade !== undefined) {
      this.#server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
        context.with(ROOT_CONTEXT, () => this.#upgrade(onUpgrade, request, socket, head)),
      );
    }
    if (keepsProcess) return;
    this.#server.on("connection", (socket) => socket.unref());
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
    const { host, tls } = this.#options;
    return `${tls === undefined ? "http" : "https"}://${localUrlHost(host)}:${this.port}`;
  }

  /**
   * Answers the requests that clients have already sent, then releases the port. Never rejects.
   *
   * @param deadlineMs time after which connections are closed
   * @param onGraceEnd called at the latest when the server is closed: from then on no request begins, except one of which
   *   a part has arrived
   */
  close(deadlineMs: number, onGraceEnd: () => void = () => {}): Promise<void> {
    this.#closing ??= this.#close(deadlineMs, onGraceEnd).finally(onGraceEnd);
    return this.#closing;
  }

  async #close(deadlineMs: number, onGraceEnd: () => void): Promise<void> {
    try {
      await this.#listening;
    } catch {
      return; // it never listened
    }
    if (!this.#server.listening) return;
    this.#stopping = stopListening(this.#server);
    await this.#stopping;
    const { graceMs = 0 } = this.#options.limits;
    await finishRequests(this.#server, { deadlineMs, graceMs, onGraceEnd });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A client that has disconnected receives no response.
    request.on("error", ignore);
    response.on("error", ignore);
    this.#track(request.socket, response);
    if (this.#stopping !== undefined) await this.#stopping;
    try {
      if (this.#closing !== undefined) response.setHeader("Connection", "close");
      await this.#answer(request, response);
    } catch (error) {
      this.#refuse(request, response, error);
    }
  }

  #refuse(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    const refusal = this.#toRefusal(error);
    if (response.headersSent) return void response.destroy();
    const { headers, problems, refusalContent } = this.#options;
    const answer = problems.describe(refusal);
    const all = Object.entries({ ...headers, ...refusal.headers });
    for (const [name, value] of all) response.setHeader(name, value);
    send(response, answer.status, refusalContent(answer, request));
  }

  #toRefusal(error: unknown): Refusal {
    if (isInstance(error, Refusal)) return error;
    this.#options.onFault(error);
    return new Refusal(HttpCode.Internal, "something went wrong; see the application's log");
  }

  #upgrade(onUpgrade: Upgrade, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => {}); // a client that has disconnected
    try {
      if (this.#options.isUpgrade?.(request) === false) {
        throw new Refusal(HttpCode.BadRequest, "this protocol is not served; leave out Upgrade");
      }
      onUpgrade(request, socket, head);
    } catch (error) {
      const { headers, problems, refusalContent } = this.#options;
      const refusal = this.#toRefusal(error);
      const answer = problems.describe(refusal);
      const all = { ...headers, ...refusal.headers };
      writeRaw(socket, answer.status, all, refusalContent(answer, request));
      socket.end();
    }
  }

  /** Answers input that is not HTTP, too large or too slow, if the connection can still carry a response. */
  #refuseUnparsed(error: NodeJS.ErrnoException, socket: Duplex): void {
    const { isBegun = () => false } = this.#options;
    // The client would take it for the answer to a request before this one.
    const owesAnswer = [...(this.#underWay.get(socket) ?? [])].some(
      ({ headersSent, req }) => headersSent || req.complete || isBegun(req),
    );
    if (socket.writable && error.code !== "ECONNRESET" && !owesAnswer) {
      const { headers, problems, refusalContent, limits } = this.#options;
      const answer = problems.describe(toParseRefusal(error, limits.maxHeaderBytes));
      writeRaw(socket, answer.status, headers, refusalContent(answer));
    }
    (socket as Socket).destroySoon();
  }

  #track(socket: Socket, response: ServerResponse): void {
    const responses = this.#underWay.get(socket) ?? new Set();
    if (responses.size === 0) this.#underWay.set(socket, responses);
    responses.add(response);
    response.once("close", () => responses.delete(response));
  }
}

function ignore(): void {}
