import type { GatewaySettings } from "../gateway-options.ts";
import type { RequestLog } from "../trace/request-log.ts";
import type { Exchange } from "./exchange.ts";

/** Returns the address of a client, for limits; empty if it is not known. */
export function clientAddressOf(
  { clientAddress }: Pick<GatewaySettings, "clientAddress">,
  log: RequestLog,
  exchange: Pick<Exchange, "headers" | "peer">,
): string {
  const { peer } = exchange;
  if (clientAddress === undefined) return peer;
  try {
    return String(clientAddress({ headers: exchange.headers(), peer }));
  } catch (error) {
    log.internal(error, "", undefined);
    return peer;
  }
}
