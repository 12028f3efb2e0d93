import type { Clock, ClockTimer } from "../../base/clock.ts";
import { KeepAlive } from "../../base/clock.ts";
import type { Store } from "../../store/contract/store.ts";

/** A key that is never written; whether reading it works is all that matters. */
const PROBE_KEY = "probe";

/** What a {@link StoreWatch} works with. */
export interface StoreWatchParts {
  readonly store: Pick<Store, "get">;
  readonly clock: Clock;
  /** How often a store that has failed is tried. */
  readonly everyMs: number;
  readonly changed: (isAvailable: boolean) => void;
}

/** Whether actors can be loaded and saved. A store counts as unavailable from a failure on until it can be read again. */
export class StoreWatch {
  readonly #parts: StoreWatchParts;
  #timer: ClockTimer | undefined;
  #isClosed = false;

  constructor(parts: StoreWatchParts) {
    this.#parts = parts;
  }

  /** The store has failed an actor. */
  failed(): void {
    if (this.#timer !== undefined || this.#isClosed) return;
    this.#parts.changed(false);
    this.#tryLater();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #tryLater(): void {
    const { clock, everyMs } = this.#parts;
    this.#timer = clock.schedule(() => void this.#probe(), everyMs, KeepAlive.No); // never rejects
  }

  async #probe(): Promise<void> {
    let isAvailable = true;
    try {
      await this.#parts.store.get(PROBE_KEY);
    } catch {
      isAvailable = false; // told when it has begun
    }
    if (this.#isClosed) return;
    if (!isAvailable) {
      this.#tryLater();
      return;
    }
    this.#timer = undefined;
    this.#parts.changed(true);
  }
}
