import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ErrorCode, LimelightError } from "../base/errors.ts";
import { localUrlHost } from "../base/host-header.ts";
import { Guard } from "./guard.ts";
import { secure, sendProblem } from "./http-answer.ts";

const MAX_HEADER_BYTES = 16_384;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;
/** Beyond viewers: requests under way, and connections kept for the next. */
const SPARE_CONNECTIONS = 64;

/** What a {@link ConsoleServer} listens with. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly allowedHosts: readonly string[];
  readonly token: string;
  readonly maxViewers: number;
}

/** Answers a request that comes from a page or program that may be answered; may throw or reject. */
export type Answer = (
  request: IncomingMessage,
  response: ServerResponse,
  guard: Guard,
) => void | Promise<void>;

/** The way in over HTTP: keeps no process running, and what goes wrong in it is an answer. */
export class ConsoleServer {
  readonly #server: Server;
  readonly #host: string;
  readonly #answer: Answer;
  #guard: Guard | undefined;

  private constructor(options: ServerOptions, answer: Answer) {
    this.#host = options.host;
    this.#answer = answer;
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => void this.#receive(request, response), // never rejects
    );
    this.#server.maxConnections = options.maxViewers + SPARE_CONNECTIONS;
    this.#server.on("connection", (socket) => socket.unref());
    this.#server.unref();
  }

  /**
   * Takes the port.
   *
   * @throws {@link LimelightError} `ERR_CONSOLE_PORT`
   */
  static async listen(options: ServerOptions, answer: Answer): Promise<ConsoleServer> {
    const listening = new ConsoleServer(options, answer);
    await listening.#listen(options);
    listening.#guard = new Guard({ ...options, port: listening.port });
    return listening;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Where it is reached from this machine. */
  get origin(): string {
    return `http://${localUrlHost(this.#host)}:${this.port}`;
  }

  /** Frees the port and cuts all connections. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #listen({ host, port }: ServerOptions): Promise<void> {
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(explain(host, port, cause)));
      // Children of `cluster` would share a port that is not exclusive.
      server.listen({ host, port, exclusive: true }, () => {
        server.removeAllListeners("error");
        server.on("error", () => {}); // of single connections; they are closed
        resolve();
      });
    });
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Somebody has hung up: there is nobody to tell.
    request.on("error", () => {});
    response.on("error", () => {});
    try {
      secure(response);
      const guard = this.#guard;
      if (guard === undefined) return void response.destroy();
      guard.requireOwnSite(request);
      await this.#answer(request, response, guard);
    } catch (error) {
      sendProblem(response, error);
    }
  }
}

function explain(host: string, port: number, cause: NodeJS.ErrnoException): LimelightError {
  const reason = cause.code === "EADDRINUSE" ? "is taken" : `cannot be had (${cause.message})`;
  return new LimelightError(`port ${port} on ${host} ${reason}; port 0 takes any that is free`, {
    code: ErrorCode.ConsolePort,
    cause,
  });
}
