import type { Owner } from "../../activation/records/record-keys.ts";
import { RouteSource } from "../../telemetry/cluster-attributes.ts";
import { placementIn } from "../codec/placement-codec.ts";
import type { KeyValue } from "../engine/key-value.ts";
import { addressOf } from "../protocol/address.ts";
import { type PlacementRecord, PlacementStatus } from "../protocol/placement-record.ts";
import type { CoordinatorClient, Wanted } from "./coordinator-client.ts";
import type { KnownRunners } from "./known-runners.ts";
import { type Route, RouteCache } from "./route-cache.ts";
import { Slots } from "./slots.ts";

/** What {@link Routes} works with. */
export interface RoutesParts {
  readonly placements: Pick<KeyValue, "read">;
  readonly runners: Pick<KnownRunners, "isGone" | "onGone">;
  readonly coordinator: Pick<CoordinatorClient, "place">;
  /** Called for each route that was looked for and found. */
  readonly routed?: (source: RouteSource) => void;
  /** Routes that are kept. Default 100,000. */
  readonly maxRoutes?: number;
  /** Reads of placements under way at a time. Default 64. */
  readonly maxReads?: number;
}

const MAX_ROUTES = 100_000;
const MAX_READS = 64;

/**
 * Where actors are. Known routes are kept until something shows that they are wrong: an answer, or that their runner is
 * gone. Placements are not watched, since there may be millions of them.
 */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #cache: RouteCache;
  readonly #reads: Slots;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#cache = new RouteCache(parts.maxRoutes ?? MAX_ROUTES);
    this.#reads = new Slots(parts.maxReads ?? MAX_READS);
    parts.runners.onGone((runnerId) => this.#cache.dropAll(runnerId));
  }

  get size(): number {
    return this.#cache.size;
  }

  known(address: string): Route | undefined {
    return this.#cache.get(address);
  }

  drop(address: string, route: Route): void {
    this.#cache.drop(address, route);
  }

  /**
   * Returns where an actor is, is being started, or is coming to its end. `undefined`: nowhere. Rejects with an error of the
   * engine.
   */
  async find(owner: Owner): Promise<Route | undefined> {
    const record = await this.#read(addressOf(owner));
    const { runnerId, generation } = record ?? {};
    const isAway = runnerId === undefined || this.#parts.runners.isGone(runnerId);
    return isAway || generation === undefined ? undefined : { runnerId, generation };
  }

  /**
   * Returns where an actor is, and has it placed if it is nowhere. Rejects with a `ClusterError`: `ERR_NO_RUNNER`,
   * `ERR_PLACEMENT_OVERLOADED`, one of the engine. It can be asked for again.
   */
  async place(owner: Owner, wanted: Wanted): Promise<Route> {
    const address = addressOf(owner);
    const record = await this.#read(address);
    const known = record && this.#routeOf(record);
    const isUseful = known !== undefined && !isSame(known, wanted.notAt);
    const route = isUseful ? known : await this.#parts.coordinator.place(address, wanted);
    this.#parts.routed?.(isUseful ? RouteSource.Record : RouteSource.Coordinator);
    this.#cache.add(address, route);
    return route;
  }

  async #read(address: string): Promise<PlacementRecord | undefined> {
    const entry = await this.#reads.run(() => this.#parts.placements.read(address));
    return entry === undefined ? undefined : placementIn(entry);
  }

  #routeOf({ status, runnerId, generation }: PlacementRecord): Route | undefined {
    if (runnerId === undefined || this.#parts.runners.isGone(runnerId)) return undefined;
    switch (status) {
      case PlacementStatus.Starting:
      case PlacementStatus.Running:
        return { runnerId, generation };
      case PlacementStatus.Pending:
      case PlacementStatus.Stopping:
      case PlacementStatus.Asleep:
      case PlacementStatus.Backoff:
      case PlacementStatus.Failed:
        return undefined;
    }
  }
}

function isSame({ runnerId, generation }: Route, other: Route | undefined): boolean {
  return other?.runnerId === runnerId && other.generation === generation;
}
