import { HttpCode, Refusal } from "../../http/refusal.ts";

const WHOLE = /^[1-9]\d{0,8}$/;

/**
 * Returns a time in milliseconds from the query.
 *
 * @param maxMs longer times are shortened to it
 * @returns `undefined` if there is none of that name
 * @throws {@link Refusal} `BAD_REQUEST` for what is no time, and for two of them
 */
export function timeOf(query: string | undefined, name: string, maxMs: number): number | undefined {
  if (query === undefined) return undefined;
  const values = new URLSearchParams(query).getAll(name);
  const [value] = values;
  if (value === undefined) return undefined;
  if (values.length === 1 && WHOLE.test(value)) return Math.min(Number(value), maxMs);
  throw new Refusal(HttpCode.BadRequest, `${name} must be a number of milliseconds, once`);
}
