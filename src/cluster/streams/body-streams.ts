import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { BodyStream } from "./body-stream.ts";
import { STREAM_ALIVE_MS } from "./stream-limits.ts";

/** The streams of one end, by their ids. One timer for all of them: both ends show that they are there. */
export class BodyStreams {
  readonly #clock: Clock;
  readonly #streams = new Map<string, BodyStream>();
  #timer: ClockTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#streams.size;
  }

  find(id: string): BodyStream | undefined {
    return this.#streams.get(id);
  }

  all(): readonly BodyStream[] {
    return [...this.#streams.values()];
  }

  add(stream: BodyStream): void {
    this.#streams.set(stream.id, stream);
    this.#timer ??= this.#lookLater();
  }

  remove(stream: BodyStream): void {
    if (this.#streams.get(stream.id) === stream) this.#streams.delete(stream.id);
    if (this.#streams.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #lookLater(): ClockTimer {
    const look = (): void => {
      const nowMs = this.#clock.monotonicMs();
      this.#timer = this.#lookLater(); // the last of them may end now, and cancels it
      for (const stream of this.all()) stream.look(nowMs);
    };
    return this.#clock.schedule(look, STREAM_ALIVE_MS, KeepAlive.No);
  }
}
