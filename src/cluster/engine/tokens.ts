import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";

const TOKENS = /^[\w=-]+(?:\.[\w=-]+)*$/;
/** Maximum length of a refused text in an error. */
const MAX_SHOWN = 70;

/**
 * Checks a key or subject: tokens of `[A-Za-z0-9_=-]` joined by dots.
 *
 * @param what it is, for the message of the error
 * @throws UsageError `ERR_INVALID_KEY`
 */
export function requireTokens(what: string, text: string): void {
  if (TOKENS.test(text)) return;
  throw new UsageError(`${quote(text.slice(0, MAX_SHOWN))} is no ${what}`, {
    code: ErrorCode.InvalidKey,
  });
}

/** As {@link requireTokens}, for the beginning of keys or subjects: may be empty. */
export function requirePrefix(what: string, text: string): void {
  if (text !== "") requireTokens(what, text);
}

/** Returns whether `key` starts with the tokens of `prefix`, and has more of them. */
export function startsWithTokens(key: string, prefix: string): boolean {
  return prefix === "" || key.startsWith(`${prefix}.`);
}
