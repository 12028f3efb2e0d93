import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { Frame } from "../../wire/answers.ts";
import type { ConsoleClient } from "./console-client.ts";
import { EventText } from "./event-text.ts";
import { parseFrame } from "./frame-text.ts";

/** How long a console may take to answer. */
const ANSWER_MS = 5_000;
/** A console says at least every 15 s that it is there. */
const SILENCE_MS = 40_000;

export interface FrameStreamOptions {
  readonly client: ConsoleClient;
  readonly clock: Clock;
  readonly rateHz: number;
  /** The last frame that is known: what has changed since may be enough. */
  readonly after: string | undefined;
  onFrame(frame: Frame, id: string): void;
}

/** One connection to the stream of frames, which is over when it breaks. */
export class FrameStream {
  readonly #options: FrameStreamOptions;
  readonly #abort = new AbortController();
  #watchdog: ClockTimer | undefined;

  constructor(options: FrameStreamOptions) {
    this.#options = options;
  }

  /**
   * Connects, and hands over frames until the console ends the stream.
   *
   * @throws {@link TopError} when there is no console that would let this viewer in, or none that can be
   *   understood; whatever broke the connection otherwise
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

  /** Breaks the connection; nothing comes any more. */
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
