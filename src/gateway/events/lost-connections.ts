import type { Clock } from "../../base/clock.ts";
import type { DirectedEvents } from "./directed.ts";

const KEPT_MS = 60_000;
const MAX_KEPT = 1_000;

interface Lost {
  readonly directed: DirectedEvents;
  readonly callerId: string | undefined;
  readonly atMs: number;
}

/** What was sent to connections of an actor whose sockets were lost, for clients that come back soon. */
export class LostConnections {
  readonly #clock: Clock;
  readonly #lost = new Map<string, Lost>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#lost.size;
  }

  add(connectionId: string, directed: DirectedEvents, callerId: string | undefined): void {
    this.#lost.set(connectionId, { directed, callerId, atMs: this.#clock.monotonicMs() });
    this.forget();
  }

  /** Takes out what was sent to a connection of a caller; `undefined` if that is no longer known. */
  take(connectionId: string, callerId: string | undefined): DirectedEvents | undefined {
    this.forget();
    const found = this.#lost.get(connectionId);
    if (found?.callerId !== callerId) return undefined;
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
