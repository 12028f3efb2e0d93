import type { IncomingMessage } from "node:http";
import { HttpCode, Refusal } from "../http/refusal.ts";
import { bearerOf, cookiesOf, deriveSecret, Secret } from "../http/token.ts";

/** Decides who is let in: clients that have the token, or the cookie that a browser gets for it. */
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
   * The header that gives a browser its cookie. It names no path: the browser then sends it to the directory it
   * came by, which is the console's wherever a proxy serves it.
   */
  setCookieFor(request: IncomingMessage): string {
    return `${cookieName(request)}=${this.#cookieValue}; HttpOnly; SameSite=Strict`;
  }

  /** @throws {@link Refusal} `TOKEN` without the cookie and the token */
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

/** Cookies know no ports: consoles of several processes must not replace each other's. */
function cookieName({ socket }: IncomingMessage): string {
  return `limelight_console_${socket.localPort}`;
}

function unknownClient(how: string): Refusal {
  return new Refusal(HttpCode.Token, `this needs the token of the console: ${how}`, {
    headers: { "WWW-Authenticate": 'Bearer realm="limelight console"' },
  });
}
