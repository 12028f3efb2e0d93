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
  /**
   * Origins of other sites whose pages may send requests, such as `https://shop.example`. Default: the pages of
   * `allowedHosts`, by either scheme.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Appended to the message of a refusal: how to allow further names. */
  readonly advice: string;
}

/** What a {@link HostGuard} reads of a request. */
export interface SiteHeaders {
  readonly method: string | undefined;
  readonly host: string | undefined;
  /** Number of `Host` headers. */
  readonly hosts: number;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`, which a browser sets by itself. */
  readonly site: string | undefined;
  readonly mode: string | undefined;
  readonly destination: string | undefined;
}

/** Returns what a guard reads of a request. */
export function siteOf({ method, headers, headersDistinct }: IncomingMessage): SiteHeaders {
  return {
    method,
    host: headers.host,
    hosts: headersDistinct["host"]?.length ?? 0,
    origin: headers.origin,
    site: headers["sec-fetch-site"],
    mode: headers["sec-fetch-mode"],
    destination: headers["sec-fetch-dest"],
  };
}

const HTTP_PORT = 80;
const HTTPS_PORT = 443;

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
  readonly #origins: ReadonlySet<string> | undefined;
  readonly #acceptsAddresses: boolean;

  constructor(options: HostGuardOptions) {
    const { host, match, allowedHosts, allowedOrigins } = options;
    this.#options = options;
    this.#ownNames = new Set([...LOOPBACK_NAMES, urlHost(host).toLowerCase()]);
    this.#allowed = new Set(allowedHosts.map((name) => name.toLowerCase()));
    this.#origins = allowedOrigins && new Set(allowedOrigins.map((origin) => origin.toLowerCase()));
    this.#acceptsAddresses = match === HostMatch.Name && !isLoopback(host);
  }

  /** Whether pages of `origin` may read responses: it is one of `allowedOrigins`. */
  allowsOrigin(origin: string): boolean {
    return this.#origins?.has(origin.toLowerCase()) === true;
  }

  /**
   * Checks that a request names this server and comes from its own site, or from an allowed origin.
   *
   * @param localPort port at which the request arrived
   * @throws {@link Refusal} `FOREIGN_HOST` or `CROSS_SITE`; `BAD_REQUEST` when there are several hosts
   */
  requireOwnSite(headers: SiteHeaders, localPort: number): void {
    const { host, hosts, origin, site } = headers;
    if (hosts > 1) throw new Refusal(HttpCode.BadRequest, "a request has one Host header");
    if (host === undefined || !this.#isOwnHost(host.toLowerCase(), localPort)) {
      throw new Refusal(
        HttpCode.ForeignHost,
        `this Host is not served here; ${this.#options.advice}`,
      );
    }
    // Set by the browser itself. Origins also differ where a proxy sends another Host than the browser.
    if (site === "same-origin") return;
    if (origin !== undefined && this.allowsOrigin(origin)) return;
    const isOwnOrigin =
      origin === undefined || this.#isOwnOrigin(origin.toLowerCase(), host, localPort);
    const isOwnSite = site === undefined || site === "none" || isForeignNavigation(headers);
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
    if (originHost === host.toLowerCase() || this.#isOwnAddress(name, asked, port)) return true;
    if (this.#origins !== undefined) return false;
    return this.#allowed.has(originHost) || this.#allowed.has(name);
  }

  #isOwnAddress(name: string, asked: string | undefined, port: number): boolean {
    // Browsers omit the default port of the scheme.
    const isOwnPort =
      asked === undefined ? port === HTTP_PORT || port === HTTPS_PORT : asked === String(port);
    return isOwnPort && this.#ownNames.has(name);
  }
}

/**
 * Returns whether a browser opens the address as a top-level page, by a link on another site or a later
 * reload.
 *
 * The response is not visible to the page with the link, so cross-site reads are allowed in this way.
 */
export function isForeignNavigation({ method, site, mode, destination }: SiteHeaders): boolean {
  return (
    method === "GET" &&
    (site === "cross-site" || site === "same-site") &&
    mode === "navigate" &&
    destination === "document"
  );
}

function split(host: string): { readonly name: string; readonly port: string | undefined } {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{0,5}))?$/.exec(host) ?? [];
  return { name, port: port === "" ? undefined : port };
}

function isAddress(name: string): boolean {
  return isIP(name.replaceAll(/^\[|\]$/g, "")) !== 0;
}
