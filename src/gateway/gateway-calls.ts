import { accessOf } from "../activation/access/system-access.ts";
import { ErrorCode, UsageError } from "../base/errors.ts";
import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { gatewayHostOf } from "../monitor/system-access.ts";
import { ExposedCalls } from "./call/outside-call.ts";
import { ExposedConnections } from "./call/outside-open.ts";
import type { ExposedTypes } from "./expose/exposed-types.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import type { GatewayWays } from "./open-gateway.ts";
import { ExposedRaws } from "./raw/outside-raw.ts";
import { RequestLog } from "./trace/request-log.ts";

/**
 * Returns the ways of a gateway to the actors of a system.
 *
 * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_TYPE_TAKEN`
 */
export function gatewayCalls(
  system: MonitoredSystem,
  exposed: ExposedTypes,
  { limits, issueMessages }: Pick<GatewaySettings, "limits" | "issueMessages">,
): GatewayWays {
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
  const common = { exposed, access, clock: host.clock, issueMessages };
  const calls = new ExposedCalls({
    ...common,
    replyBytes: limits.replyBytes,
    onFault: (error, { requestId, kind, type, name }) =>
      log.internal(error, requestId, `${kind} ${type}.${name}`),
  });
  const onFault = (error: unknown, requestId: string, what: string): void =>
    log.internal(error, requestId, what);
  return {
    call: (request, answer) => calls.call(request, answer),
    connections: new ExposedConnections({
      ...common,
      onFault,
    }),
    raws: new ExposedRaws({ ...common, onFault }),
  };
}
