import type { Owner } from "../../activation/records/record-keys.ts";
import { ClusterError, ErrorCode, LimelightError } from "../../base/errors.ts";
import type { Bus } from "../engine/bus.ts";
import type { KeyValue } from "../engine/key-value.ts";
import { addressOf } from "../protocol/address.ts";
import { decodeCoordinatorAnswer, encodeCoordinatorRequest, type PlaceRequest } from "../protocol/place.ts";
import {
  decodePlacement,
  type PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import { PLACE_SUBJECT } from "../protocol/subjects.ts";
import type { KnownRunners } from "./known-runners.ts";
import { type Route, RouteCache } from "./route-cache.ts";
import { Slots } from "./slots.ts";
import type { TraceFields } from "./trace-fields.ts";

/** What {@link Routes} works with. */
export interface RoutesParts {
  readonly nodeId: string;
  readonly bus: Pick<Bus, "request">;
  readonly placements: Pick<KeyValue, "read">;
  readonly runners: Pick<KnownRunners, "isGone" | "onGone">;
  /** Routes that are kept. Default 100,000. */
  readonly maxRoutes?: number;
  /** Reads of placements under way at a time. Default 64. */
  readonly maxReads?: number;
  /** Requests to the coordinator under way at a time. Default 256. */
  readonly maxRequests?: number;
}

/** Why an actor is looked for. */
export interface Wanted {
  readonly reason: PlacementReason;
  /** JSON: input of a new actor. */
  readonly input?: unknown;
  /** How long the coordinator may take. */
  readonly waitMs: number;
  readonly trace: TraceFields;
}

const MAX_ROUTES = 100_000;
const MAX_READS = 64;
const MAX_REQUESTS = 256;
/** What an answer takes besides the time that the coordinator waits. */
const ANSWER_MS = 1_000;

/**
 * Where actors are. Known routes are kept until something shows that they are wrong: an answer, or that their runner is
 * gone. Placements are not watched, since there may be millions of them.
 */
export class Routes {
  readonly #parts: RoutesParts;
  readonly #cache: RouteCache;
  readonly #reads: Slots;
  readonly #requests: Slots;

  constructor(parts: RoutesParts) {
    this.#parts = parts;
    this.#cache = new RouteCache(parts.maxRoutes ?? MAX_ROUTES);
    this.#reads = new Slots(parts.maxReads ?? MAX_READS);
    this.#requests = new Slots(parts.maxRequests ?? MAX_REQUESTS);
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

  /** Returns where an actor is, or is being started. `undefined`: nowhere. */
  async find(owner: Owner): Promise<Route | undefined> {
    const address = addressOf(owner);
    return this.#cache.get(address) ?? (await this.#reads.run(() => this.#read(address)));
  }

  /**
   * Returns where an actor is, and has it placed if it is nowhere.
   *
   * @throws ClusterError `ERR_NO_RUNNER`, `ERR_PLACEMENT_OVERLOADED`, `ERR_ENGINE_UNAVAILABLE`, …: nothing was done, or a
   *   placement may be under way; it can be asked for again
   */
  async place(owner: Owner, wanted: Wanted): Promise<Route> {
    const address = addressOf(owner);
    const known = await this.#reads.run(() => this.#read(address));
    return known ?? (await this.#requests.run(() => this.#request(address, wanted)));
  }

  async #read(address: string): Promise<Route | undefined> {
    const entry = await this.#parts.placements.read(address);
    if (entry === undefined) return undefined;
    const route = this.#routeOf(decodePlacement(entry.value));
    if (route !== undefined) this.#cache.add(address, route);
    return route;
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

  async #request(address: string, { reason, input, waitMs, trace }: Wanted): Promise<Route> {
    const { nodeId: from, bus } = this.#parts;
    const request: PlaceRequest = {
      kind: "place",
      from,
      address,
      reason,
      waitMs: Math.max(1, Math.floor(waitMs)),
      ...(input === undefined ? {} : { input }),
      ...(trace.traceparent === undefined ? {} : { traceparent: trace.traceparent }),
      ...(trace.tracestate === undefined ? {} : { tracestate: trace.tracestate }),
    };
    const options = { timeoutMs: waitMs + ANSWER_MS };
    const reply = await bus.request(PLACE_SUBJECT, encodeCoordinatorRequest(request), options).catch(noCoordinator);
    const answer = decodeCoordinatorAnswer(reply);
    switch (answer.kind) {
      case "placed": {
        const { runnerId, generation } = answer;
        const route = { runnerId, generation };
        this.#cache.add(address, route);
        return route;
      }
      case "refused":
        throw new ClusterError(answer.text, { code: answer.code });
      case "signalled":
        throw new ClusterError("the coordinator has answered another request", {
          code: ErrorCode.ProtocolInvalid,
        });
    }
  }
}

/** @throws an error that says what is missing */
function noCoordinator(error: unknown): never {
  if (LimelightError.is(error) && error.code === ErrorCode.EngineNoListener) {
    const text = "no process of the cluster is its coordinator now";
    throw new ClusterError(text, { code: ErrorCode.NoRunner, cause: error });
  }
  throw error;
}
