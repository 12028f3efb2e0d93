import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { LOOPBACK_NAMES, urlHost } from "../base/host-header.ts";
import { ProblemCode, Refusal } from "./problem.ts";
import { cookieOf, Secret } from "./token.ts";

/** What {@link Guard} is made with. */
export interface GuardOptions {
  /** What the server is bound to, and at which port. */
  readonly host: string;
  readonly port: number;
  /** Further names, in lower case: `name:port`, or `name` for any port. */
  readonly allowedHosts: readonly string[];
  readonly token: string;
}

/** Where a request comes from, as browsers say it of their pages. */
const OWN_SITES: ReadonlySet<string> = new Set(["same-origin", "none"]);

/**
 * Decides who is answered. A page of the web that a browser on this machine has open can send requests
 * here: by its own name that has been pointed at this machine (DNS rebinding), which `Host` tells, or
 * across sites, which `Origin` and `Sec-Fetch-Site` tell. Whoever is left must know the token.
 */
export class Guard {
  readonly #hosts: ReadonlySet<string>;
  readonly #names: ReadonlySet<string>;
  readonly #token: Secret;
  readonly #cookie: Secret;
  readonly #cookieValue: string;
  readonly #cookieName: string;

  constructor({ host, port, allowedHosts, token }: GuardOptions) {
    const own = [...LOOPBACK_NAMES, urlHost(host).toLowerCase()].map((name) => `${name}:${port}`);
    // Browsers leave the port out where it is the scheme's.
    const bare = port === 80 ? LOOPBACK_NAMES : [];
    this.#hosts = new Set([...own, ...bare, ...allowedHosts.filter(hasPort)]);
    this.#names = new Set(allowedHosts.filter((name) => !hasPort(name)));
    this.#token = new Secret(token);
    this.#cookieValue = cookieOf(token);
    this.#cookie = new Secret(this.#cookieValue);
    // Cookies know no ports: consoles of several processes must not take each other's away.
    this.#cookieName = `limelight_console_${port}`;
  }

  /** The header that gives a browser its cookie. */
  get setCookie(): string {
    return `${this.#cookieName}=${this.#cookieValue}; Path=/; HttpOnly; SameSite=Strict`;
  }

  /**
   * Refuses what a page of another site may have sent.
   *
   * @throws {@link Refusal} 403
   */
  requireOwnSite({ headers }: IncomingMessage): void {
    const { host, origin } = headers;
    if (host === undefined || !this.#isOwn(host)) {
      throw new Refusal(
        ProblemCode.ForeignHost,
        "this Host is not served here; `allowedHosts` names further ones",
      );
    }
    const site = headers["sec-fetch-site"];
    const foreign = site !== undefined && !OWN_SITES.has(String(site));
    if (foreign || (origin !== undefined && !this.#isOwnOrigin(origin))) {
      throw new Refusal(
        ProblemCode.CrossSite,
        "requests of other sites are not answered; open the address itself",
      );
    }
  }

  /**
   * Refuses whoever has neither the cookie nor the token.
   *
   * @throws {@link Refusal} 401
   */
  requireKnown({ headers }: IncomingMessage): void {
    if (this.hasBearer(headers) || this.hasCookie(headers)) return;
    throw stranger("`Authorization: Bearer <token>`, or the cookie of its page");
  }

  /**
   * Refuses whoever has not the token itself.
   *
   * @throws {@link Refusal} 401
   */
  requireBearer({ headers }: IncomingMessage): void {
    if (!this.hasBearer(headers)) throw stranger("`Authorization: Bearer <token>`");
  }

  hasToken(guess: string): boolean {
    return this.#token.matches(guess);
  }

  hasBearer({ authorization }: IncomingHttpHeaders): boolean {
    const [, guess] = /^Bearer +(\S+)$/i.exec(authorization ?? "") ?? [];
    return guess !== undefined && this.#token.matches(guess);
  }

  hasCookie({ cookie }: IncomingHttpHeaders): boolean {
    const start = `${this.#cookieName}=`;
    return (cookie ?? "")
      .split(";")
      .map((pair) => pair.trim())
      .some((pair) => pair.startsWith(start) && this.#cookie.matches(pair.slice(start.length)));
  }

  #isOwn(header: string): boolean {
    const host = header.toLowerCase();
    return this.#hosts.has(host) || this.#names.has(host.replace(/:\d{1,5}$/, ""));
  }

  #isOwnOrigin(origin: string): boolean {
    const [, host] = /^https?:\/\/([^/]+)$/i.exec(origin) ?? [];
    return host !== undefined && this.#isOwn(host);
  }
}

function stranger(how: string): Refusal {
  return new Refusal(ProblemCode.Token, `this needs the token of the console: ${how}`, {
    "WWW-Authenticate": 'Bearer realm="limelight console"',
  });
}

function hasPort(name: string): boolean {
  return /:\d+$/.test(name.replace(/^\[.*\]/, ""));
}
