import type { ActorRow } from "../../wire/snapshot.ts";

/** Number of rows above which the oldest are dropped early. */
const MAX_STOPPED_ACTORS = 1_000;

/** Rows of actors that have ended, each kept for a limited time. */
export class StoppedActors {
  readonly #windowMs: number;
  readonly #rows = new Map<string, ActorRow>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  add(row: ActorRow): void {
    this.#rows.set(row.id, row);
  }

  /** Removes and returns the expired rows, oldest first. */
  removeExpired(nowAtMs: number): readonly ActorRow[] {
    const expired: ActorRow[] = [];
    for (const row of this.#rows.values()) {
      const full = this.#rows.size > MAX_STOPPED_ACTORS;
      if (!full && nowAtMs - (row.stopped?.atMs ?? 0) < this.#windowMs) break;
      this.#rows.delete(row.id);
      expired.push(row);
    }
    return expired;
  }

  /** Returns the rows, oldest first. */
  rows(): IterableIterator<ActorRow> {
    return this.#rows.values();
  }
}
