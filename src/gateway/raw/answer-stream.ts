import type { ServerResponse } from "node:http";
import { ErrorCode, UsageError } from "../../base/errors.ts";

/** How the body of an answer has ended. */
export type StreamEnd =
  | { readonly kind: "complete" | "gone" }
  /** What gives the body has failed. */
  | { readonly kind: "failed"; readonly error: unknown };

/** A body that is sent as it is made. */
export interface AnswerStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Called once, when it has ended. */
  ended(sentBytes: number, end: StreamEnd): void;
}

/** Ends a stream once. */
class Sent {
  readonly #stream: AnswerStream;
  readonly reader: ReadableStreamDefaultReader<Uint8Array>;
  #bytes = 0;
  isOver = false;

  constructor(stream: AnswerStream) {
    this.#stream = stream;
    this.reader = stream.body.getReader();
  }

  /** Returns the next part; `undefined` at the end of the body. */
  async next(): Promise<Uint8Array | undefined> {
    const { done, value } = await this.reader.read();
    if (done) return undefined;
    // An actor may put anything into its stream.
    if (!(value instanceof Uint8Array)) {
      const code = ErrorCode.InvalidOption;
      throw new UsageError("the body of a response must consist of Uint8Array", { code });
    }
    return value;
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  end(end: StreamEnd): void {
    if (this.isOver) return;
    this.isOver = true;
    if (end.kind !== "complete") this.reader.cancel(end.kind).catch(() => {}); // it is not sent
    this.#stream.ended(this.#bytes, end);
  }
}

/**
 * Sends a body to a client of `node:http`, as fast as it reads. If the body fails, the connection is cut: a client must
 * not take what it has for all of it.
 */
export async function sendStream(stream: AnswerStream, response: ServerResponse): Promise<void> {
  const sent = new Sent(stream);
  const gone = (): void => sent.end({ kind: "gone" });
  if (response.destroyed) return gone();
  response.once("close", gone);
  response.flushHeaders();
  try {
    for (;;) {
      const chunk = await sent.next();
      if (sent.isOver) return;
      if (chunk === undefined) break;
      sent.count(chunk.byteLength);
      if (!response.write(chunk)) await drained(response);
      if (sent.isOver) return;
    }
    response.end(() => sent.end({ kind: "complete" }));
  } catch (error) {
    sent.end({ kind: "failed", error });
    response.destroy();
  }
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}

/**
 * Returns a body for a `Response`, from which nothing is read ahead.
 *
 * @param signal aborted when the client goes away
 */
export function streamOf(stream: AnswerStream, signal: AbortSignal): ReadableStream<Uint8Array> {
  const sent = new Sent(stream);
  let stop = (): void => {};
  const end = (how: StreamEnd): void => {
    signal.removeEventListener("abort", stop);
    sent.end(how);
  };
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        stop = () => {
          if (sent.isOver) return;
          controller.error(signal.reason);
          end({ kind: "gone" });
        };
        signal.addEventListener("abort", stop);
        if (signal.aborted) stop();
      },
      async pull(controller) {
        try {
          const chunk = await sent.next();
          if (sent.isOver) return;
          if (chunk === undefined) {
            controller.close();
            end({ kind: "complete" });
            return;
          }
          sent.count(chunk.byteLength);
          controller.enqueue(chunk);
        } catch (error) {
          if (sent.isOver) return;
          controller.error(error);
          end({ kind: "failed", error });
        }
      },
      cancel: () => end({ kind: "gone" }),
    },
    { highWaterMark: 0 },
  );
}
