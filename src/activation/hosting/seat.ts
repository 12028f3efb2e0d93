import type { ActorAccess } from "../access/actor-access.ts";
import type { LocalAccess } from "../access/local-access.ts";
import type { Placement } from "../placement/placement.ts";
import type { ActorHost } from "./actor-host.ts";

/** Connects a system with the other processes that may have its keyed actors. */
export interface Seat {
  /** Where the keys are. */
  readonly placement: Placement;
  /**
   * Called once while the system is created, before its first key.
   *
   * @param host the keyed actors of this process
   * @param local reaches those that are awake here, and answers `ERR_NOT_OWNER` as not handled for any other key
   * @param everywhere reaches all keys by messages; connections and requests only those that are awake here
   * @returns what gateways of this process reach all keys by
   */
  attach(host: ActorHost, local: LocalAccess, everywhere: ActorAccess): ActorAccess;
}
