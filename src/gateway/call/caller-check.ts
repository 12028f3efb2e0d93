import type { Caller } from "../../activation/definition/caller.ts";
import { ErrorCode, UsageError } from "../../base/errors.ts";

const MAX_CALLER_BYTES = 4_096;

/**
 * Returns a copy of a caller, as it is after its way through JSON. All of it is frozen: the requests of a token share it.
 *
 * @param source what has returned it, for the message of the error
 * @throws {@link UsageError} `ERR_INVALID_OPTION` unless it is a caller of at most 4 KiB
 */
export function requireCaller(value: unknown, source: string): Caller {
  const text = textOf(value);
  if (text === undefined || Buffer.byteLength(text) > MAX_CALLER_BYTES) {
    throw invalid(`the caller of ${source} must be JSON of at most ${MAX_CALLER_BYTES} bytes`);
  }
  const caller = JSON.parse(text, frozen) as Partial<Record<keyof Caller, unknown>> | null;
  const { id, roles, claims, expiresAtMs } = caller ?? {};
  if (typeof id !== "string" || id === "") {
    throw invalid(`the caller of ${source} must have an \`id\` that is not empty`);
  }
  const hasRoles = roles === undefined || (Array.isArray(roles) && roles.every(isText));
  const hasClaims = claims === undefined || (typeof claims === "object" && claims !== null);
  const hasEnd = expiresAtMs === undefined || typeof expiresAtMs === "number";
  if (!hasRoles || !hasClaims || !hasEnd) {
    throw invalid(
      `the caller of ${source} has \`roles\`, \`claims\` or \`expiresAtMs\` of a wrong type`,
    );
  }
  return caller as Caller;
}

function frozen(_name: string, value: unknown): unknown {
  return Object.freeze(value);
}

function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // a cycle, or a getter that throws
  }
}

function isText(value: unknown): boolean {
  return typeof value === "string";
}

function invalid(message: string): UsageError {
  return new UsageError(message, { code: ErrorCode.InvalidOption });
}
