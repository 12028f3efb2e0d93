import type { HostGuard } from "../http/host-guard.ts";
import type { GatewayHost } from "../monitor/system-access.ts";
import type { Authenticator } from "./call/authenticate.ts";
import { InFlight } from "./call/in-flight.ts";
import { NO_CONNECTIONS, type OutsideWays } from "./call/outside-open.ts";
import { GatewayEvents } from "./events/gateway-events.ts";
import type { ExposedTypes } from "./expose/exposed-types.ts";
import type { GatewaySettings } from "./gateway-options.ts";
import { clientAddressOf } from "./http/client-address.ts";
import { Sockets } from "./socket/sockets.ts";
import { Upgrades } from "./socket/upgrade.ts";
import { EventPoints } from "./trace/event-points.ts";
import type { HttpPoints } from "./trace/http-points.ts";
import { RequestIds } from "./trace/request-id.ts";
import type { RequestLog } from "./trace/request-log.ts";
import { SocketPoints } from "./trace/socket-points.ts";

/** What sockets share with the rest of their gateway. */
export interface SocketsParts {
  readonly settings: GatewaySettings;
  readonly exposed: ExposedTypes;
  readonly host: GatewayHost;
  readonly inFlight: InFlight;
  readonly points: HttpPoints;
  readonly log: RequestLog;
  readonly calls: OutsideWays;
  readonly guard: HostGuard;
  readonly authenticator: Authenticator;
}

/** Prepares the sockets of a gateway. */
export function openSockets(parts: SocketsParts): {
  readonly sockets: Sockets;
  readonly upgrades: Upgrades;
} {
  const { settings, exposed, host, inFlight, points, log, calls, guard, authenticator } = parts;
  const ids = new RequestIds();
  const sockets: Sockets = new Sockets({
    settings,
    exposed,
    host,
    inFlight,
    log,
    calls,
    authenticator,
    ids,
    underWay: new InFlight(Number.POSITIVE_INFINITY),
    connections: calls.connections ?? NO_CONNECTIONS,
    events: new GatewayEvents(host.clock, new EventPoints(host.book)),
    httpPoints: points,
    points: new SocketPoints(host.book, () => sockets.buffers()),
  });
  const upgrades = new Upgrades({
    settings,
    host,
    guard,
    inFlight,
    log,
    ids,
    sockets,
    httpPoints: points,
    addressOf: (head) => clientAddressOf(settings, log, head),
  });
  return { sockets, upgrades };
}
