import type { LogMessage, StoredMessage } from "../engine/log.ts";
import { messageId } from "../protocol/checkpoint.ts";
import { checkpointOf, type EventBatch, EventKind, type RunnerEvent } from "../protocol/events.ts";
import { LIMITS } from "../protocol/limits.ts";
import { eventSubject } from "../protocol/subjects.ts";
import type { ProtocolRange } from "../protocol/versions.ts";
import { address, id, reason } from "./fields.ts";
import { headersOf, MessageKind, requireHeaders, traceOf } from "./headers.ts";
import { formatJson, invalid, parseJson } from "./json.ts";
import { array, integer, json, object, oneOf, optional, type Shape, text, time } from "./shape.ts";

const event: Shape<RunnerEvent> = object<RunnerEvent>({
  index: integer(1),
  kind: oneOf(EventKind),
  atMs: time,
  reason: optional(reason),
  data: optional(json),
});

const fields: Shape<EventBatch> = object<EventBatch>({
  address,
  runnerId: id,
  generation: integer(1),
  events: array(event, LIMITS.eventsPerBatch, 1),
  traceparent: optional(text(LIMITS.textLength)),
  tracestate: optional(text(LIMITS.textLength)),
});

function batchShape(value: unknown): EventBatch {
  const batch = fields(value, "events");
  const first = batch.events[0]?.index ?? 0;
  if (batch.events.every(({ index }, at) => index === first + at)) return batch;
  throw invalid("events of a batch must have contiguous indices");
}

/**
 * Returns the message that stores a batch of events.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID` if it is too large or not one of the protocol
 */
export function eventMessage(batch: EventBatch): LogMessage {
  const { traceparent, tracestate, ...body } = batchShape(batch);
  const trace = {
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
  return {
    id: messageId("e", checkpointOf(batch), batch.events[0]?.index),
    subject: eventSubject(batch.address),
    headers: headersOf(MessageKind.Events, { trace }),
    body: formatJson("events", body, LIMITS.eventBatchBytes),
  };
}

/**
 * Returns the events of a stored message.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION`
 */
export function readEvents(
  { subject, headers, body }: Pick<StoredMessage, "subject" | "headers" | "body">,
  range?: ProtocolRange,
): EventBatch {
  requireHeaders(headers, MessageKind.Events, range);
  const parsed = parseJson("events", body, LIMITS.eventBatchBytes);
  const { traceparent: _one, tracestate: _other, ...batch } = batchShape(parsed);
  if (subject !== eventSubject(batch.address)) {
    throw invalid("events are stored under the subject of another actor");
  }
  return { ...batch, ...traceOf(headers) };
}
