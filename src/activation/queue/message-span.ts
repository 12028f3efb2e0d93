import { ROOT_CONTEXT } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { Attribute } from "../../telemetry/attributes.ts";
import type { QueueOutcome } from "../../telemetry/queue-outcome.ts";
import { finishSpan } from "../../telemetry/traces/guarded-spans.ts";
import type { QueueRecord } from "../records/queue-record.ts";
import { spanFrom } from "../schedule/trace-parent.ts";

/** Ends the span of a message. @param error of an attempt that failed */
export type EndMessageSpan = (outcome: QueueOutcome, error?: unknown) => void;

/**
 * Opens the span of a message that is handed out.
 *
 * It is a trace of its own, with a link to the span in which the message was sent, perhaps in another process. The code
 * that takes the message goes on in its own span, since one wait can give many messages.
 */
export function openMessageSpan(
  cell: ActorCell,
  queue: string,
  { traceparent, requestId, attempt }: QueueRecord,
): EndMessageSpan {
  const name = `${cell.actorType} queue ${queue}`;
  const span = cell.type.system.tracing.openOwn(name, cell, ROOT_CONTEXT, undefined, {
    cause: spanFrom(traceparent),
    consumes: true,
    attributes: {
      [Attribute.MessageType]: `queue.${queue}`,
      [Attribute.QueueAttempt]: attempt,
      ...(requestId === undefined ? {} : { [Attribute.RequestId]: requestId }),
    },
  });
  return (outcome, error) => {
    if (span === undefined) return;
    if (span.isRecording()) span.setAttribute(Attribute.QueueOutcome, outcome);
    finishSpan(span, error);
  };
}
