import { TopError, TopErrorCode } from "./top-error.ts";

/**
 * Checks that the requested system exists.
 *
 * @throws {@link TopError} `ERR_UNKNOWN_SYSTEM`
 */
export function requireSystem(wanted: string | undefined, systems: readonly string[]): void {
  if (wanted === undefined || systems.includes(wanted)) return;
  const others = systems.length === 0 ? "and no other system" : `but ${systems.join(", ")}`;
  throw new TopError(`there is no system ${JSON.stringify(wanted)}, ${others}`, {
    code: TopErrorCode.UnknownSystem,
  });
}
