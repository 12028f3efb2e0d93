import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const TOKEN_BYTES = 32;

/** Returns a token that cannot be guessed: 256 random bits, safe for a URL. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Compares guesses with a secret, in a time that does not depend on how much of a guess is correct. */
export class Secret {
  readonly #digest: Buffer;

  constructor(secret: string) {
    this.#digest = digest(secret);
  }

  matches(guess: string): boolean {
    return timingSafeEqual(this.#digest, digest(guess));
  }
}

/** Derives another secret from `token`, for `purpose`. The token cannot be recovered from it. */
export function deriveSecret(token: string, purpose: string): string {
  return createHmac("sha256", token).update(purpose).digest("base64url");
}

/** Returns the token of `Authorization: Bearer <token>`. */
export function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/** Returns the values of the cookies called `name`. */
export function cookiesOf({ cookie = "" }: IncomingHttpHeaders, name: string): readonly string[] {
  const start = `${name}=`;
  return cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
}

/** Returns a digest of constant length, because `timingSafeEqual` requires equal lengths. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
