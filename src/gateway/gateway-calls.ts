import { accessOf } from "../activation/access/system-access.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { gatewayHostOf } from "../monitor/system-access.ts";
import { ExposedCalls } from "./call/outside-call.ts";
import type { OutsideCalls } from "./call/outside-request.ts";
import type { ExposedTypes } from "./expose/exposed-types.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import { RequestLog } from "./trace/request-log.ts";

/**
 * Returns what sends the calls of a gateway to the actors of a system.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_TYPE_TAKEN`
 */
export function gatewayCalls(
  system: MonitoredSystem,
  exposed: ExposedTypes,
  { limits, issueMessages }: Pick<GatewaySettings, "limits" | "issueMessages">,
): OutsideCalls {
  const access = accessOf(system);
  if (access === undefined) {
    throw new UsageError("a gateway needs a system that `createSystem` has returned", {
      code: ErrorCode.InvalidOption,
    });
  }
  // Registers each type in the system, so that a second definition of its name is refused now.
  for (const { definition, type } of exposed) access.resolve(definition, [type]);
  const host = gatewayHostOf(system);
  const log = new RequestLog(host);
  return new ExposedCalls({
    exposed,
    access,
    clock: host.clock,
    replyBytes: limits.replyBytes,
    issueMessages,
    onFault: (error, { requestId, kind, type, name }) =>
      log.internal(error, requestId, `${kind} ${type}.${name}`),
  });
}
