import type { MsgHdrs } from "@nats-io/transport-node";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import type { MessageHeaders } from "../engine/log.ts";

/** Headers that mean something to the server begin so. They are never handed up. */
const OWN_PREFIX = "Nats-";
const NAME = /^[A-Za-z][A-Za-z\d-]*$/;
/** Visible ASCII and spaces, without spaces at the ends, which would be lost. */
const VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;
/** "NATS/1.0" and the ends of lines. */
const FRAME_BYTES = 12;
const LINE_BYTES = 4;

/**
 * Checks headers before they are sent. The checks are the protocol's, repeated here because a header of the server's own
 * could delete or redirect messages.
 *
 * @throws UsageError `ERR_INVALID_NAME`
 */
export function requireHeaders(headers: MessageHeaders): void {
  for (const [name, value] of Object.entries(headers)) {
    if (NAME.test(name) && VALUE.test(value)) continue;
    throw new UsageError(`${quote(name.slice(0, 70))} is no header that can be sent`, {
      code: ErrorCode.InvalidName,
    });
  }
}

/** As {@link requireHeaders}, for headers that come from above the engine. */
export function requireForeignHeaders(headers: MessageHeaders): void {
  const own = Object.keys(headers).find(isOwn);
  if (own === undefined) return;
  throw new UsageError(`${quote(own)} is a header of the server`, { code: ErrorCode.InvalidName });
}

function isOwn(name: string): boolean {
  return name.toLowerCase().startsWith(OWN_PREFIX.toLowerCase());
}

/** Size of headers as they are sent, in bytes. */
export function headerBytes(headers: MessageHeaders): number {
  let bytes = FRAME_BYTES;
  for (const [name, value] of Object.entries(headers)) {
    bytes += name.length + value.length + LINE_BYTES;
  }
  return bytes;
}

/** Returns the headers of a message, without those of the server. */
export function headersOf(headers: MsgHdrs | undefined): MessageHeaders {
  const read: Record<string, string> = {};
  if (headers === undefined) return read;
  for (const [name, values] of headers) if (!isOwn(name)) read[name] = values[0] ?? "";
  return read;
}

/** Returns one header of encoded ones, of the server or not; `undefined` if it is not there. */
export function encodedHeader(encoded: string, name: string): string | undefined {
  return decodeLines(encoded).find(([each]) => each === name)?.[1];
}

/** Returns encoded headers, as JetStream gives those of a stored message, without those of the server. */
export function decodeHeaders(encoded: string): MessageHeaders {
  return Object.fromEntries(decodeLines(encoded).filter(([name]) => !isOwn(name)));
}

function decodeLines(encoded: string): readonly (readonly [name: string, value: string])[] {
  const lines: (readonly [string, string])[] = [];
  for (const line of encoded.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (colon > 0) lines.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return lines;
}
