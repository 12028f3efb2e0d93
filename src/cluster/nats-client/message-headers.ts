import type { MsgHdrs } from "@nats-io/transport-node";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { quote } from "../../base/names.ts";
import { NO_HEADERS } from "../engine/bus.ts";
import type { MessageHeaders } from "../engine/log.ts";

/** Headers that mean something to the server begin so, in any case. They are never handed up. */
const OWN = /^nats-/i;
const NO_BYTES = new Uint8Array();
const NAME = /^[A-Za-z][A-Za-z\d-]*$/;
/** Visible ASCII and spaces, without spaces at the ends, which would be lost. */
const VALUE = /^(?:[!-~](?:[ -~]*[!-~])?)?$/;
const FIRST_LINE = "NATS/1.0\r\n";

/**
 * Checks headers, and returns them as they are sent; no bytes if there are none. The checks are the protocol's, repeated
 * here because a header of the server's own could delete or redirect messages.
 *
 * @throws UsageError `ERR_INVALID_NAME`
 */
export function encodeHeaders(headers: MessageHeaders): Uint8Array {
  let lines = "";
  for (const name of Object.keys(headers)) {
    const value = headers[name] ?? "";
    if (!NAME.test(name) || !VALUE.test(value)) {
      throw new UsageError(`${quote(name.slice(0, 70))} is no header that can be sent`, {
        code: ErrorCode.InvalidName,
      });
    }
    lines += `${name}: ${value}\r\n`;
  }
  return lines === "" ? NO_BYTES : Buffer.from(`${FIRST_LINE}${lines}\r\n`, "latin1");
}

/**
 * Returns encoded headers as the client takes them. Its own are built line by line, which takes longer than everything else
 * that it does for a message; of those that are sent it reads the bytes only.
 */
export function asClientHeaders(encoded: Uint8Array): MsgHdrs {
  const bytesOnly: { encode(): Uint8Array } = { encode: () => encoded };
  return bytesOnly as unknown as MsgHdrs;
}

/**
 * Checks that headers that come from above the engine are none of the server's.
 *
 * @throws UsageError `ERR_INVALID_NAME`
 */
export function requireForeignHeaders(headers: MessageHeaders): void {
  const own = Object.keys(headers).find(isOwn);
  if (own === undefined) return;
  throw new UsageError(`${quote(own)} is a header of the server`, { code: ErrorCode.InvalidName });
}

function isOwn(name: string): boolean {
  return OWN.test(name);
}

/** Returns the headers of a message, without those of the server. */
export function headersOf(headers: MsgHdrs | undefined): MessageHeaders {
  if (headers === undefined) return NO_HEADERS;
  const read: Record<string, string> = {};
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
