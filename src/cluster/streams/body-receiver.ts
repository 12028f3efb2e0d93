import type { Allowance } from "./credit.ts";

/** What a {@link BodyReceiver} works with. */
export interface BodyReceiverParts {
  readonly allowance: Allowance;
  /** Called when something was read: the sender may be allowed more. */
  readonly wanted: () => void;
  /** Called once when the reader has cancelled the body. */
  readonly cancelled: () => void;
}

/** A body that arrives in chunks, as the stream that it is read from. Nothing is asked for before the first read. */
export class BodyReceiver {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #parts: BodyReceiverParts;
  #queue: Uint8Array[] = [];
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isWanted = false;
  /** How the body ends after what is queued; `undefined` while it goes on. */
  #end: { readonly error: Error | undefined } | undefined;

  constructor(parts: BodyReceiverParts) {
    this.#parts = parts;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          this.#isWanted = true;
          this.#give();
          if (this.#end === undefined) parts.wanted();
        },
        cancel: () => {
          this.#drop();
          parts.cancelled();
        },
      },
      { highWaterMark: 0 },
    );
  }

  /** Whether everything has arrived, or nothing more will. */
  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Takes a chunk. Returns false if the sender was not allowed to send it. */
  take(bytes: Uint8Array): boolean {
    if (!this.#parts.allowance.receive(bytes.byteLength)) return false;
    if (this.#end !== undefined) return true; // nobody reads it any more
    this.#queue.push(bytes);
    this.#give();
    return true;
  }

  /** The body is complete, or has failed in order: what has arrived is read before. */
  finish(error: Error | undefined): void {
    this.#end ??= { error };
    this.#give();
  }

  /** Ends the body at once. It is not taken for a complete one. */
  break(error: Error): void {
    if (this.#end !== undefined) return; // what has arrived is all of it
    const controller = this.#controller;
    this.#drop();
    controller?.error(error);
  }

  #give(): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    const next = this.#isWanted ? this.#queue.shift() : undefined;
    if (next !== undefined) {
      this.#isWanted = false;
      this.#parts.allowance.use(next.byteLength);
      controller.enqueue(next); // may pull again at once
    }
    if (this.#queue.length > 0 || this.#end === undefined || this.#controller === undefined) return;
    this.#controller = undefined;
    if (this.#end.error === undefined) controller.close();
    else controller.error(this.#end.error);
  }

  #drop(): void {
    this.#queue = [];
    this.#controller = undefined;
    this.#end ??= { error: undefined };
  }
}
