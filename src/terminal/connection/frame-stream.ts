import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { Frame } from "../../wire/answers.ts";
import type { ConsoleClient } from "./console-client.ts";
import { EventText } from "./event-text.ts";
import { parseFrame } from "./frame-text.ts";

/** Maximum time until a console responds. */
const ANSWER_MS = 5_000;
/** A console sends a heartbeat at least every 15 s. */
const SILENCE_MS = 40_000;

export interface FrameStreamOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  readonly rateHz: number;
  /** Number of the last known frame. The console may then send only the changes since. */
  readonly after: string | undefined;
  onFrame(frame: Frame, id: string): void;
}

/** One connection to the event stream. It cannot be reused once it is closed. */
export class FrameStream {
  readonly #options: FrameStreamOptions;
  readonly #abort = new AbortController();
  #watchdog: ClockTimer | undefined;

  constructor(options: FrameStreamOptions) {
    this.#options = options;
  }

  /**
   * Connects and delivers frames until the console ends the stream.
   *
   * @throws {@link TopError} when the address is not that of a console, or the console refuses access or
   *   has another version; otherwise the error that broke the connection
   */
  async run(): Promise<void> {
    const { client, rateHz, after } = this.#options;
    const headers = after === undefined ? {} : { "last-event-id": after };
    const { signal } = this.#abort;
    this.#expectSomething(ANSWER_MS);
    try {
      const path = `api/events?rate=${rateHz}`;
      await this.#read(await client.get(path, "text/event-stream", { headers, signal }));
    } finally {
      this.close();
    }
  }

  /** Closes the connection. No frames are delivered afterwards. */
  close(): void {
    this.#watchdog?.cancel();
    this.#abort.abort();
  }

  async #read({ body }: Response): Promise<void> {
    const text = new EventText();
    const decoder = new TextDecoder();
    for await (const bytes of body ?? []) {
      this.#expectSomething(SILENCE_MS);
      for (const { event, id, data } of text.push(decoder.decode(bytes, { stream: true }))) {
        if (event === "frame") this.#options.onFrame(parseFrame(data), id);
      }
    }
  }

  #expectSomething(withinMs: number): void {
    this.#watchdog?.cancel();
    const giveUp = (): void => this.#abort.abort();
    this.#watchdog = this.#options.clock.schedule(giveUp, withinMs, KeepAlive.No);
  }
}
