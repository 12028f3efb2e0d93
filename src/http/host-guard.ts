import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { isLoopback, LOOPBACK_NAMES, urlHost } from "./host-names.ts";
import { HttpCode, Refusal } from "./refusal.ts";

/** How strictly a `Host` header is matched against the server's names. */
export const HostMatch = {
  /** Own names with the server's own port, for servers that a browser opens. */
  Exact: "exact",
  /**
   * Own names with any port and, beyond loopback, any IP address. For scrapers, which connect through mapped
   * ports and address pods by IP. DNS rebinding needs a name.
   */
  Name: "name",
} as const;
export type HostMatch = (typeof HostMatch)[keyof typeof HostMatch];

/** Options of a {@link HostGuard}. */
export interface HostGuardOptions {
  /** Host that the server is bound to. */
  readonly host: string;
  readonly match: HostMatch;
  /** Further names, compared without case: `name:port`, or `name` for any port. */
  readonly allowedHosts: readonly string[];
  /** Appended to the message of a refusal: how to allow further names. */
  readonly advice: string;
}

const HTTP_PORT = 80;

/**
 * Refuses requests that a page of another site may have sent.
 *
 * A page open in a browser on this machine can reach a loopback server in two ways: by its own name,
 * redirected to this machine (DNS rebinding), which `Host` reveals, or by a cross-site request, which
 * `Origin` and `Sec-Fetch-Site` reveal.
 */
export class HostGuard {
  readonly #options: HostGuardOptions;
  readonly #ownNames: ReadonlySet<string>;
  readonly #allowed: ReadonlySet<string>;
  readonly #acceptsAddresses: boolean;

  constructor(options: HostGuardOptions) {
    const { host, match, allowedHosts } = options;
    this.#options = options;
    this.#ownNames = new Set([...LOOPBACK_NAMES, urlHost(host).toLowerCase()]);
    this.#allowed = new Set(allowedHosts.map((name) => name.toLowerCase()));
    this.#acceptsAddresses = match === HostMatch.Name && !isLoopback(host);
  }

  /**
   * Checks that a request names this server and comes from its own site.
   *
   * @throws {@link Refusal} `FOREIGN_HOST` or `CROSS_SITE`; `BAD_REQUEST` when there are several hosts
   */
  requireOwnSite(request: IncomingMessage): void {
    const port = request.socket.localPort ?? 0;
    const { host, origin, "sec-fetch-site": site } = request.headers;
    if ((request.headersDistinct["host"]?.length ?? 0) > 1) {
      throw new Refusal(HttpCode.BadRequest, "a request has one Host header");
    }
    if (host === undefined || !this.#isOwnHost(host.toLowerCase(), port)) {
      throw new Refusal(
        HttpCode.ForeignHost,
        `this Host is not served here; ${this.#options.advice}`,
      );
    }
    // Set by the browser itself. Origins also differ where a proxy sends another Host than the browser.
    if (site === "same-origin") return;
    const isOwnOrigin = origin === undefined || this.#isOwnOrigin(origin.toLowerCase(), host, port);
    const isOwnSite = site === undefined || site === "none" || isForeignNavigation(request);
    if (isOwnOrigin && isOwnSite) return;
    throw new Refusal(
      HttpCode.CrossSite,
      "requests of other sites are not answered; open the address itself",
    );
  }

  #isOwnHost(host: string, port: number): boolean {
    const { name, port: asked } = split(host);
    if (this.#allowed.has(host) || this.#allowed.has(name)) return true;
    if (this.#options.match === HostMatch.Exact) return this.#isOwnAddress(name, asked, port);
    return this.#ownNames.has(name) || (this.#acceptsAddresses && isAddress(name));
  }

  /** Returns whether an origin is the request's `Host`, the server's own address, or an allowed name. */
  #isOwnOrigin(origin: string, host: string, port: number): boolean {
    const [, originHost] = /^https?:\/\/([^/]+)$/.exec(origin) ?? [];
    if (originHost === undefined) return false;
    const { name, port: asked } = split(originHost);
    return (
      originHost === host.toLowerCase() ||
      this.#isOwnAddress(name, asked, port) ||
      this.#allowed.has(originHost) ||
      this.#allowed.has(name)
    );
  }

  #isOwnAddress(name: string, asked: string | undefined, port: number): boolean {
    // Browsers omit the default port of the scheme.
    const isOwnPort = asked === undefined ? port === HTTP_PORT : asked === String(port);
    return isOwnPort && this.#ownNames.has(name);
  }
}

/**
 * Returns whether a browser opens the address as a top-level page, by a link on another site or a later
 * reload.
 *
 * The response is not visible to the page with the link, so cross-site reads are allowed in this way.
 */
export function isForeignNavigation({ method, headers }: IncomingMessage): boolean {
  const site = headers["sec-fetch-site"];
  return (
    method === "GET" &&
    (site === "cross-site" || site === "same-site") &&
    headers["sec-fetch-mode"] === "navigate" &&
    headers["sec-fetch-dest"] === "document"
  );
}

function split(host: string): { readonly name: string; readonly port: string | undefined } {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(host) ?? [];
  return { name, port: port === "" ? undefined : port };
}

function isAddress(name: string): boolean {
  return isIP(name.replaceAll(/^\[|\]$/g, "")) !== 0;
}
