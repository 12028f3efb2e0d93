import type { IncomingMessage, ServerResponse } from "node:http";
import { isInstance } from "../../base/foreign-value.ts";
import { send, textContent } from "../../http/answers.ts";
import { HostMatch } from "../../http/host-guard.ts";
import { bareHost, isLoopback } from "../../http/host-names.ts";
import { LoopbackServer } from "../../http/loopback-server.ts";
import { PortError } from "../../http/port-error.ts";
import { HttpCode, ProblemTable, Refusal } from "../../http/refusal.ts";
import { READ_METHODS, requireMethod } from "../../http/requests.ts";
import { securityHeaders } from "../../http/security-headers.ts";
import type { Diagnostics } from "../diagnostics.ts";
import type { Environment } from "../environment.ts";
import { MetricsPage } from "./metrics-page.ts";

const PATH = "/metrics";
const DEFAULT_HOST = "127.0.0.1";
const DEFAULT_PORT = 9_464;
const MAX_CONNECTIONS = 64;
const CLOSE_DEADLINE_MS = 500;
const ALLOWED_HOSTS = "LIMELIGHT_METRICS_ALLOWED_HOSTS";
const HOST_VARIABLE = "OTEL_EXPORTER_PROMETHEUS_HOST";

/** Returns the configured port; 0 selects any free one. */
export function prometheusPort(environment: Environment): number {
  const ports = { min: 0, max: 65_535, integer: true };
  return environment.number("OTEL_EXPORTER_PROMETHEUS_PORT", DEFAULT_PORT, ports);
}

/**
 * Serves `/metrics` only. It does not keep the process running, and the application continues without it when
 * its port is in use.
 */
export class MetricsServer {
  /** Resolves with {@link url} when the port is bound, or with `undefined` when binding fails. */
  readonly bound: Promise<string | undefined>;
  /** URL of the page; `undefined` before the port is bound and after {@link close}. */
  url: string | undefined;
  readonly #page: MetricsPage;
  readonly #diagnostics: Diagnostics;
  readonly #server: LoopbackServer;
  #closed = false;

  constructor(page: MetricsPage, environment: Environment, diagnostics: Diagnostics) {
    const host = bareHost(environment.text(HOST_VARIABLE) ?? DEFAULT_HOST);
    const port = prometheusPort(environment);
    const allowed = environment.list(ALLOWED_HOSTS, []);
    this.#page = page;
    this.#diagnostics = diagnostics;
    this.#server = new LoopbackServer(
      {
        host,
        port,
        match: HostMatch.Name,
        // On loopback only the machine's own names are allowed.
        allowedHosts: isLoopback(host) ? [] : allowed,
        advice: hostAdvice(host),
        maxConnections: MAX_CONNECTIONS,
        headers: securityHeaders(),
        problems: new ProblemTable("ERR_METRICS_", {}),
        refusalContent: ({ message }) => textContent(message),
        onFault: (error) => diagnostics.error("/metrics could not be answered", error),
      },
      (request, response) => this.#answer(request, response),
    );
    this.bound = this.#bind();
  }

  /** Answers the scrapes that have arrived, then releases the port. */
  close(): Promise<void> {
    this.#closed = true;
    this.url = undefined;
    return this.#server.close(CLOSE_DEADLINE_MS);
  }

  async #bind(): Promise<string | undefined> {
    try {
      await this.#server.listen();
      if (!this.#closed) this.url = `${this.#server.origin}${PATH}`;
    } catch (error) {
      if (!isInstance(error, PortError)) throw error;
      const advice = error.concernsHost
        ? `set ${HOST_VARIABLE} to an address of this machine`
        : "set OTEL_EXPORTER_PROMETHEUS_PORT to a free port (0 picks one)";
      const sentence = `no /metrics here: ${error.message}; ${advice}, or OTEL_METRICS_EXPORTER=none`;
      this.#diagnostics.report(sentence, {
        port: error.port,
        error_type: error.code,
      });
    }
    return this.url;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? "").split("?", 1);
    if (path !== PATH) throw new Refusal(HttpCode.NotFound, `there is only ${PATH} here`);
    requireMethod(request, READ_METHODS);
    try {
      const body = await this.#page.render();
      send(response, 200, { type: MetricsPage.contentType, body });
    } catch (error) {
      this.#diagnostics.error("metrics could not be collected", error);
      throw new Refusal(HttpCode.Internal, "metrics could not be collected");
    }
  }
}

function hostAdvice(host: string): string {
  return isLoopback(host)
    ? `it listens on loopback and answers localhost: ${HOST_VARIABLE}=0.0.0.0 opens it, and ${ALLOWED_HOSTS} names the hosts it is then scraped by`
    : `${ALLOWED_HOSTS} names further ones, separated by commas`;
}
