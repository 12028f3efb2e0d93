import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import type { Content } from "./answers.ts";
import { HttpCode, Refusal } from "./refusal.ts";

/**
 * Returns why input is refused that the HTTP parser did not accept.
 *
 * @param maxHeaderBytes limit of the server, for the message
 */
export function toParseRefusal(
  { code }: NodeJS.ErrnoException,
  maxHeaderBytes: number,
): Refusal<HttpCode> {
  switch (code) {
    case "HPE_HEADER_OVERFLOW":
      return new Refusal(
        HttpCode.HeadersTooLarge,
        `the headers have more than ${maxHeaderBytes} bytes; a browser sends all cookies of this host, also those of other ports: delete them`,
      );
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new Refusal(HttpCode.BodyTooLarge, "the chunk extensions of the body are too large");
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new Refusal(HttpCode.Timeout, "the request did not arrive in time");
    default:
      return new Refusal(HttpCode.BadRequest, "the request is no HTTP");
  }
}

/** Writes a complete response to a connection without a `ServerResponse`, and closes the connection. */
export function writeRaw(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>>,
  { type, body }: Content,
): void {
  const all = {
    ...headers,
    "Content-Type": type,
    "Content-Length": String(Buffer.byteLength(body)),
    Connection: "close",
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n`;
  socket.write(Buffer.concat([Buffer.from(head), Buffer.from(body)]));
}
