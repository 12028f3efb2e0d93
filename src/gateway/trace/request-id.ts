import { randomBytes } from "node:crypto";

/** What is taken over from a request; everything else is replaced, and not quoted anywhere. */
const GIVEN = /^[A-Za-z0-9_-]{8,64}$/;
const PREFIX_BYTES = 8;
const NUMBER_DIGITS = 8;

/** Whether an id from outside is used. */
export function isRequestId(given: string | undefined): given is string {
  return given !== undefined && GIVEN.test(given);
}

/**
 * Makes ids of requests: a random part for the gateway, and a number. `randomUUID` for each request would take longer than
 * the rest of its bookkeeping.
 */
export class RequestIds {
  readonly #prefix = BigInt(`0x${randomBytes(PREFIX_BYTES).toString("hex")}`)
    .toString(36)
    .padStart(13, "0");
  #last = 0;

  next(): string {
    this.#last += 1;
    return this.#prefix + this.#last.toString(36).padStart(NUMBER_DIGITS, "0");
  }
}
