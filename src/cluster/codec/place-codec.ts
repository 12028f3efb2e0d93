import { ErrorCode } from "../../base/errors.ts";
import type { BusMessage } from "../engine/bus.ts";
import { SignalName } from "../protocol/commands.ts";
import { LIMITS } from "../protocol/limits.ts";
import type {
  CoordinatorAnswer,
  CoordinatorRequest,
  PlaceAnswer,
  PlaceRequest,
  RefusedAnswer,
  SignalAnswer,
  SignalRequest,
} from "../protocol/place.ts";
import { PlacementReason, PlacementStatus } from "../protocol/placement-record.ts";
import type { ProtocolRange } from "../protocol/versions.ts";
import { signalData } from "./command-codec.ts";
import { address, id, reason } from "./fields.ts";
import { headersOf, MessageKind, requireHeaders, traceOf } from "./headers.ts";
import { formatJson, invalid, parseJson } from "./json.ts";
import { integer, json, object, oneOf, optional, plainObject, type Shape, text } from "./shape.ts";

/** Returns the shape of one text. */
function exactly<Value extends string>(word: Value): Shape<Value> {
  return oneOf({ word });
}

const trace = {
  traceparent: optional(text(LIMITS.textLength)),
  tracestate: optional(text(LIMITS.textLength)),
} as const;

const place: Shape<PlaceRequest> = object<PlaceRequest>({
  kind: exactly("place"),
  from: id,
  address,
  reason: oneOf(PlacementReason),
  input: optional(json),
  waitMs: integer(0, LIMITS.waitMs),
  notAt: optional(
    object<{ runnerId: string; generation: number }>({ runnerId: id, generation: integer(1) }),
  ),
  ...trace,
});

const signal: Shape<SignalRequest> = object<SignalRequest>({
  kind: exactly("signal"),
  from: id,
  address,
  signal: oneOf(SignalName),
  reason: optional(reason),
  data: optional(signalData),
  waitMs: integer(0, LIMITS.waitMs),
  ...trace,
});

const placed: Shape<PlaceAnswer> = object<PlaceAnswer>({
  kind: exactly("placed"),
  runnerId: id,
  generation: integer(1),
  status: oneOf(PlacementStatus),
});

const signalled: Shape<SignalAnswer> = object<SignalAnswer>({
  kind: exactly("signalled"),
  outcome: oneOf({ Stored: "stored", NotAwake: "not_awake" } as const),
});

const refused: Shape<RefusedAnswer> = object<RefusedAnswer>({
  kind: exactly("refused"),
  code: oneOf(ErrorCode),
  text: text(LIMITS.textLength),
});

function requestShape(value: unknown): CoordinatorRequest {
  return plainObject(value, "request")["kind"] === "signal"
    ? signal(value, "request")
    : place(value, "request");
}

function answerShape(value: unknown): CoordinatorAnswer {
  switch (plainObject(value, "answer")["kind"]) {
    case "placed":
      return placed(value, "answer");
    case "signalled":
      return signalled(value, "answer");
    case "refused":
      return refused(value, "answer");
  }
  throw invalid("answer.kind is not one of the known values");
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` if it is too large or not one of the protocol */
export function requestMessage(request: CoordinatorRequest): BusMessage {
  const { traceparent, tracestate, ...body } = requestShape(request);
  const carried = {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
  return {
    headers: headersOf(MessageKind.Place, { trace: carried }),
    body: formatJson("request", body, LIMITS.requestBytes),
  };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function readRequest(
  { headers, body }: BusMessage,
  range?: ProtocolRange,
): CoordinatorRequest {
  requireHeaders(headers, MessageKind.Place, range);
  const parsed = parseJson("request", body, LIMITS.requestBytes);
  const { traceparent: _one, tracestate: _other, ...request } = requestShape(parsed);
  return { ...request, ...traceOf(headers) };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` if it is not one of the protocol */
export function answerMessage(answer: CoordinatorAnswer): BusMessage {
  return {
    headers: headersOf(MessageKind.Answer),
    body: formatJson("answer", answerShape(answer), LIMITS.requestBytes),
  };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function readAnswer(
  { headers, body }: BusMessage,
  range?: ProtocolRange,
): CoordinatorAnswer {
  requireHeaders(headers, MessageKind.Answer, range);
  return answerShape(parseJson("answer", body, LIMITS.requestBytes));
}
