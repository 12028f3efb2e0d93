import type { IncomingMessage } from "node:http";
import { HttpCode, Refusal } from "../../http/refusal.ts";

/** The body of a request, which is read as it arrives and only as fast as it is used. */
export interface RequestStream {
  readonly stream: ReadableStream<Uint8Array>;
  /** Set when it was larger than allowed, with which the stream has failed. */
  readonly fault: Refusal | undefined;
}

/** Bytes read of a body that is not used: a client that is still sending does not see the answer. */
export const DISCARDED_BYTES = 4_194_304;

/** Returns the refusal of a body that is too large. */
export function tooLarge(limitBytes: number): Refusal {
  return new Refusal(HttpCode.BodyTooLarge, `a body has at most ${limitBytes} bytes`, {
    // The rest of the body would be parsed as the next request.
    headers: { Connection: "close" },
  });
}

/** The body of a request of `node:http`. */
export class NodeRequestBody implements RequestStream {
  readonly stream: ReadableStream<Uint8Array>;
  fault: Refusal | undefined;
  readonly #request: IncomingMessage;
  readonly #count: (bytes: number) => void;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #size = 0;
  #onDropped: (() => void) | undefined;

  /** @param count gets the number of bytes that have arrived */
  constructor(request: IncomingMessage, limitBytes: number, count: (bytes: number) => void) {
    this.#request = request;
    this.#count = count;
    request.pause();
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => void request.resume(),
        cancel: () => this.#drop(),
      },
      { highWaterMark: 0 },
    );
    request.on("data", (chunk: Buffer) => this.#take(chunk, limitBytes));
    request.once("end", () => {
      this.#controller?.close();
      this.#release();
    });
    const cut = (): void => {
      this.#controller?.error(new Refusal(HttpCode.BadRequest, "the body did not arrive"));
      this.#release();
    };
    if (request.destroyed) cut(); // there are no further events
    request.once("error", cut);
    request.once("close", cut);
  }

  /** Reads what is left, without using it; resolves when it has arrived, or when more is left than is worth reading. */
  discard(): Promise<void> {
    if (this.#request.readableEnded || this.#request.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onDropped = resolve;
      this.#drop();
    });
  }

  #take(chunk: Buffer, limitBytes: number): void {
    this.#size += chunk.length;
    this.#count(chunk.length);
    if (this.#controller === undefined) {
      this.#endDiscard();
      return;
    }
    if (this.#size > limitBytes) {
      this.fault = tooLarge(limitBytes);
      this.#controller.error(this.fault);
      this.#drop();
      return;
    }
    this.#request.pause(); // until more is read
    this.#controller.enqueue(chunk);
  }

  #drop(): void {
    this.#controller = undefined;
    this.#request.resume();
    this.#endDiscard();
  }

  #endDiscard(): void {
    if (this.#size <= DISCARDED_BYTES) return;
    this.#request.pause();
    this.#onDropped?.();
  }

  #release(): void {
    this.#controller = undefined;
    this.#onDropped?.();
  }
}

/** The body of a request in the form of the Fetch standard. */
export class FetchRequestBody implements RequestStream {
  readonly stream: ReadableStream<Uint8Array>;
  fault: Refusal | undefined;

  /** @param count gets the number of bytes that have been read */
  constructor(
    body: ReadableStream<Uint8Array>,
    limitBytes: number,
    count: (bytes: number) => void,
  ) {
    const reader = body.getReader();
    let size = 0;
    this.stream = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const { done, value } = await reader.read();
          if (done) {
            controller.close();
            return;
          }
          size += value.byteLength;
          count(value.byteLength);
          if (size <= limitBytes) {
            controller.enqueue(value);
            return;
          }
          this.fault = tooLarge(limitBytes);
          controller.error(this.fault);
          reader.cancel(this.fault).catch(() => {}); // nothing of it is used any more
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }
}
