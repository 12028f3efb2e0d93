import { ErrorCode, UsageError } from "../../base/errors.ts";
import type { SqlParameters } from "../definition/database-types.ts";
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
      return value === null || value instanceof Uint8Array;
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

/**
 * Checks a statement and its parameters.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`; the text has no values
 */
export function acceptParameters(sql: unknown, parameters: SqlParameters = []): SentParameters {
  if (typeof sql !== "string") throw invalid("a statement must be a string");
  if (Array.isArray(parameters)) {
    if (parameters.length > MAX_PARAMETERS) {
      throw invalid(`a statement has at most ${MAX_PARAMETERS} parameters`);
    }
    requireValues(parameters.entries());
    return parameters;
  }
  const isObject = typeof parameters === "object" && parameters !== null;
  if (!isObject || parameters instanceof Uint8Array) {
    throw invalid(
      "parameters of a statement must be a list, or an object with a value for each name",
    );
  }
  requireValues(Object.entries(parameters));
  return { ...parameters } as SentParameters;
}
