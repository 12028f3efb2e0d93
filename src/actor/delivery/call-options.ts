import { DAY_MS } from "../../base/clock.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { numberOption, optionKeys, requireKnownKeys } from "../../base/options.ts";
import type { CallOptions } from "../definition/ref.ts";

const CALL_OPTIONS = optionKeys<CallOptions>({ timeoutMs: true, signal: true });

/**
 * Checks the methods instead of the class, since a test environment may have its own `AbortSignal`.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function requireSignal(signal: AbortSignal | undefined): void {
  if (signal === undefined || typeof signal?.addEventListener === "function") return;
  throw new UsageError(`\`signal\` must be an AbortSignal, not ${typeof signal}`, {
    code: ErrorCode.InvalidOption,
  });
}

/**
 * Checks the options of a call.
 *
 * @param what the function they are given to, for the error
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function requireCallOptions(what: string, options: CallOptions): void {
  requireKnownKeys(what, options ?? null, CALL_OPTIONS);
  numberOption("timeoutMs", options.timeoutMs, 0, { min: 0, max: DAY_MS });
  requireSignal(options.signal);
}
