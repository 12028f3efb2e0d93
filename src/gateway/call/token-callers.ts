import { createHash, timingSafeEqual } from "node:crypto";
import type { Caller } from "../../activation/definition/caller.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { requireCaller } from "./caller-check.ts";

const MIN_TOKEN_LENGTH = 16;
/** What a bearer token may consist of, so that every token can be sent. */
const TOKEN = /^[!-~]+$/;

/**
 * Callers by their token. Only hashes of tokens are kept. A look-up takes the same time whatever is looked up: it compares
 * hashes, and all of them.
 */
export class TokenCallers {
  readonly #entries: readonly { readonly digest: Buffer; readonly caller: Caller }[];

  /** @throws {@link UsageError} `ERR_INVALID_OPTION` for a token or a caller that cannot be used */
  constructor(callers: Readonly<Record<string, Caller>>) {
    const entries = Object.entries(callers);
    if (entries.length === 0) throw invalid("`auth` must have at least one token");
    this.#entries = entries.map(([token, caller], at) => {
      if (token.length < MIN_TOKEN_LENGTH || !TOKEN.test(token)) {
        throw invalid(
          `token ${at + 1} of \`auth\` must have at least ${MIN_TOKEN_LENGTH} visible ASCII characters`,
        );
      }
      return {
        digest: digest(token),
        caller: requireCaller(caller, `token ${at + 1} of \`auth\``),
      };
    });
  }

  /** Returns the caller of a token. */
  find(token: string): Caller | undefined {
    const guess = digest(token);
    let found: Caller | undefined;
    for (const { digest: own, caller } of this.#entries) {
      if (timingSafeEqual(own, guess)) found = caller;
    }
    return found;
  }
}

/** Returns a digest of constant length, because `timingSafeEqual` requires equal lengths. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function invalid(message: string): UsageError {
  return new UsageError(message, { code: ErrorCode.InvalidOption });
}
