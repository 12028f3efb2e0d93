import { Deferred } from "../../base/async/deferred.ts";
import { ErrorCode, toError, UsageError } from "../../base/errors.ts";
import { Credit, type Grant } from "./credit.ts";
import { type BodyFrame, StreamKind } from "./stream-frames.ts";

/** What a {@link BodySender} works with. */
export interface BodySenderParts {
  /** What the receiver allows from the beginning. */
  readonly granted: Grant;
  readonly chunkBytes: number;
  /** Sends a frame. Rejects if it cannot be sent: the sender is over then. */
  readonly deliver: (frame: BodyFrame) => Promise<void>;
  /** Called once when the body was sent, with its error if it has failed; not after {@link BodySender.stop}. */
  readonly ended: (error: Error | undefined) => void;
}

/** Reads a body and sends it in chunks, as far as its receiver allows: nothing is read that may not be sent. */
export class BodySender {
  readonly #parts: BodySenderParts;
  readonly #credit: Credit;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #room: Deferred<void> | undefined;
  #isOver = false;

  constructor(parts: BodySenderParts) {
    this.#parts = parts;
    this.#credit = new Credit(parts.granted);
  }

  /** Whether reading has begun. */
  get hasBegun(): boolean {
    return this.#reader !== undefined;
  }

  /** Whether nothing more is sent. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends a body, which is not touched before something of it may be sent. Called once. */
  start(body: ReadableStream<Uint8Array>): void {
    void this.#pump(body); // never rejects
  }

  raise(grant: Grant): void {
    this.#credit.raise(grant);
    this.#wake();
  }

  /** Ends it without the rest. A body that was not touched is left as it is. */
  stop(reason: Error): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#reader?.cancel(reason).catch(() => {}); // nothing of it is used any more
    this.#wake();
  }

  async #pump(body: ReadableStream<Uint8Array>): Promise<void> {
    let error: Error | undefined;
    try {
      while (await this.#hasRoom()) {
        this.#reader ??= body.getReader();
        const { done, value } = await this.#reader.read();
        if (this.#isOver) return;
        if (done) break;
        await this.#send(requireBytes(value));
      }
    } catch (thrown) {
      error = toError(thrown);
    }
    if (this.#isOver) return;
    this.#isOver = true;
    if (error !== undefined) this.#reader?.cancel(error).catch(() => {}); // nothing of it is used any more
    try {
      const { End, Fail } = StreamKind;
      await this.#parts.deliver(error === undefined ? { kind: End } : { kind: Fail, error });
    } catch (thrown) {
      error ??= toError(thrown);
    }
    this.#parts.ended(error);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.byteLength && (await this.#hasRoom())) {
      const size = Math.min(this.#parts.chunkBytes, this.#credit.left, bytes.byteLength - at);
      this.#credit.spend(size);
      await this.#parts.deliver({ kind: StreamKind.Data, bytes: bytes.subarray(at, at + size) });
      at += size;
    }
  }

  /** Resolves when something may be sent; with false if nothing more is to be. */
  async #hasRoom(): Promise<boolean> {
    while (!this.#isOver && this.#credit.left === 0) {
      this.#room ??= new Deferred();
      await this.#room.promise;
    }
    return !this.#isOver;
  }

  #wake(): void {
    this.#room?.resolve();
    this.#room = undefined;
  }
}

/** Code of an actor may put anything into its stream. */
function requireBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  const code = ErrorCode.InvalidOption;
  throw new UsageError("the body of a response must consist of Uint8Array", { code });
}
