import type { IncomingMessage, ServerResponse } from "node:http";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { HttpCode, Refusal } from "../../http/refusal.ts";
import { sendStream } from "../raw/answer-stream.ts";
import {
  DISCARDED_BYTES,
  NodeRequestBody,
  type RequestStream,
  tooLarge,
} from "../raw/request-body.ts";
import { ClientGone } from "./client-gone.ts";
import type { Exchange, HttpAnswer, RequestBody } from "./exchange.ts";
import { type MiddlewareRequest, NodeHead } from "./node-head.ts";

/** Requests whose bodies are read by actors. */
const streamed = new WeakSet<IncomingMessage>();

/** Whether an actor reads the body of a request, so that it is handled before it has arrived. */
export function isStreamed(request: IncomingMessage): boolean {
  return streamed.has(request);
}

/** A request of `node:http`. */
export class NodeExchange extends NodeHead implements Exchange {
  readonly #request: MiddlewareRequest;
  readonly #response: ServerResponse;
  bodyBytes = 0;
  readonly gone: ClientGone;
  #abort: AbortController | undefined;
  #body: NodeRequestBody | undefined;

  constructor(request: MiddlewareRequest, response: ServerResponse) {
    super(request);
    this.#request = request;
    this.#response = response;
    this.gone = new ClientGone(response);
  }

  get isGone(): boolean {
    return this.gone.aborted;
  }

  get signal(): AbortSignal {
    if (this.#abort !== undefined) return this.#abort.signal;
    const abort = new AbortController();
    this.#abort = abort;
    if (this.isGone) abort.abort();
    else this.gone.addEventListener("abort", () => abort.abort());
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
    if (body === undefined) throw readBefore("is not in `request.body`");
    return Promise.resolve(Buffer.isBuffer(body) ? { bytes: body } : { parsed: body });
  }

  openBody(limitBytes: number): RequestStream | undefined {
    const request = this.#request;
    const hasBody =
      this.header("transfer-encoding") !== undefined || Number(this.header("content-length")) > 0;
    if (!hasBody) return undefined;
    if (!request.readableEnded) {
      streamed.add(request);
      return this.#open(limitBytes);
    }
    const { body } = request;
    if (!Buffer.isBuffer(body)) throw readBefore("is not in `request.body` as bytes");
    return { stream: new Blob([body]).stream(), fault: undefined };
  }

  discardBody(): Promise<void> {
    return this.#request.readableEnded ? Promise.resolve() : this.#open(0).discard();
  }

  #open(limitBytes: number): NodeRequestBody {
    const count = (bytes: number): void => {
      this.bodyBytes += bytes;
    };
    this.#body = new NodeRequestBody(this.#request, limitBytes, count);
    return this.#body;
  }

  /**
   * Sends the answer, unless the client has gone away or another handler has answered.
   *
   * @throws what a middleware in front throws that has a part in sending; the connection is cut then
   */
  send({ status, headers, body, stream }: HttpAnswer): void {
    const response = this.#response;
    if (response.destroyed || response.headersSent) {
      stream?.ended(0, { kind: "gone" });
      return;
    }
    if (this.#body !== undefined) response.once("finish", () => void this.#dropRest());
    try {
      response.writeHead(status, headers as string[]);
    } catch (error) {
      stream?.ended(0, { kind: "failed", error });
      response.destroy();
      throw error;
    }
    if (stream !== undefined) {
      void sendStream(stream, response); // never rejects
      return;
    }
    response.end(body); // Node omits it from responses to HEAD
  }

  /** Cuts the connection, as a server of the gateway's own does at the deadline of its drain. */
  cut(): void {
    this.#response.destroy();
  }

  /** The next request of the connection begins behind the body of this one. */
  async #dropRest(): Promise<void> {
    await this.#body?.discard();
    if (!this.#request.readableEnded) this.#request.destroy();
  }
}

function readBefore(where: string): UsageError {
  return new UsageError(`the body was read by a handler in front, and ${where}`, {
    code: ErrorCode.InvalidOption,
  });
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
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      count(chunk.length);
      if (size <= limitBytes) chunks.push(chunk);
      else chunks = [];
      if (size > DISCARDED_BYTES && size > limitBytes) {
        request.pause();
        reject(tooLarge(limitBytes));
      }
    });
    request.once("end", () => {
      isPending = false;
      if (size > limitBytes) reject(tooLarge(limitBytes));
      else resolve({ bytes: chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks) });
    });
    const cut = (): void => {
      // Also called after the end. An error is not made for nothing: its stack takes longer than all of the parsing.
      if (isPending) reject(new Refusal(HttpCode.BadRequest, "the body did not arrive"));
    };
    // The client has gone while it was found out who it is: there are no further events.
    if (request.destroyed) cut();
    request.once("error", cut);
    request.once("close", cut);
  });
}
