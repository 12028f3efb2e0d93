import { ErrorCode, UsageError } from "../../base/errors.ts";
import type { AnyKeyedDefinition } from "../definition/keyed-definition.ts";

/**
 * Checks that actors of a definition can move between processes.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION` when they have databases, which are files of one machine
 */
export function requirePlaceable({ type, settings }: AnyKeyedDefinition): void {
  if (settings.database === undefined) return;
  const text = `\`database\` of ${type}: actors of a cluster have none, since it is a file of one machine; use \`c.kv\``;
  throw new UsageError(text, { code: ErrorCode.InvalidOption });
}
