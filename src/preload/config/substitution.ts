import { ErrorCode, UsageError } from "../../base/errors.ts";

/** Reads a variable of the process; `undefined` when it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/** `$$`, a reference that is well-formed, or the beginning of one that is not. */
const REFERENCE = /\$\$|\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-([^\n}]*))?\}|\$\{/g;

/**
 * Returns `text` with each `${NAME}`, `${env:NAME}` and `${NAME:-default}` replaced. `$$` is one `$`. An unset or
 * empty variable without a default is an empty text. What is put in is not searched again.
 *
 * @throws UsageError `ERR_CONFIG_FILE` for a reference that is not well-formed
 * @see {@link https://opentelemetry.io/docs/specs/otel/configuration/data-model/#environment-variable-substitution |
 *   Environment variable substitution}
 */
export function substitute(text: string, read: ReadVariable): string {
  return text.replace(
    REFERENCE,
    (whole, name: string | undefined, fallback: string | undefined) => {
      if (whole === "$$") return "$";
      if (name === undefined)
        throw new UsageError("a reference must be the name of a variable in braces", {
          code: ErrorCode.ConfigFile,
        });
      const value = read(name);
      return value === undefined || value === "" ? (fallback ?? "") : value;
    },
  );
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Returns the value that a plain scalar of YAML has: a substituted value is typed, but never a map or list. */
export function plainValue(text: string): unknown {
  if (text === "" || text === "~" || /^null$/i.test(text)) return null;
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  return NUMBER.test(text) ? Number(text) : text;
}
