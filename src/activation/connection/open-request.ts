import { LimelightError } from "../../base/errors.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { Hold } from "../awake/holds.ts";

/**
 * One request that an actor answers, from the call of its hook to the end of the response's body. It ends with the life
 * of the actor at the latest.
 */
export class OpenRequest {
  readonly #activation: Activation;
  readonly #hold: Hold;
  readonly #controller = new AbortController();
  #cutOff: ((error: Error) => void) | undefined;

  constructor(activation: Activation) {
    this.#activation = activation;
    activation.requests ??= new Set();
    activation.requests.add(this);
    this.#hold = activation.holds.take(AwakeReason.HttpRequest, "onRequest");
    activation.type.activationMetrics.httpRequestActive.add(1);
  }

  /** Returns the request as the hook gets it: it is aborted with the original, and with the life of the actor. */
  expose(request: Request): Request {
    const signal = AbortSignal.any([request.signal, this.#controller.signal]);
    return new Request(request, request.body === null ? { signal } : { signal, duplex: "half" });
  }

  /** Returns a response with the same body, at the end of which the request ends. */
  answer(response: Response): Response {
    const { body, status, statusText, headers } = response;
    if (body === null) {
      this.end();
      return response;
    }
    return new Response(this.#watch(body.getReader()), { status, statusText, headers });
  }

  /** Ends it without the rest of the body. */
  abort(error: Error): void {
    this.#controller.abort(error);
    this.#cutOff?.(error);
    this.end();
  }

  end(): void {
    const { requests, type } = this.#activation;
    if (requests?.delete(this) !== true) return;
    type.activationMetrics.httpRequestActive.add(-1);
    this.#hold.release();
  }

  /** Nothing is read ahead of the client. */
  #watch(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#cutOff = (error) => {
            controller.error(error);
            reader.cancel(error).catch(() => {}); // nothing of the body is used any more
          };
        },
        pull: (controller) => this.#pass(reader, controller),
        cancel: (reason) => {
          this.end();
          return reader.cancel(reason);
        },
      },
      { highWaterMark: 0 },
    );
  }

  async #pass(
    reader: ReadableStreamDefaultReader<Uint8Array>,
    to: ReadableStreamDefaultController<Uint8Array>,
  ): Promise<void> {
    try {
      const { done, value } = await reader.read();
      if (this.#controller.signal.aborted) return; // the stream has its error
      if (!done) {
        to.enqueue(value);
        return;
      }
      to.close();
    } catch (thrown) {
      to.error(thrown);
    }
    this.end();
  }
}

/** Ends the requests of a life that has ended. */
export function abortRequests({ cell, requests }: Activation): void {
  if (requests === undefined || requests.size === 0) return;
  const { message, code } = cell.stoppedError("onRequest");
  const error = new LimelightError(message, { code });
  for (const request of [...requests]) request.abort(error);
}
