import { type NumberBounds, numberOption } from "../../base/options.ts";

/** A numeric option: its default, and what is allowed. */
export interface Limit extends NumberBounds {
  readonly fallback: number;
}

/**
 * Settles every option of a table of limits.
 *
 * @param what what the names of the options begin with in errors
 * @throws {@link UsageError} `ERR_INVALID_OPTION`
 */
export function settleNumbers<Name extends string>(
  what: string,
  limits: Readonly<Record<Name, Limit>>,
  options: { readonly [Option in Name]?: number | undefined },
): Readonly<Record<Name, number>> {
  const names = Object.keys(limits) as Name[];
  const settled = names.map((name) => {
    const limit: Limit = limits[name];
    return [name, numberOption(`${what}${name}`, options[name], limit.fallback, limit)] as const;
  });
  return Object.fromEntries(settled) as Record<Name, number>;
}
