import type { GatewayHost } from "../../monitor/system-access.ts";
import type { Failure } from "../call/outside-request.ts";

/** Facts about an answered request, for its line. */
export interface RequestLine {
  readonly requestId: string;
  readonly method: string;
  /** Template of the route. */
  readonly route: string | undefined;
  readonly status: number;
  readonly failure: Failure | undefined;
  readonly durationMs: number;
  readonly responseBytes: number;
  /** Only with `logCallers`. */
  readonly callerId: string | undefined;
}

const SERVER_ERROR = 500;

/** Writes the lines of requests. Never with tokens, headers, bodies, arguments, addresses or paths. */
export class RequestLog {
  readonly #host: Pick<GatewayHost, "log" | "warn" | "isVerbose">;

  constructor(host: Pick<GatewayHost, "log" | "warn" | "isVerbose">) {
    this.#host = host;
  }

  /** Writes the line of a request at `debug`, and at `info` if it has failed here. */
  answered(line: RequestLine): void {
    const isError = line.status >= SERVER_ERROR;
    if (!isError && !this.#host.isVerbose()) return;
    const { requestId, method, route, status, failure, durationMs, responseBytes, callerId } = line;
    const fields = {
      event: "gateway.request",
      request_id: requestId,
      method,
      route,
      status,
      code: failure?.code,
      duration_ms: Math.round(durationMs * 1_000) / 1_000,
      bytes: responseBytes,
      ...(callerId === undefined ? {} : { caller_id: callerId }),
    };
    this.#host.log(isError ? "info" : "debug", fields, "request");
  }

  /** Writes that a connection to an actor was opened, or has ended. */
  connection(fields: object, text: string): void {
    if (this.#host.isVerbose()) this.#host.log("debug", fields, text);
  }

  /** Writes that a request was refused; at most 3 lines in 30 s for each code. */
  refused(code: string, fields: object): void {
    this.#host.warn("gateway.refused", code, { code, ...fields }, "request refused");
  }

  /** Writes an error that the client is told nothing of. */
  internal(error: unknown, requestId: string, route: string | undefined): void {
    const fields = { event: "gateway.internal_error", err: error, request_id: requestId, route };
    this.#host.log("error", fields, "internal error");
  }

  /** Writes that `auth` has thrown or took too long. */
  authFailed(error: unknown): void {
    this.#host.log("error", { event: "gateway.auth_failed", err: error }, "authentication failed");
  }
}
