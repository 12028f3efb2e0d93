import { within } from "../../base/async/within.ts";
import type { Clock } from "../../base/clock.ts";
import { isThenable } from "../../base/foreign-value.ts";
import type { ExposedType } from "../expose/expose.ts";
import type { Access } from "../expose/expose-options.ts";

/** How long `allow` is waited for, in milliseconds. */
const MAX_WAIT_MS = 5_000;

/**
 * Returns whether an access is allowed: everything where the type has no `allow`, and else what it returns `true` for.
 *
 * @returns without a promise where `allow` is not async
 * @throws what `allow` throws; an error when it is too slow, also as a rejection
 */
export function isAllowed(
  { allow, type }: Pick<ExposedType, "allow" | "type">,
  access: Access,
  clock: Clock,
): boolean | Promise<boolean> {
  if (allow === undefined) return true;
  const result = allow(access);
  if (!isThenable(result)) return result === true;
  const limit = { clock, limitMs: MAX_WAIT_MS, what: `\`allow\` of ${type}` };
  return within(limit, result).then((value) => value === true);
}
