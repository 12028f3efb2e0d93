import { createGateway, expose, type Gateway } from "../gateway.ts";
import { orderRequest } from "./actors/order-request.ts";
import { placedOrder } from "./actors/placed-order.ts";
import type { DemoOptions } from "./options.ts";
import type { Shop } from "./shop.ts";

/** Keys of desks. The shop of one process has one. */
const DESKS_OF_ONE = /^main$/;
const DESKS = /^(?:main|desk-[1-9]\d?)$/;
/** Names of loopback, with any port: a container or a tunnel may have mapped it. */
const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/** An order has about fifty bytes. */
const BODY_BYTES = 16_384;
/** Maximum time a customer waits for a reply. */
const CALL_TIMEOUT_MS = 2_000;
/** Maximum time a request may take to arrive. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Opens the way into the shop: orders are placed at its only desk, and read and followed by their ids.
 *
 * @throws {@link LimelightError} `ERR_GATEWAY_PORT`
 * @throws {@link UsageError} `ERR_INVALID_OPTION` for a name that no host can have
 */
export function openGateway(
  { system, desk }: Shop,
  { port, host, allowedHost, node }: Pick<DemoOptions, "port" | "host" | "allowedHost" | "node">,
): Promise<Gateway> {
  const isCluster = node !== undefined;
  const isOpenToOthers = !LOOPBACK.test(host) || allowedHost.length > 0;
  return createGateway(system, {
    actors: [
      expose(desk, {
        calls: { place: [orderRequest] },
        allow: ({ key }) =>
          key.length === 1 && (isCluster ? DESKS : DESKS_OF_ONE).test(key[0] ?? ""),
      }),
      expose(placedOrder, { calls: { show: [] }, create: false }), // reading an id must not create an order
    ],
    port,
    host,
    allowedHosts: [...LOOPBACK_NAMES, ...allowedHost],
    limits: {
      bodyBytes: BODY_BYTES,
      callTimeoutMs: CALL_TIMEOUT_MS,
      requestTimeoutMs: REQUEST_TIMEOUT_MS,
    },
    // A shop has no accounts. It is asked to by `--host` or `--allowed-host` only, and records no trace for strangers.
    ...(isOpenToOthers ? { auth: "anyone", incomingTraces: "link" } : {}),
  });
}
