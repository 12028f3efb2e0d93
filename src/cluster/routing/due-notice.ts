import { decodeBody } from "../calls/call-body.ts";
import { invalid } from "../codec/json.ts";
import type { BusMessage } from "../engine/bus.ts";

const MAX_BYTES = 256;

/** Returns the message that tells the coordinator of a due time that was stored. */
export function dueMessage(dueAtMs: number): BusMessage {
  return { headers: {}, body: Buffer.from(JSON.stringify({ dueAtMs })) };
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function readDue({ body }: Pick<BusMessage, "body">): number {
  const { dueAtMs } = decodeBody("due time", body, MAX_BYTES);
  if (typeof dueAtMs !== "number" || !Number.isFinite(dueAtMs)) throw invalid("no due time");
  return dueAtMs;
}
