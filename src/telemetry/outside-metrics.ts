import { Attribute } from "./attributes.ts";
import { Instrument, MESSAGE_BUCKETS_S, type Metric, SIZE_BUCKETS_BYTES } from "./metric.ts";

const { HttpMethod, HttpRoute, HttpStatus, UrlScheme, ProtocolVersion } = Attribute;
const { Transport, IoDirection, AuthOutcome, ErrorType } = Attribute;
const { RpcSystem, RpcMethod, RpcStatus, ActorType, ResyncReason } = Attribute;
const { SocketState, CloseCode, CloseSide, PauseReason } = Attribute;

type Scale = Pick<Metric, "unit" | "buckets">;
/** Buckets that the conventions advise for HTTP: 5 ms to 10 s. */
const HTTP_BUCKETS_S: readonly number[] = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
const HTTP_DURATION: Scale = { unit: "s", buckets: HTTP_BUCKETS_S };
const BODY_SIZE: Scale = { unit: "By", buckets: SIZE_BUCKETS_BYTES };

/** A metric of requests from outside, whose name is not below the prefix of the runtime. */
function outside(
  instrument: Instrument,
  name: string,
  scale: Scale,
  [description, ...attributes]: readonly [description: string, ...attributes: string[]],
): Metric {
  return { name, instrument, ...scale, description, attributes };
}

/** Keys of the rows below. */
export type OutsideMetricKey =
  | "HttpServerDuration"
  | "HttpServerActive"
  | "HttpServerRequestSize"
  | "HttpServerResponseSize"
  | "GatewayRefused"
  | "GatewayIo"
  | "GatewayAuthDuration"
  | "RpcServerDuration"
  | "SocketActive"
  | "SocketClosed"
  | "SocketPaused"
  | "FrameSize"
  | "SendBufferSize"
  | "SendBufferMax"
  | "EventDelivered"
  | "EventDropped"
  | "EventFanOut"
  | "Resyncs";

/** Rows of the catalogue about requests from outside. HTTP's are those of OpenTelemetry's conventions. */
export const OUTSIDE_METRICS: Readonly<Record<OutsideMetricKey, Metric>> = {
  HttpServerDuration: outside(Instrument.Histogram, "http.server.request.duration", HTTP_DURATION, [
    "Time of a request to a gateway's own server.",
    HttpMethod,
    HttpRoute,
    HttpStatus,
    UrlScheme,
    ErrorType,
    ProtocolVersion,
  ]),
  HttpServerActive: outside(
    Instrument.UpDownCounter,
    "http.server.active_requests",
    { unit: "{request}" },
    ["Requests that a gateway's own server is answering now.", HttpMethod, UrlScheme],
  ),
  HttpServerRequestSize: outside(Instrument.Histogram, "http.server.request.body.size", BODY_SIZE, [
    "Size of the bodies of requests to a gateway's own server.",
    HttpMethod,
    HttpRoute,
  ]),
  HttpServerResponseSize: outside(
    Instrument.Histogram,
    "http.server.response.body.size",
    BODY_SIZE,
    ["Size of the bodies of answers of a gateway's own server.", HttpMethod, HttpRoute],
  ),
  GatewayRefused: outside(Instrument.Counter, "gateway.refused", { unit: "{request}" }, [
    "Requests and messages from outside that were not handled, by code.",
    ErrorType,
    Transport,
  ]),
  GatewayIo: outside(Instrument.Counter, "gateway.io", { unit: "By" }, [
    "Bytes of bodies and frames that came from outside and were sent there.",
    IoDirection,
    Transport,
  ]),
  GatewayAuthDuration: outside(
    Instrument.Histogram,
    "gateway.auth.duration",
    { unit: "s", buckets: MESSAGE_BUCKETS_S },
    ["Time of the authentication of a caller.", AuthOutcome],
  ),
  RpcServerDuration: outside(
    Instrument.Histogram,
    "rpc.server.call.duration",
    { unit: "s", buckets: MESSAGE_BUCKETS_S },
    [
      "Time of a message that came through a socket of a gateway, or from another process.",
      RpcSystem,
      RpcMethod,
      RpcStatus,
      ErrorType,
    ],
  ),
  SocketActive: outside(Instrument.UpDownCounter, "gateway.socket.active", { unit: "{socket}" }, [
    "Open sockets of gateways.",
    SocketState,
  ]),
  SocketClosed: outside(Instrument.Counter, "gateway.socket.closed", { unit: "{socket}" }, [
    "Sockets of gateways that were closed, by code and by who closed them.",
    CloseCode,
    CloseSide,
  ]),
  SocketPaused: outside(Instrument.UpDownCounter, "gateway.paused.active", { unit: "{socket}" }, [
    "Sockets whose messages are not read at the moment.",
    PauseReason,
  ]),
  FrameSize: outside(Instrument.Histogram, "gateway.frame.size", BODY_SIZE, [
    "Size of the frames of sockets.",
    IoDirection,
  ]),
  SendBufferSize: outside(Instrument.Gauge, "gateway.send_buffer.size", { unit: "By" }, [
    "Bytes that the clients of all sockets have not read yet.",
  ]),
  SendBufferMax: outside(Instrument.Gauge, "gateway.send_buffer.max", { unit: "By" }, [
    "Bytes that the slowest client of a socket has not read yet.",
  ]),
  EventDelivered: outside(Instrument.Counter, "actor.event.delivered", { unit: "{event}" }, [
    "Events that were sent to clients.",
    ActorType,
  ]),
  EventDropped: outside(Instrument.Counter, "actor.event.dropped", { unit: "{event}" }, [
    "Events that were left out because a client did not read fast enough.",
    ActorType,
  ]),
  EventFanOut: outside(
    Instrument.Histogram,
    "actor.event.fan_out.duration",
    { unit: "s", buckets: MESSAGE_BUCKETS_S },
    ["Time until an event was sent to all clients that had subscribed to it.", ActorType],
  ),
  Resyncs: outside(Instrument.Counter, "actor.resyncs", { unit: "{resync}" }, [
    "Clients that were told that events are missing.",
    ActorType,
    ResyncReason,
  ]),
};
