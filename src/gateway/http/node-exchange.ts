import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import type { Exchange, HttpAnswer, RequestBody } from "./exchange.ts";
import { type MiddlewareRequest, NodeHead } from "./node-head.ts";

/** Bytes read of a body that is too large: a client that is still sending does not see the answer. */
const DISCARDED_BYTES = 4_194_304;

/** A request of `node:http`. */
export class NodeExchange extends NodeHead implements Exchange {
  readonly #request: MiddlewareRequest;
  readonly #response: ServerResponse;
  bodyBytes = 0;
  #abort: AbortController | undefined;

  constructor(request: MiddlewareRequest, response: ServerResponse) {
    super(request);
    this.#request = request;
    this.#response = response;
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
