import type { ActorCell } from "../cell/cell.ts";
import { PoolRoute } from "../definition/pool-ref.ts";

/** Rank of a worker that is chosen only if there is no better one; higher than any mailbox depth. */
const FULL = 1e9;
const GONE = 1e12;

/**
 * Selects workers. Equally loaded workers are selected in turn. A worker with a full mailbox ranks behind all
 * workers with room, and a worker that has ended or is ending behind all others.
 */
export class PoolRouter {
  readonly #route: PoolRoute;
  #next = 0;

  constructor(route: PoolRoute) {
    this.#route = route;
  }

  /** Returns the index of the worker to send to. `workers` must not be empty. */
  choose(workers: readonly ActorCell[]): number {
    const first = this.#next;
    let best = first;
    let bestRank = Number.POSITIVE_INFINITY;
    for (let step = 0; step < workers.length && bestRank > 0; step += 1) {
      const index = (first + step) % workers.length;
      const rank = this.#rank(workers[index] as ActorCell);
      if (rank >= bestRank) continue;
      best = index;
      bestRank = rank;
    }
    this.#next = (best + 1) % workers.length;
    return best;
  }

  #rank(worker: ActorCell): number {
    if (!worker.accepting) return GONE;
    const full = worker.depth >= worker.type.settings.mailboxLimit ? FULL : 0;
    switch (this.#route) {
      case PoolRoute.LeastLoaded:
        return full + worker.depth + (worker.blocked || worker.current !== undefined ? 1 : 0);
      case PoolRoute.RoundRobin:
        return full;
    }
  }
}
