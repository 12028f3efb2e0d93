import type { IncomingMessage } from "node:http";
import { HttpCode, Refusal } from "../http/refusal.ts";
import { bearerOf, cookiesOf, deriveSecret, Secret } from "../http/token.ts";

/** Checks that a client has the token, or the cookie that a browser gets in exchange for it. */
export class Access {
  readonly #token: Secret;
  readonly #cookie: Secret;
  readonly #cookieValue: string;

  constructor(token: string) {
    this.#token = new Secret(token);
    this.#cookieValue = deriveSecret(token, "limelight console cookie");
    this.#cookie = new Secret(this.#cookieValue);
  }

  /**
   * Returns the header that sets the browser's cookie. It names no path, so that the cookie applies to the
   * directory of the request, which is the console's behind any proxy.
   */
  setCookieFor(request: IncomingMessage): string {
    return `${cookieName(request)}=${this.#cookieValue}; HttpOnly; SameSite=Strict`;
  }

  /** @throws {@link Refusal} `TOKEN` with neither the cookie nor the token */
  requireKnown(request: IncomingMessage): void {
    if (this.isKnown(request)) return;
    throw unknownClient("`Authorization: Bearer <token>`, or the cookie of its page");
  }

  /** @throws {@link Refusal} `TOKEN` without the token itself */
  requireBearer(request: IncomingMessage): void {
    if (!this.#hasBearer(request)) throw unknownClient("`Authorization: Bearer <token>`");
  }

  hasToken(guess: string): boolean {
    return this.#token.matches(guess);
  }

  isKnown(request: IncomingMessage): boolean {
    const cookies = cookiesOf(request.headers, cookieName(request));
    return this.#hasBearer(request) || cookies.some((value) => this.#cookie.matches(value));
  }

  #hasBearer({ headers }: IncomingMessage): boolean {
    const guess = bearerOf(headers);
    return guess !== undefined && this.#token.matches(guess);
  }
}

/**
 * Returns a cookie name that contains the port. Cookies ignore ports, so that consoles of several processes
 * would overwrite each other's.
 */
function cookieName({ socket }: IncomingMessage): string {
  return `limelight_console_${socket.localPort}`;
}

function unknownClient(how: string): Refusal {
  return new Refusal(HttpCode.Token, `this needs the token of the console: ${how}`, {
    headers: { "WWW-Authenticate": 'Bearer realm="limelight console"' },
  });
}
