import { TopError, TopErrorCode } from "./top-error.ts";

/**
 * Holds the name of the one system to be seen against those there are.
 *
 * @throws {@link TopError} `ERR_UNKNOWN_SYSTEM`
 */
export function requireSystem(wanted: string | undefined, systems: readonly string[]): void {
  if (wanted === undefined || systems.includes(wanted)) return;
  const others = systems.length === 0 ? "no other either" : `but ${systems.join(", ")}`;
  throw new TopError(`there is no system ${JSON.stringify(wanted)}, ${others}`, {
    code: TopErrorCode.UnknownSystem,
  });
}
