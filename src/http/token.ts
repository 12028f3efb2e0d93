import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

const TOKEN_BYTES = 32;

/** A token that cannot be guessed: 256 random bits, fit for a URL. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Recognises a secret; how long that takes does not depend on how much of a guess is right. */
export class Secret {
  readonly #digest: Buffer;

  constructor(secret: string) {
    this.#digest = digest(secret);
  }

  matches(guess: string): boolean {
    return timingSafeEqual(this.#digest, digest(guess));
  }
}

/** Another secret made of `token`, for `purpose`: who reads it does not have the token. */
export function deriveSecret(token: string, purpose: string): string {
  return createHmac("sha256", token).update(purpose).digest("base64url");
}

/** The token of `Authorization: Bearer <token>`. */
export function bearerOf({ authorization }: IncomingHttpHeaders): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
}

/** The values of the cookies called `name`. */
export function cookiesOf({ cookie = "" }: IncomingHttpHeaders, name: string): readonly string[] {
  const start = `${name}=`;
  return cookie
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(start))
    .map((pair) => pair.slice(start.length));
}

/** Of equal length for all texts: `timingSafeEqual` compares nothing else. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
