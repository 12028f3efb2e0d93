import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { HostGuard, localUrlHost } from "../base/host-header.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Environment } from "./environment.ts";
import { MetricsPage } from "./metrics-page.ts";

const PATH = "/metrics";
const METHODS = ["GET", "HEAD"];
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 9_464;
const MAX_HEADER_BYTES = 8_192;
const MAX_CONNECTIONS = 64;
const HEADERS_TIMEOUT_MS = 5_000;
const REQUEST_TIMEOUT_MS = 10_000;
const KEEP_ALIVE_MS = 5_000;

/** The port that is asked for; 0 for any free one. */
export function prometheusPort(environment: Environment): number {
  const ports = { min: 0, max: 65_535, integer: true };
  return environment.number("OTEL_EXPORTER_PROMETHEUS_PORT", DEFAULT_PORT, ports);
}

/**
 * Serves `/metrics` and nothing else. Keeps no process running, and when its port is taken the
 * application goes on without it.
 */
export class MetricsServer {
  /** Settles when the port is bound, with {@link url}, or when it could not be had, with `undefined`. */
  readonly bound: Promise<string | undefined>;
  /** Where the page is; `undefined` before the port is bound and after {@link close}. */
  url: string | undefined;
  readonly #page: MetricsPage;
  readonly #diagnostics: Diagnostics;
  readonly #guard: HostGuard;
  readonly #server: Server;

  constructor(page: MetricsPage, environment: Environment, diagnostics: Diagnostics) {
    const host = environment.text("OTEL_EXPORTER_PROMETHEUS_HOST") ?? DEFAULT_HOST;
    const port = prometheusPort(environment);
    this.#page = page;
    this.#diagnostics = diagnostics;
    this.#guard = new HostGuard(host, environment.list("LIMELIGHT_METRICS_ALLOWED_HOSTS", []));
    this.#server = createServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: HEADERS_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("connection", (socket) => socket.unref());
    this.bound = this.#listen(host, port);
  }

  /** Frees the port. */
  close(): Promise<void> {
    this.url = undefined;
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  #listen(host: string, port: number): Promise<string | undefined> {
    const server = this.#server.unref();
    return new Promise((resolve) => {
      server.on("error", (error: NodeJS.ErrnoException) => {
        this.#diagnostics.report(refusal(host, port, error), { port, error_type: error.code });
        resolve(undefined);
      });
      server.listen({ host, port, exclusive: true }, () => {
        const { port: actual } = server.address() as AddressInfo;
        this.url = `http://${localUrlHost(host)}:${actual}${PATH}`;
        resolve(this.url);
      });
    });
  }

  /** Never rejects: what goes wrong is an answer. */
  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.setHeader("Cache-Control", "no-store");
    response.setHeader("X-Content-Type-Options", "nosniff");
    if (!this.#guard.allows(request.headers.host)) {
      return refuse(
        response,
        403,
        "this Host is not served here: LIMELIGHT_METRICS_ALLOWED_HOSTS names those that are",
      );
    }
    const [path] = (request.url ?? "").split("?", 1);
    if (path !== PATH) return refuse(response, 404, `there is only ${PATH} here`);
    if (!METHODS.includes(request.method ?? "")) {
      response.setHeader("Allow", METHODS.join(", "));
      return refuse(response, 405, `only ${METHODS.join(" and ")}`);
    }
    try {
      const page = await this.#page.render();
      response.setHeader("Content-Type", MetricsPage.contentType);
      response.setHeader("Content-Length", Buffer.byteLength(page));
      response.end(request.method === "HEAD" ? undefined : page);
    } catch (error) {
      this.#diagnostics.error("metrics could not be collected", error);
      refuse(response, 500, "metrics could not be collected");
    }
  }
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.statusCode = status;
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  response.end(`${reason}\n`);
}

function refusal(host: string, port: number, error: NodeJS.ErrnoException): string {
  const advice =
    "set OTEL_EXPORTER_PROMETHEUS_PORT to a free port (0 picks one), or OTEL_METRICS_EXPORTER=none";
  const reason = error.code === "EADDRINUSE" ? "is taken" : `cannot be had (${error.message})`;
  return `no /metrics here: port ${port} on ${host} ${reason}; ${advice}`;
}
