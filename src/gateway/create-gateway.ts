import type { MonitoredSystem } from "../monitor/monitored-system.ts";
import { gatewayCalls } from "./gateway-calls.ts";
import type { Gateway } from "./gateway-facade.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { openGateway } from "./open-gateway.ts";

/**
 * Opens a gateway: a way from outside to the keyed actors of a system, over HTTP and WebSockets. It answers on loopback
 * until it is told otherwise, and reaches nothing that was not exposed.
 *
 * With `port` it listens; without, it is mounted in another server by `handler` or `fetch`, and by `attach` for WebSockets.
 * `shutdown` of its system closes it first.
 *
 * @throws UsageError `ERR_INVALID_OPTION`, `ERR_GATEWAY_EXPOSED`
 * @throws LimelightError `ERR_GATEWAY_PORT`, `ERR_SYSTEM_STOPPED`
 * @example
 * ```ts
 * const counter = defineKeyedActor("counter", {
 *   state: () => ({ count: 0 }),
 *   handlers: { add: (c, by: number) => (c.state.count += by) },
 * });
 * const gateway = await createGateway(system, {
 *   actors: [expose(counter, { calls: { add: unchecked } })],
 *   port: 0, // any that is free
 * });
 * const response = await fetch(`${gateway.url}/actors/counter/visits/ask/add`, {
 *   method: "POST",
 *   headers: { "content-type": "application/json" },
 *   body: "[2]",
 * });
 * await response.json(); // 2
 * await gateway.close();
 * ```
 */
export function createGateway(system: MonitoredSystem, options: GatewayOptions): Promise<Gateway> {
  return openGateway(system, options, (exposed, settings) =>
    gatewayCalls(system, exposed, settings),
  );
}
