import type { CallError } from "../client/call-error.ts";
import type {
  ActorConnection,
  ConnectionStatus,
  EventNames,
  EventOf,
  Resync,
} from "../client/connection-types.ts";

/** An actor in a component, made by {@link useActor}. */
export interface ActorHook<Seen> {
  /** As that of connections; `connecting` without a key. */
  readonly status: ConnectionStatus;
  /** The last error; of a connection that is closed, why. `undefined` while there was none. */
  readonly error: CallError | undefined;
  /** As those of connections. */
  readonly ask: ActorConnection<Seen>["ask"];
  /** As those of connections. */
  readonly tell: ActorConnection<Seen>["tell"];
  /** As those of connections. */
  readonly queue: ActorConnection<Seen>["queue"];
  /** Listens while the component is mounted. The listener may change with each render. A hook: call it unconditionally. */
  useEvent<Name extends EventNames<Seen>>(
    event: Name,
    listener: (body: EventOf<Seen, Name>) => unknown,
  ): void;
  /**
   * Calls `listener` whenever events are missing, and once after the component is mounted and connected, with the reason
   * `first`. The listener may change with each render. A hook: call it unconditionally.
   */
  useResync(listener: (resync: Resync) => unknown): void;
}
