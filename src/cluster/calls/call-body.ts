import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { invalid } from "../codec/json.ts";
import type { MessageHeaders } from "../engine/log.ts";

/*
 * Bodies of calls and answers: an object of JSON. Depth is not limited here, since what users send may be nested as deep as
 * a state. Sizes are checked before anything is decoded.
 */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Each header has a colon, a space and the end of a line. */
const PER_HEADER = 4;

/**
 * Returns the bytes of an object with one more property, whose JSON text exists already.
 *
 * @param what it is, for the message of the error
 * @param headers count too
 * @throws ClusterError `ERR_ENGINE_TOO_LARGE`
 */
export function encodeBody(
  what: string,
  rest: Readonly<Record<string, unknown>>,
  property: string,
  text: string,
  maxBytes: number,
  headers: MessageHeaders,
): Uint8Array {
  const head = JSON.stringify(rest);
  const comma = head === "{}" ? "" : ",";
  const body = Buffer.from(`${head.slice(0, -1)}${comma}"${property}":${text}}`);
  const size = body.byteLength + headerBytes(headers);
  if (size <= maxBytes) return body;
  throw new ClusterError(`${what} has ${size} bytes, of at most ${maxBytes}`, {
    code: ErrorCode.EngineTooLarge,
  });
}

/** @throws ClusterError `ERR_PROTOCOL_INVALID` */
export function decodeBody(
  what: string,
  body: Uint8Array,
  maxBytes: number,
): Readonly<Record<string, unknown>> {
  if (body.byteLength > maxBytes) {
    throw invalid(`${what} has ${body.byteLength} bytes, ${maxBytes} are allowed`);
  }
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    throw invalid(`${what} is not JSON`); // the error of the parser quotes the text
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw invalid(`${what} is no object`);
}

function headerBytes(headers: MessageHeaders): number {
  let bytes = 16; // the line before them
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length + value.length + PER_HEADER; // ASCII
  }
  return bytes;
}
