import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { invalid } from "../codec/json.ts";
import { PROTOCOL_VERSION, requireVersion } from "../protocol/versions.ts";

/*
 * Calls and answers are one object of JSON each, without headers: servers and clients need longer for a few headers than for
 * everything else of a small message. `v` is the version of the protocol. Depth is not limited here, since what users send may
 * be nested as deep as a state. Sizes are checked before anything is decoded.
 */

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What the text of each call and answer begins with: an object that is still open. */
export const HEAD: string = `{"v":${PROTOCOL_VERSION}`;

/**
 * Returns the bytes of an object with one more property, whose JSON text exists already.
 *
 * @param what it is, for the message of the error
 * @param head text of the object, still open, with at least one property
 * @throws ClusterError `ERR_ENGINE_TOO_LARGE`
 */
export function encodeBody(
  what: string,
  head: string,
  property: string,
  text: string,
  maxBytes: number,
): Uint8Array {
  const body = Buffer.from(`${head},"${property}":${text}}`);
  if (body.byteLength <= maxBytes) return body;
  throw new ClusterError(`${what} has ${body.byteLength} bytes, of at most ${maxBytes}`, {
    code: ErrorCode.EngineTooLarge,
  });
}

/**
 * Returns the properties of an object.
 *
 * @param what it is, for the message of the error
 * @throws ClusterError `ERR_PROTOCOL_INVALID`
 */
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

/**
 * As {@link decodeBody}, of a call or answer.
 *
 * @throws ClusterError `ERR_PROTOCOL_INVALID`, `ERR_PROTOCOL_VERSION`
 */
export function decodeVersioned(
  what: string,
  body: Uint8Array,
  maxBytes: number,
): Readonly<Record<string, unknown>> {
  const fields = decodeBody(what, body, maxBytes);
  const { v: version } = fields;
  if (!isCount(version)) throw invalid(`${what} has no version`);
  requireVersion(version);
  return fields;
}

/** Whether a value is an integer that is not negative. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
