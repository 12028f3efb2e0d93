import type { GatewayHost } from "../../monitor/system-access.ts";
import type { Authenticator } from "../call/authenticate.ts";
import type { InFlight } from "../call/in-flight.ts";
import type { OutsideConnections } from "../call/outside-open.ts";
import type { OutsideCalls } from "../call/outside-request.ts";
import type { GatewayEvents } from "../events/gateway-events.ts";
import type { ExposedTypes } from "../expose/exposed-types.ts";
import type { GatewaySettings } from "../gateway-options.ts";
import type { HttpPoints } from "../trace/http-points.ts";
import type { RequestIds } from "../trace/request-id.ts";
import type { RequestLog } from "../trace/request-log.ts";
import type { SocketPoints } from "../trace/socket-points.ts";

/** What all sockets of a gateway share. */
export interface SocketParts {
  readonly settings: Pick<GatewaySettings, "limits" | "incomingTraces" | "logCallers">;
  readonly host: GatewayHost;
  readonly authenticator: Authenticator;
  /** Everything that the gateway answers. */
  readonly inFlight: InFlight;
  /** Calls of sockets that are being answered. */
  readonly underWay: InFlight;
  readonly exposed: ExposedTypes;
  readonly calls: OutsideCalls;
  readonly connections: OutsideConnections;
  readonly events: GatewayEvents;
  readonly httpPoints: HttpPoints;
  readonly points: SocketPoints;
  readonly log: RequestLog;
  readonly ids: RequestIds;
}
