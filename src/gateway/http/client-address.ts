import { ErrorCode, UsageError } from "../../base/errors.ts";
import { ignoreRejection } from "../../base/foreign-value.ts";
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
    const address: unknown = clientAddress({ headers: exchange.headers(), peer });
    if (typeof address === "string") return address;
    // Clients whose address is the text of a promise, or of `null`, would be one.
    ignoreRejection(address);
    throw new UsageError("`clientAddress` must return a string", {
      code: ErrorCode.InvalidOption,
    });
  } catch (error) {
    log.internal(error, "", undefined);
    return peer;
  }
}
