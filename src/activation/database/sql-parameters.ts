import { isUint8Array } from "node:util/types";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import type { SqlParameters, SqlValue } from "../definition/database-types.ts";
import type { SentParameters } from "../sql/sql-messages.ts";

const MAX_PARAMETERS = 32_766;
const MIN_INTEGER = -(2n ** 63n);
const MAX_INTEGER = 2n ** 63n - 1n;

function invalid(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidOption });
}

function isSqlValue(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "number":
      return true;
    case "bigint":
      return value >= MIN_INTEGER && value <= MAX_INTEGER;
    default:
      return value === null || isUint8Array(value);
  }
}

function requireValues(entries: Iterable<readonly [string | number, unknown]>): void {
  for (const [name, value] of entries) {
    if (isSqlValue(value)) continue;
    const kind = typeof value === "object" ? "object of another kind" : typeof value;
    throw invalid(
      `parameter ${typeof name === "number" ? name + 1 : name} of a statement must be null, a number, a bigint of ` +
        `64 bits, a string or a Uint8Array, not ${value === undefined ? "undefined" : kind}`,
    );
  }
}

/** A statement may wait, and its caller may write into the same bytes meanwhile. */
function copied(value: unknown): SqlValue {
  return isUint8Array(value) ? Uint8Array.prototype.slice.call(value) : (value as SqlValue);
}

/**
 * Checks a statement, and copies its parameters.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`; the text has no values
 */
export function acceptParameters(sql: unknown, parameters: SqlParameters = []): SentParameters {
  if (typeof sql !== "string") throw invalid("a statement must be a string");
  if (Array.isArray(parameters)) {
    if (parameters.length > MAX_PARAMETERS) {
      throw invalid(`a statement has at most ${MAX_PARAMETERS} parameters`);
    }
    const values: unknown[] = [...parameters];
    requireValues(values.entries());
    return values.map(copied);
  }
  // The entries of a `Map` would be left out, and every parameter would be `null`.
  if (Object.prototype.toString.call(parameters) !== "[object Object]") {
    throw invalid(
      "parameters of a statement must be a list, or an object with a value for each name",
    );
  }
  const entries = Object.entries(parameters);
  requireValues(entries);
  return Object.fromEntries(entries.map(([name, value]) => [name, copied(value)]));
}
