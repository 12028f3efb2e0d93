import type { IncomingMessage } from "node:http";
import type { TLSSocket } from "node:tls";
import type { SiteHeaders } from "../../http/host-guard.ts";
import type { Exchange } from "./exchange.ts";

/** What frameworks add to a request. */
export interface MiddlewareRequest extends IncomingMessage {
  /** Target before a mount path was removed, as Express and Connect have it. */
  readonly originalUrl?: unknown;
  /** Body, if a middleware has read it. */
  readonly body?: unknown;
}

/** The part of an exchange that is read before its body. */
type Head = Pick<
  Exchange,
  | "method"
  | "target"
  | "scheme"
  | "protocolVersion"
  | "peer"
  | "localPort"
  | "headerCount"
  | "authorizations"
  | "site"
  | "header"
  | "headers"
>;

/** The head of a request of `node:http`: of one that is answered, or of a handshake. */
export class NodeHead implements Head {
  readonly #request: MiddlewareRequest;
  readonly authorizations: number;
  readonly site: SiteHeaders;

  constructor(request: MiddlewareRequest) {
    this.#request = request;
    const { rawHeaders, headers } = request;
    let [hosts, authorizations] = [0, 0];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      // Node keeps the first of these and drops the others.
      const name = rawHeaders[at] ?? "";
      if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
      else if (name.length === 13 && name.toLowerCase() === "authorization") authorizations += 1;
    }
    this.authorizations = authorizations;
    this.site = {
      method: request.method,
      host: headers.host,
      hosts,
      origin: headers.origin,
      site: headers["sec-fetch-site"],
      mode: headers["sec-fetch-mode"],
      destination: headers["sec-fetch-dest"],
    };
  }

  get method(): string {
    return this.#request.method ?? "";
  }

  get target(): string {
    const { originalUrl, url = "" } = this.#request;
    return typeof originalUrl === "string" ? originalUrl : url;
  }

  get scheme(): "http" | "https" {
    return (this.#request.socket as TLSSocket).encrypted === true ? "https" : "http";
  }

  get protocolVersion(): string {
    return this.#request.httpVersion;
  }

  get peer(): string {
    return this.#request.socket.remoteAddress ?? "";
  }

  get localPort(): number {
    return this.#request.socket.localPort ?? 0;
  }

  get headerCount(): number {
    return this.#request.rawHeaders.length / 2;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  headers(): Headers {
    const all = new Headers();
    const { rawHeaders } = this.#request;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      all.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
    }
    return all;
  }
}
