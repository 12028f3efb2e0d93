import { line, type Row } from "./board.ts";
import { lines, Unit } from "./panels.ts";
import { countOf, Label, max, of, quantile, rate, sum, WITH_ERROR } from "./promql.ts";

const ROUTE = `{{${Label.HttpMethod}}} {{${Label.HttpRoute}}}`;
const BY_TYPE = `{{${Label.Type}}}`;
const METHOD = `{{${Label.RpcMethod}}}`;
const BYTES = `{{${Label.IoDirection}}} {{${Label.Transport}}}`;
/** Answers that count as errors: those from 500 on, and clients that went away. */
const FAILED = WITH_ERROR;

/** What comes in through gateways, how it is answered, and which clients do not keep up. */
export const gatewayRow: Row = {
  title: "Requests and connections: what comes in through gateways?",
  lines: [
    line(
      lines({
        title: "HTTP requests by method and route",
        description:
          "Answered requests of the gateways' own servers. A mounted gateway is measured by the server that it is mounted in.",
        width: 8,
        unit: Unit.Requests,
        queries: [
          {
            expr: sum(rate(countOf("HttpServerDuration")), Label.HttpMethod, Label.HttpRoute),
            legend: ROUTE,
          },
        ],
      }),
      lines({
        title: "Failed HTTP requests by method and route",
        description:
          "Answers with a status from 500 on, and requests whose client went away. The log line gateway.request has the code and the request id.",
        width: 8,
        unit: Unit.Requests,
        quiet: true,
        queries: [
          {
            expr: sum(
              rate(countOf("HttpServerDuration", FAILED)),
              Label.HttpMethod,
              Label.HttpRoute,
              Label.Error,
            ),
            legend: `${ROUTE} {{${Label.Error}}}`,
          },
        ],
      }),
      lines({
        title: "Time of HTTP requests by method and route, p99",
        description:
          "99 % of the requests took at most this long, including the start of an actor that slept.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.99, "HttpServerDuration", Label.HttpMethod, Label.HttpRoute),
            legend: ROUTE,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Calls through sockets by method",
        description:
          "Messages that were answered. _OTHER: messages that are not exposed. Their own names are on the spans only.",
        width: 8,
        unit: Unit.Messages,
        queries: [
          { expr: sum(rate(countOf("RpcServerDuration")), Label.RpcMethod), legend: METHOD },
        ],
      }),
      lines({
        title: "Failed calls through sockets by method",
        description:
          "Calls that were answered with an error, by its code. PublicErrors of the application are included.",
        width: 8,
        unit: Unit.Messages,
        quiet: true,
        queries: [
          {
            expr: sum(rate(countOf("RpcServerDuration", FAILED)), Label.RpcMethod, Label.RpcStatus),
            legend: `${METHOD} {{${Label.RpcStatus}}}`,
          },
        ],
      }),
      lines({
        title: "Time of calls through sockets by method, p99",
        description:
          "From the frame that asks to the frame that replies, including the start of an actor.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.99, "RpcServerDuration", Label.RpcMethod), legend: METHOD }],
      }),
    ),
    line(
      lines({
        title: "Refused by code",
        description:
          "Requests and messages that reached no handler. The log line gateway.refused has the same code.",
        width: 8,
        unit: Unit.Requests,
        quiet: true,
        queries: [
          {
            expr: sum(rate(of("GatewayRefused")), Label.Error, Label.Transport),
            legend: `{{${Label.Error}}} {{${Label.Transport}}}`,
          },
        ],
      }),
      lines({
        title: "Time of the authentication, p99",
        description:
          "Time of `auth` by outcome. failed: it threw or took too long. Every request and every socket waits for it.",
        width: 8,
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.99, "GatewayAuthDuration", Label.AuthOutcome),
            legend: `{{${Label.AuthOutcome}}}`,
          },
        ],
      }),
      lines({
        title: "Bytes in and out of gateways",
        description: "Bodies and frames, by direction and transport. Headers are not included.",
        width: 8,
        unit: Unit.BytesPerSecond,
        queries: [
          { expr: sum(rate(of("GatewayIo")), Label.IoDirection, Label.Transport), legend: BYTES },
        ],
      }),
    ),
    line(
      lines({
        title: "Sockets, connections and HTTP requests now",
        description:
          "hello: the client has not said who it is. draining: the gateway stops. One socket carries connections to many actors.",
        width: 8,
        unit: Unit.Count,
        queries: [
          {
            expr: sum(of("SocketActive"), Label.SocketState),
            legend: `sockets {{${Label.SocketState}}}`,
          },
          { expr: sum(of("ConnectionActive"), Label.Type), legend: `connections ${BY_TYPE}` },
          { expr: sum(of("HttpServerActive")), legend: "HTTP requests" },
        ],
      }),
      lines({
        title: "Connections accepted and refused, by type",
        description:
          "resumed: the client came back and gets what it has missed. refused: by a hook of the actor. failed: not stored, or given up.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("Connections")), Label.Type, Label.ConnectionOutcome),
            legend: `${BY_TYPE} {{${Label.ConnectionOutcome}}}`,
          },
        ],
      }),
      lines({
        title: "Closed sockets by code and side",
        description:
          "1000, 1001: regular. 1006: lost. 1013: a limit of sockets. 4401: no valid token. 4408: silent. 4420: too slow.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("SocketClosed")), Label.CloseCode, Label.CloseSide),
            legend: `{{${Label.CloseCode}}} by the {{${Label.CloseSide}}}`,
          },
        ],
      }),
    ),
    line(
      lines({
        title: "Send buffers of sockets",
        description:
          "Bytes that clients have not read yet. If the slowest client has nearly all of them, one client is the cause.",
        width: 8,
        unit: Unit.Bytes,
        queries: [
          { expr: sum(of("SendBufferSize")), legend: "all clients" },
          { expr: max(of("SendBufferMax")), legend: "slowest client" },
        ],
      }),
      lines({
        title: "Events dropped and resyncs",
        description:
          'Dropped: events with `whenSlow: "drop"` that slow clients were not sent. Resyncs: clients that were told that events are missing.',
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          { expr: sum(rate(of("EventDropped")), Label.Type), legend: `dropped ${BY_TYPE}` },
          {
            expr: sum(rate(of("Resyncs")), Label.Type, Label.ResyncReason),
            legend: `resync ${BY_TYPE} {{${Label.ResyncReason}}}`,
            quiet: true,
          },
        ],
      }),
      lines({
        title: "Paused sockets",
        description:
          "Sockets whose frames are not read now. rate: above `framesPerSecond`. calls: `callsPerSocket` calls are being answered.",
        width: 8,
        unit: Unit.Count,
        quiet: true,
        queries: [
          { expr: sum(of("SocketPaused"), Label.PauseReason), legend: `{{${Label.PauseReason}}}` },
        ],
      }),
    ),
    line(
      lines({
        title: "Events published and delivered",
        description:
          "Published: broadcasts by type and event. Delivered: one for each client that was sent it. Their ratio is the fan-out.",
        width: 8,
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("EventPublished")), Label.Type, Label.EventName),
            legend: `published ${BY_TYPE} {{${Label.EventName}}}`,
          },
          { expr: sum(rate(of("EventDelivered")), Label.Type), legend: `delivered ${BY_TYPE}` },
        ],
      }),
      lines({
        title: "Time of a fan-out, p99",
        description: "Time until an event was sent to all clients that had subscribed to it.",
        width: 8,
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.99, "EventFanOut", Label.Type), legend: BY_TYPE }],
      }),
      lines({
        title: "Size of bodies and frames, p99",
        description:
          "Requests above `limits.bodyBytes` and received frames above `limits.frameBytes` of the gateway are refused.",
        width: 8,
        unit: Unit.Bytes,
        queries: [
          { expr: quantile(0.99, "HttpServerRequestSize"), legend: "bodies of requests" },
          { expr: quantile(0.99, "HttpServerResponseSize"), legend: "bodies of answers" },
          {
            expr: quantile(0.99, "FrameSize", Label.IoDirection),
            legend: `frames {{${Label.IoDirection}}}`,
          },
        ],
      }),
    ),
  ],
};
