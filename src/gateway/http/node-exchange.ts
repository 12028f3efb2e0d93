import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import type { SiteHeaders } from "../../http/host-guard.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import type { Exchange, HttpAnswer, RequestBody } from "./exchange.ts";

/** Bytes read of a body that is too large: a client that is still sending does not see the answer. */
const DISCARDED_BYTES = 4_194_304;

/** What frameworks add to a request. */
interface MiddlewareRequest extends IncomingMessage {
  /** Target before a mount path was removed, as Express and Connect have it. */
  readonly originalUrl?: unknown;
  /** Body, if a middleware has read it. */
  readonly body?: unknown;
}

/** A request of `node:http`. */
export class NodeExchange implements Exchange {
  readonly #request: MiddlewareRequest;
  readonly #response: ServerResponse;
  readonly authorizations: number;
  readonly site: SiteHeaders;
  bodyBytes = 0;
  #abort: AbortController | undefined;

  constructor(request: MiddlewareRequest, response: ServerResponse) {
    this.#request = request;
    this.#response = response;
    const { rawHeaders, headers } = request;
    let [hosts, authorizations] = [0, 0];
    for (let at = 0; at < rawHeaders.length; at += 2) {
      // Node keeps the first of these and drops the others.
      const name = rawHeaders[at] ?? "";
      if (name.length === 4 && name.toLowerCase() === "host") hosts += 1;
      else if (name.length === 13 && name.toLowerCase() === "authorization") authorizations += 1;
    }
    this.authorizations = authorizations;
    this.site = {
      method: request.method,
      host: headers.host,
      hosts,
      origin: headers.origin,
      site: headers["sec-fetch-site"],
      mode: headers["sec-fetch-mode"],
      destination: headers["sec-fetch-dest"],
    };
  }

  get method(): string {
    return this.#request.method ?? "";
  }

  get target(): string {
    const { originalUrl, url = "" } = this.#request;
    return typeof originalUrl === "string" ? originalUrl : url;
  }

  get scheme(): "http" | "https" {
    return (this.#request.socket as TLSSocket).encrypted === true ? "https" : "http";
  }

  get protocolVersion(): string {
    return this.#request.httpVersion;
  }

  get peer(): string {
    return this.#request.socket.remoteAddress ?? "";
  }

  get localPort(): number {
    return this.#request.socket.localPort ?? 0;
  }

  get headerCount(): number {
    return this.#request.rawHeaders.length / 2;
  }

  get isGone(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  get signal(): AbortSignal {
    if (this.#abort !== undefined) return this.#abort.signal;
    const abort = new AbortController();
    this.#abort = abort;
    if (this.isGone) abort.abort();
    else {
      this.#response.once("close", () => {
        if (!this.#response.writableFinished) abort.abort();
      });
    }
    return abort.signal;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "object" ? value.join(", ") : value;
  }

  headers(): Headers {
    const all = new Headers();
    const { rawHeaders } = this.#request;
    for (let at = 0; at < rawHeaders.length; at += 2) {
      all.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
    }
    return all;
  }

  readBody(limitBytes: number): Promise<RequestBody> {
    const request = this.#request;
    if (!request.readableEnded) {
      return readBytes(request, limitBytes, (bytes) => {
        this.bodyBytes += bytes;
      });
    }
    const { body } = request;
    if (body === undefined) {
      throw new UsageError(
        "the body was read by a handler in front, and is not in `request.body`",
        {
          code: ErrorCode.InvalidOption,
        },
      );
    }
    return Promise.resolve(Buffer.isBuffer(body) ? { bytes: body } : { parsed: body });
  }

  /** Sends the answer, unless the client has gone away or another handler has answered. */
  send({ status, headers, body }: HttpAnswer): void {
    const response = this.#response;
    if (response.destroyed || response.headersSent) return;
    response.writeHead(status, headers as string[]);
    response.end(body); // Node omits it from responses to HEAD
  }
}

function readBytes(
  request: IncomingMessage,
  limitBytes: number,
  count: (bytes: number) => void,
): Promise<RequestBody> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let isPending = true;
    const tooLarge = (): void => {
      reject(
        new Refusal(HttpCode.BodyTooLarge, `a body has at most ${limitBytes} bytes`, {
          // The rest of the body would be parsed as the next request.
          headers: { Connection: "close" },
        }),
      );
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      count(chunk.length);
      if (size <= limitBytes) chunks.push(chunk);
      else chunks = [];
      if (size > DISCARDED_BYTES && size > limitBytes) {
        request.pause();
        tooLarge();
      }
    });
    request.once("end", () => {
      isPending = false;
      if (size > limitBytes) tooLarge();
      else resolve({ bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    });
    const cut = (): void => {
      // Also called after the end. An error is not made for nothing: its stack takes longer than all of the parsing.
      if (isPending) reject(new Refusal(HttpCode.BadRequest, "the body did not arrive"));
    };
    request.once("error", cut);
    request.once("close", cut);
  });
}
