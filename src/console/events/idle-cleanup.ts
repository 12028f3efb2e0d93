import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { EventStream } from "./event-stream.ts";
import type { Sources } from "./sources.ts";

/** Slightly longer than the monitors' own idle period, so that one attempt is enough. */
const RELEASED_AFTER_MS = 61_000;

/** Dependencies of {@link IdleCleanup}. */
export interface IdleCleanupParts {
  readonly clock: Clock;
  readonly sources: Sources;
  readonly events: EventStream;
}

/** Releases the data kept between requests, a minute after the last request or viewer. */
export class IdleCleanup {
  readonly #parts: IdleCleanupParts;
  #timer: ClockTimer | undefined;
  #touchedMs = 0;

  constructor(parts: IdleCleanupParts) {
    this.#parts = parts;
  }

  /** Restarts the idle period. Called for each read of the console. */
  touch(): void {
    this.#touchedMs = this.#parts.clock.monotonicMs();
    this.#timer ??= this.#schedule(RELEASED_AFTER_MS);
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
    const leftMs = this.#touchedMs + RELEASED_AFTER_MS - nowMs;
    if (leftMs > 0) {
      this.#timer = this.#schedule(leftMs);
      return;
    }
    this.#timer = undefined;
    events.forget();
    sources.forgetIfUnused();
  }
}
