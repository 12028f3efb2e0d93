import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const TOKEN_BYTES = 32;

/** A token that nobody can guess: 256 random bits, fit for a URL. */
export function createToken(): string {
  return randomBytes(TOKEN_BYTES).toString("base64url");
}

/** Tells the right secret from others without telling by its time how much of one is right. */
export class Secret {
  readonly #digest: Buffer;

  constructor(secret: string) {
    this.#digest = digest(secret);
  }

  matches(guess: string): boolean {
    return timingSafeEqual(this.#digest, digest(guess));
  }
}

/** What a browser keeps in place of the token: with it nobody has the token itself. */
export function cookieOf(token: string): string {
  return createHmac("sha256", token).update("limelight console cookie").digest("base64url");
}

/** Of equal length for all: `timingSafeEqual` compares nothing else. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
