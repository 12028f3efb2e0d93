/** Where an actor is. */
export interface Route {
  readonly runnerId: string;
  /** Number of the activation there. */
  readonly generation: number;
}

/** The routes used last, by address: a bounded number of them. */
export class RouteCache {
  readonly #max: number;
  /** The order of a map is that of insertion: the first entry was not used for the longest time. */
  readonly #routes = new Map<string, Route>();

  /** @param max number of routes that are kept */
  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#routes.size;
  }

  get(address: string): Route | undefined {
    const route = this.#routes.get(address);
    // As long as there is much room, the order of uses is not kept: it costs more than the look-up.
    if (route === undefined || this.#routes.size <= this.#max / 2) return route;
    this.#routes.delete(address);
    this.#routes.set(address, route);
    return route;
  }

  /** Adds a route, unless one to a later activation is known. */
  add(address: string, route: Route): void {
    const known = this.#routes.get(address);
    if (known !== undefined && known.generation > route.generation) return;
    this.#routes.delete(address);
    this.#routes.set(address, route);
    if (this.#routes.size <= this.#max) return;
    const [oldest = ""] = this.#routes.keys();
    this.#routes.delete(oldest);
  }

  /** Removes a route that has turned out to be wrong. One that was found since then stays. */
  drop(address: string, { runnerId, generation }: Route): void {
    const known = this.#routes.get(address);
    if (known?.runnerId !== runnerId || known.generation > generation) return;
    this.#routes.delete(address);
  }

  /** Removes all routes to a runner that is gone. */
  dropAll(runnerId: string): void {
    for (const [address, route] of this.#routes) {
      if (route.runnerId === runnerId) this.#routes.delete(address);
    }
  }
}
