import { HeaderName, header } from "../codec/headers.ts";
import { invalid, parseJson } from "../codec/json.ts";
import { object, type Shape, text } from "../codec/shape.ts";
import type { BusMessage } from "../engine/bus.ts";
import { LIMITS } from "../protocol/limits.ts";
import { PROTOCOL_VERSION, requireVersion } from "../protocol/versions.ts";

/** What a runner tells of a queue message whose sender waits for the reply: it is stored. It may get lost. */
export interface StoredNotice {
  /** Of the call. */
  readonly callId: string;
  /** Of the queue message. */
  readonly messageId: string;
}

const KIND = "stored";
const ID = /^[\w-]{1,64}$/;
const VERSION = /^\d{1,6}$/;
const MAX_BYTES = 1_024;

const body: Shape<{ readonly id: string }> = object<{ readonly id: string }>({
  id: text(LIMITS.reasonLength, 1),
});

export function encodeStored({ callId, messageId }: StoredNotice): BusMessage {
  const headers = {
    [HeaderName.Version]: String(PROTOCOL_VERSION),
    [HeaderName.Kind]: KIND,
    [HeaderName.Id]: callId,
  };
  return { headers, body: Buffer.from(JSON.stringify({ id: messageId })) };
}

/** @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID` */
export function decodeStored(message: Pick<BusMessage, "headers" | "body">): StoredNotice {
  const { headers } = message;
  const version = header(headers, HeaderName.Version) ?? "";
  if (!VERSION.test(version)) throw invalid(`header ${HeaderName.Version} is no version`);
  requireVersion(Number(version));
  if (header(headers, HeaderName.Kind) !== KIND) throw invalid("a notice has an unknown kind");
  const callId = header(headers, HeaderName.Id) ?? "";
  if (!ID.test(callId)) throw invalid(`header ${HeaderName.Id} is no id`);
  const { id } = body(parseJson("a notice", message.body, MAX_BYTES), "notice");
  return { callId, messageId: id };
}
