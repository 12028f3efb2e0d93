import type { Clock } from "../../base/clock.ts";
import type { DirectedEvents } from "./directed.ts";

const KEPT_MS = 60_000;
const MAX_KEPT = 1_000;

/** What was sent to connections of an actor whose sockets were lost, for clients that come back soon. */
export class LostConnections {
  readonly #clock: Clock;
  readonly #lost = new Map<string, { readonly directed: DirectedEvents; readonly atMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#lost.size;
  }

  add(connectionId: string, directed: DirectedEvents): void {
    this.#lost.set(connectionId, { directed, atMs: this.#clock.monotonicMs() });
    this.forget();
  }

  /** Takes out what was sent to a connection; `undefined` if that is no longer known. */
  take(connectionId: string): DirectedEvents | undefined {
    this.forget();
    const found = this.#lost.get(connectionId);
    this.#lost.delete(connectionId);
    return found?.directed;
  }

  /** Forgets connections that were lost long ago. */
  forget(): void {
    const beforeMs = this.#clock.monotonicMs() - KEPT_MS;
    for (const [id, { atMs }] of this.#lost) {
      if (atMs > beforeMs && this.#lost.size <= MAX_KEPT) return;
      this.#lost.delete(id);
    }
  }
}
