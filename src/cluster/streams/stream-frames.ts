import { fromWireError, toWireError } from "../calls/wire-error.ts";
import { HeaderName, header } from "../codec/headers.ts";
import { invalid, parseJson } from "../codec/json.ts";
import { integer, object, plainObject, type Shape } from "../codec/shape.ts";
import type { BusMessage } from "../engine/bus.ts";
import type { MessageHeaders } from "../engine/log.ts";
import { PROTOCOL_VERSION, requireVersion } from "../protocol/versions.ts";
import { CHUNK_BYTES } from "./stream-limits.ts";

/**
 * What a message of a stream is. A stream carries one body each way.
 *
 * @enum
 */
export const StreamKind = {
  /** A part of a body, as it is. */
  Data: "data",
  /** The body is complete. */
  End: "end",
  /** What gives the body has failed. */
  Fail: "fail",
  /** How much the receiver may send, and the number of the last frame of the sender. */
  Credit: "credit",
  /** The body is no longer read. */
  Stop: "stop",
} as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

/** A frame of a body. Those of one end are numbered from 1 on. */
export type BodyFrame =
  | { readonly kind: typeof StreamKind.Data; readonly bytes: Uint8Array }
  | { readonly kind: typeof StreamKind.End }
  | { readonly kind: typeof StreamKind.Fail; readonly error: Error };

/** What the receiver of a body tells its sender, and from time to time that it is there. */
export interface CreditFrame {
  readonly kind: typeof StreamKind.Credit;
  /** Up to where the receiver of this frame may send, from the beginning of its body. */
  readonly bytes: number;
  readonly frames: number;
  /** Number of the last frame that the sender of this one has sent: whoever has fewer has lost some. */
  readonly sent: number;
}

export type StreamFrame =
  | { readonly kind: "body"; readonly number: number; readonly frame: BodyFrame }
  | CreditFrame
  | { readonly kind: typeof StreamKind.Stop };

/** Something that was received, for the stream with this id. */
export interface ReceivedFrame {
  readonly id: string;
  readonly frame: StreamFrame;
}

const NUMBER = "Ll-Frame";
const ID = /^[\w-]{1,64}$/;
const DIGITS = /^(?:0|[1-9]\d{0,14})$/;
/** JSON of an error or of numbers. */
const CONTROL_BYTES = 32_768;
const EMPTY = new Uint8Array();

const credit: Shape<Omit<CreditFrame, "kind">> = object<Omit<CreditFrame, "kind">>({
  bytes: integer(0),
  frames: integer(0),
  sent: integer(0),
});

/** Returns a frame of a body as a message. */
export function encodeBodyFrame(id: string, number: number, frame: BodyFrame): BusMessage {
  const headers = { ...headersOf(frame.kind, id), [NUMBER]: String(number) };
  switch (frame.kind) {
    case StreamKind.Data:
      return { headers, body: frame.bytes };
    case StreamKind.End:
      return { headers, body: EMPTY };
    case StreamKind.Fail:
      return { headers, body: Buffer.from(JSON.stringify({ error: toWireError(frame.error) })) };
  }
}

export function encodeCredit(
  id: string,
  { bytes, frames, sent }: Omit<CreditFrame, "kind">,
): BusMessage {
  const body = Buffer.from(JSON.stringify({ bytes, frames, sent }));
  return { headers: headersOf(StreamKind.Credit, id), body };
}

export function encodeStop(id: string): BusMessage {
  return { headers: headersOf(StreamKind.Stop, id), body: EMPTY };
}

/** @throws ClusterError `ERR_PROTOCOL_VERSION`, `ERR_PROTOCOL_INVALID` */
export function decodeStreamFrame({
  headers,
  body,
}: Pick<BusMessage, "headers" | "body">): ReceivedFrame {
  const version = header(headers, HeaderName.Version) ?? "";
  if (!DIGITS.test(version)) throw invalid(`header ${HeaderName.Version} is no version`);
  requireVersion(Number(version));
  const id = header(headers, HeaderName.Id) ?? "";
  if (!ID.test(id)) throw invalid(`header ${HeaderName.Id} is no id`);
  const kind = header(headers, HeaderName.Kind);
  if (kind === StreamKind.Credit) {
    const value = parseJson("credit of a stream", body, CONTROL_BYTES);
    return { id, frame: { kind, ...credit(value, "credit") } };
  }
  if (kind === StreamKind.Stop) {
    if (body.byteLength > 0) throw invalid("the stop of a stream has a body");
    return { id, frame: { kind } };
  }
  const frame = bodyFrame(kind ?? "", body);
  return { id, frame: { kind: "body", number: numberIn(headers), frame } };
}

function bodyFrame(kind: string, body: Uint8Array): BodyFrame {
  switch (kind) {
    case StreamKind.Data:
      if (body.byteLength >= 1 && body.byteLength <= CHUNK_BYTES) return { kind, bytes: body };
      throw invalid(`a chunk has ${body.byteLength} bytes, of 1 to ${CHUNK_BYTES}`);
    case StreamKind.End:
      if (body.byteLength > 0) throw invalid("the end of a stream has a body");
      return { kind };
    case StreamKind.Fail: {
      const value = plainObject(parseJson("failure of a stream", body, CONTROL_BYTES), "failure");
      const error = fromWireError(value["error"]);
      if (error === undefined) throw invalid("the failure of a stream has no error");
      return { kind, error };
    }
  }
  throw invalid(`header ${HeaderName.Kind} is none of a stream`);
}

function numberIn(headers: MessageHeaders): number {
  const text = header(headers, NUMBER) ?? "";
  if (!DIGITS.test(text) || text === "0") throw invalid(`header ${NUMBER} is no number`);
  return Number(text);
}

function headersOf(kind: StreamKind, id: string): MessageHeaders {
  return {
    [HeaderName.Version]: String(PROTOCOL_VERSION),
    [HeaderName.Kind]: kind,
    [HeaderName.Id]: id,
  };
}
