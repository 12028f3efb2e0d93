import type { ActorRow } from "../wire/snapshot.ts";

/** Graves beyond this many are given up before their time. */
const MAX_GRAVES = 1_000;

/** Rows of actors that have ended, each shown for a while. */
export class Graveyard {
  readonly #windowMs: number;
  readonly #graves = new Map<string, ActorRow>();

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  bury(row: ActorRow): void {
    this.#graves.set(row.id, row);
  }

  /** Takes out those whose time is over, the oldest first. */
  reap(nowAtMs: number): readonly ActorRow[] {
    const reaped: ActorRow[] = [];
    for (const row of this.#graves.values()) {
      const crowded = this.#graves.size > MAX_GRAVES;
      if (!crowded && nowAtMs - (row.stopped?.atMs ?? 0) < this.#windowMs) break;
      this.#graves.delete(row.id);
      reaped.push(row);
    }
    return reaped;
  }

  /** Oldest first. */
  rows(): IterableIterator<ActorRow> {
    return this.#graves.values();
  }
}
