import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import type { Frame } from "../../wire/answers.ts";
import type { ConnectionState } from "./connection-state.ts";
import type { ConsoleClient } from "./console-client.ts";
import { FrameStream } from "./frame-stream.ts";
import { TopError } from "./top-error.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

export interface ConnectionOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  readonly rateHz: number;
  /** @returns whether the frame could be merged; otherwise a full frame is requested */
  onFrame(frame: Frame): boolean;
  onState(state: ConnectionState): void;
}

/** The event stream with automatic reconnection. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #opened = Promise.withResolvers<void>();
  #hasOpened = false;
  #rateHz: number;
  #stream: FrameStream | undefined;
  #lastId: string | undefined;
  #failures = 0;
  #retry: ClockTimer | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#rateHz = options.rateHz;
  }

  /**
   * Connects and waits for the first frame.
   *
   * @throws {@link TopError} when the first connection fails; it is not retried
   */
  open(): Promise<void> {
    this.#connect();
    return this.#opened.promise;
  }

  /** Reconnects with another frame rate. */
  setRate(rateHz: number): void {
    if (rateHz === this.#rateHz || this.#closed) return;
    this.#rateHz = rateHz;
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    this.#drop();
  }

  #connect(): void {
    this.#drop();
    const { client, clock } = this.#options;
    const stream = new FrameStream({
      client,
      clock,
      rateHz: this.#rateHz,
      after: this.#lastId,
      onFrame: (frame, id) => {
        if (this.#stream === stream) this.#take(frame, id);
      },
    });
    this.#stream = stream;
    // A connection that was replaced by a newer one is expected to end.
    const over = (error?: unknown): void => {
      if (this.#stream === stream) this.#breakOff(error);
    };
    stream.run().then(() => over(), over);
  }

  #take(frame: Frame, id: string): void {
    if (!this.#options.onFrame(frame)) {
      this.#askForEverything();
      return;
    }
    if (id !== "") this.#lastId = id;
    this.#failures = 0;
    this.#hasOpened = true;
    this.#options.onState({ kind: "live" });
    this.#opened.resolve();
  }

  #askForEverything(): void {
    const resumed = this.#lastId !== undefined;
    this.#lastId = undefined;
    if (resumed) this.#connect();
    else this.#breakOff(this.#options.client.notAConsole("its first frame is of changes"));
  }

  #breakOff(error: unknown): void {
    this.#drop();
    if (!this.#hasOpened) {
      this.#opened.reject(error ?? this.#options.client.notAConsole("it sends no data"));
      return;
    }
    const retryInMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#options.onState({ kind: "lost", reason: reasonOf(error), retryInMs });
    this.#retry = this.#options.clock.schedule(() => this.#connect(), retryInMs, KeepAlive.Yes);
  }

  #drop(): void {
    this.#retry?.cancel();
    this.#stream?.close();
    this.#stream = undefined;
  }
}

function reasonOf(error: unknown): string {
  if (error === undefined) return "the console has ended the stream";
  return error instanceof TopError ? error.code : errorType(error);
}
