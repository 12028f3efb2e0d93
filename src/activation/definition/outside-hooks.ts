import type { WhenFull } from "../../actor/definition/messages.ts";
import type { Connecting, Connection, DisconnectReason } from "./connection-types.ts";
import type { AnyEvents } from "./event-types.ts";
import type { KeyedContext } from "./keyed-context.ts";
import type { AnyQueues } from "./queue-types.ts";

/** The options of a keyed definition that are called for clients of a gateway. All of them run as messages do. */
export interface OutsideHooks<
  State,
  Vars,
  Queues extends AnyQueues,
  Events extends AnyEvents,
  Params,
  ConnectionState,
  Own,
  Full extends WhenFull,
> {
  /**
   * Admits a connection by returning its state, or refuses it by throwing; nothing of the connection exists before.
   * Write it before the handlers, so that the compiler knows the type of `connection.state` in them. Here the state of
   * `c.connections` is `unknown`: its type is the one that this hook returns, which is not known within it.
   */
  readonly onBeforeConnect?: (
    c: KeyedContext<
      NoInfer<State>,
      NoInfer<Vars>,
      NoInfer<Queues>,
      NoInfer<Events>,
      unknown,
      NoInfer<Own>,
      Full
    >,
    connecting: Connecting<Params>,
  ) => ConnectionState | Promise<ConnectionState>;
  /** Runs before the first message of a connection. A throw closes it, and `onDisconnect` does not run then. */
  readonly onConnect?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
    connection: Connection<NoInfer<Events>, NoInfer<ConnectionState>>,
  ) => unknown;
  /**
   * Runs when a connection has ended, which is no longer in `c.connections`; neither before a restart of the actor nor
   * after a kill.
   */
  readonly onDisconnect?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
    connection: Connection<NoInfer<Events>, NoInfer<ConnectionState>>,
    reason: DisconnectReason,
  ) => unknown;
  /** Answers an HTTP request. The next message waits until it returns; the body of the response may stream after that. */
  readonly onRequest?: (
    c: KeyedContext<State, Vars, Queues, Events, ConnectionState, Own, Full>,
    request: Request,
  ) => Response | Promise<Response>;
}
