import { ErrorCode, UsageError } from "../base/errors.ts";
import { quote } from "../base/names.ts";
import { isLoopback } from "../http/host-names.ts";
import type { GatewaySettings } from "./gateway-options.ts";

const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i;

/**
 * Checks that a gateway which others can reach knows who calls, or has been told that anyone may.
 *
 * @throws {@link UsageError} `ERR_GATEWAY_EXPOSED`
 */
export function requireAuthIfExposed({ auth, host, allowedHosts }: GatewaySettings): void {
  if (auth !== undefined) return;
  const open = isLoopback(host) ? allowedHosts.find((name) => !LOOPBACK_NAME.test(name)) : host;
  if (open === undefined) return;
  throw new UsageError(
    `a gateway that others can reach at ${quote(open)} needs \`auth\`; "anyone" serves without`,
    { code: ErrorCode.GatewayExposed },
  );
}
