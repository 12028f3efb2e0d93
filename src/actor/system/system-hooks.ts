import { Listeners } from "../../base/listeners.ts";
import type { ActorCell } from "../cell/cell.ts";

/**
 * Hooks for parts of limelight that are built on the runtime. Listeners run synchronously, during the
 * operation they observe. An error they throw is reported as a fault of the runtime and not propagated.
 */
export class SystemHooks {
  /** Emitted when an actor has begun its first life. */
  readonly started: Listeners<ActorCell>;
  /** Emitted when an actor begins to end: it handles no further message. Not for one that is killed. */
  readonly stopping: Listeners<ActorCell>;
  /** Emitted when an actor has ended. */
  readonly stopped: Listeners<ActorCell>;
  /** Emitted when nothing keeps an actor of a kind that sleeps awake; may be repeated although the actor was not awake between. */
  readonly idle: Listeners<ActorCell>;
  /** Emitted when an idle system becomes active. */
  readonly woke: Listeners<void>;

  /** @param onError receives errors thrown by listeners */
  constructor(onError: (error: unknown) => void) {
    this.started = new Listeners(onError);
    this.stopping = new Listeners(onError);
    this.stopped = new Listeners(onError);
    this.idle = new Listeners(onError);
    this.woke = new Listeners(onError);
  }
}
