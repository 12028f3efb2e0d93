import { Listeners } from "../../base/listeners.ts";
import type { ActorCell } from "../cell/cell.ts";

/**
 * What parts of limelight that are built on the runtime are told of. Listeners run at once, in the middle of
 * what the runtime is doing; what they throw is reported as a fault of the runtime and goes no further.
 */
export class SystemHooks {
  /** An actor has begun its first life. */
  readonly started: Listeners<ActorCell>;
  /** An actor has ended. */
  readonly stopped: Listeners<ActorCell>;
  /** Nothing keeps an actor awake any more. It may be told of more than once without having been awake. */
  readonly idle: Listeners<ActorCell>;
  /** Something goes on in a system in which nothing was going on. */
  readonly woke: Listeners<void>;

  /** @param onError gets what listeners throw */
  constructor(onError: (error: unknown) => void) {
    this.started = new Listeners(onError);
    this.stopped = new Listeners(onError);
    this.idle = new Listeners(onError);
    this.woke = new Listeners(onError);
  }
}
