import { ErrorCode } from "../../base/errors.ts";
import type { BusMessage } from "../engine/bus.ts";
import {
  type ControlAnswer,
  type ControlRefusal,
  type ControlRequest,
  type ReportAnswer,
  ReportedStatus,
  type ReportRequest,
  type ResendRequest,
  type ResentAnswer,
} from "../protocol/control.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { ProtocolRange } from "../protocol/versions.ts";
import { address, generation, id, index } from "./fields.ts";
import { headersOf, MessageKind, requireHeaders } from "./headers.ts";
import { formatJson, invalid, parseJson } from "./json.ts";
import { integer, object, oneOf, plainObject, type Shape, text } from "./shape.ts";

/** Returns the shape of one text. */
function exactly<Value extends string>(word: Value): Shape<Value> {
  return oneOf({ word });
}

const resend: Shape<ResendRequest> = object<ResendRequest>({
  kind: exactly("resend"),
  address,
  generation: integer(1),
  fromIndex: integer(1),
});

const report: Shape<ReportRequest> = object<ReportRequest>({ kind: exactly("report"), address });

const resent: Shape<ResentAnswer> = object<ResentAnswer>({
  kind: exactly("resent"),
  count: integer(0, LIMITS.eventsPerBatch),
});

const reported: Shape<ReportAnswer> = object<ReportAnswer>({
  kind: exactly("report"),
  runnerId: id,
  address,
  status: oneOf(ReportedStatus),
  generation,
  commandIndex: index,
  eventIndex: index,
});

const refused: Shape<ControlRefusal> = object<ControlRefusal>({
  kind: exactly("refused"),
  code: oneOf(ErrorCode),
  text: text(LIMITS.textLength),
});

function requestShape(value: unknown): ControlRequest {
  const { kind } = plainObject(value, "request");
  if (kind === "resend") return resend(value, "request");
  if (kind === "report") return report(value, "request");
  throw invalid("request is of no known kind");
}

function answerShape(value: unknown): ControlAnswer {
  const { kind } = plainObject(value, "answer");
  if (kind === "resent") return resent(value, "answer");
  if (kind === "report") return reported(value, "answer");
  if (kind === "refused") return refused(value, "answer");
  throw invalid("answer is of no known kind");
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` if it is not one of the protocol */
export function controlMessage(request: ControlRequest): BusMessage {
  return {
    headers: headersOf(MessageKind.Control),
    body: formatJson("request", requestShape(request), LIMITS.requestBytes),
  };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function readControl({ headers, body }: BusMessage, range?: ProtocolRange): ControlRequest {
  requireHeaders(headers, MessageKind.Control, range);
  return requestShape(parseJson("request", body, LIMITS.requestBytes));
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` if it is not one of the protocol */
export function controlAnswer(answer: ControlAnswer): BusMessage {
  return {
    headers: headersOf(MessageKind.ControlAnswer),
    body: formatJson("answer", answerShape(answer), LIMITS.requestBytes),
  };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION` */
export function readControlAnswer(
  { headers, body }: BusMessage,
  range?: ProtocolRange,
): ControlAnswer {
  requireHeaders(headers, MessageKind.ControlAnswer, range);
  return answerShape(parseJson("answer", body, LIMITS.requestBytes));
}
