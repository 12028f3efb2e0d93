import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { EventStream } from "./event-stream.ts";
import type { Sources } from "./sources.ts";

/** A little longer than monitors wait by themselves: they are asked once. */
const FORGOTTEN_AFTER_MS = 61_000;

/** What forgetting needs to know. */
export interface IdleForgettingParts {
  readonly clock: Clock;
  readonly sources: Sources;
  readonly events: EventStream;
}

/** Lets go of what is kept between looks, a minute after the last look of anybody. */
export class IdleForgetting {
  readonly #parts: IdleForgettingParts;
  #timer: ClockTimer | undefined;
  #touchedMs = 0;

  constructor(parts: IdleForgettingParts) {
    this.#parts = parts;
  }

  /** Somebody looks. */
  touch(): void {
    this.#touchedMs = this.#parts.clock.monotonicMs();
    this.#timer ??= this.#schedule(FORGOTTEN_AFTER_MS);
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #schedule(delayMs: number): ClockTimer {
    return this.#parts.clock.schedule(() => this.#fire(), delayMs, KeepAlive.No);
  }

  #fire(): void {
    const { clock, sources, events } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (events.viewers > 0) this.#touchedMs = nowMs;
    const leftMs = this.#touchedMs + FORGOTTEN_AFTER_MS - nowMs;
    if (leftMs > 0) {
      this.#timer = this.#schedule(leftMs);
      return;
    }
    this.#timer = undefined;
    events.forget();
    sources.forgetIfUnused();
  }
}
