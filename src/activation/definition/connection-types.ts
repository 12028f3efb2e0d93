import type { Caller } from "./caller.ts";
import type { BodyArguments, EventBody } from "./event-types.ts";

/**
 * Why a connection has ended.
 *
 * @enum
 */
export const DisconnectReason = {
  /** Its client closed it. */
  Client: "client",
  /** Its socket was lost, or nothing was received for 45 s. */
  Lost: "lost",
  /** `connection.close()`. */
  Actor: "actor",
  /** Its client did not read fast enough. */
  Slow: "slow",
  /** The gateway or the process stops. */
  Drained: "drained",
  /** The activation of the actor ended. */
  Ended: "ended",
  /** The caller's time was over, or its client exceeded a limit or violated the protocol. */
  Refused: "refused",
} as const;
export type DisconnectReason = (typeof DisconnectReason)[keyof typeof DisconnectReason];

/** A client that wants to connect, as `onBeforeConnect` gets it. */
export interface Connecting<Params> {
  /** What the client passes to `connect`, checked by the schema given to `expose`. */
  readonly params: Params;
  /** Who it is; `undefined` for a gateway without `auth`. */
  readonly caller: Caller | undefined;
  /** Id of the request. */
  readonly requestId: string;
}

/**
 * A client that is connected to an actor.
 *
 * @example
 * ```ts
 * const room = defineKeyedActor("room", {
 *   events: { said: event<string>() },
 *   onBeforeConnect: (_c, { params }: Connecting<{ name: string }>) => ({ name: params.name }),
 *   onConnect: (_c, connection) => connection.send("said", `welcome, ${connection.state.name}`),
 *   handlers: {
 *     people: (c) => Array.from(c.connections, ({ id, state }) => ({ id, name: state.name })),
 *     remove: (c, id: string) => c.connections.get(id)?.close("removed by the moderator"),
 *   },
 * });
 * await system.get(room, "lobby").ask.people(); // []
 * ```
 */
export interface Connection<Events, ConnectionState> {
  /** Unique. A client that reconnects gets a new one. */
  readonly id: string;
  /** Who it is; `undefined` for a gateway without `auth`. */
  readonly caller: Caller | undefined;
  /** What `onBeforeConnect` returned. In memory only. */
  readonly state: ConnectionState;
  /** When it was opened, in milliseconds since the epoch. */
  readonly openedAtMs: number;
  /** Names of the events that it has subscribed to. */
  readonly subscriptions: ReadonlySet<keyof Events & string>;
  /** Whether its client was connected before and has asked for the events since. */
  readonly resumed: boolean;
  /** Sends an event to this connection alone, subscribed or not. Returns `false` if it has ended. */
  send<Name extends keyof Events & string>(
    event: Name,
    ...body: BodyArguments<EventBody<Events[Name]>>
  ): boolean;
  /** Closes it. Its client gets `reason` and does not reconnect. */
  close(reason?: string): void;
}

/** The connections of an actor, oldest first. */
export interface Connections<Events, ConnectionState>
  extends Iterable<Connection<Events, ConnectionState>> {
  /** How many there are. */
  readonly size: number;
  /** Returns the connection of this id, if it is open. */
  get(id: string): Connection<Events, ConnectionState> | undefined;
}

/** Which connections get a broadcast. */
export interface BroadcastOptions<Events, ConnectionState> {
  /** One that does not, mostly `c.connection`. Default: none. */
  readonly except?: Connection<Events, ConnectionState> | undefined;
  /** Only those for which it returns `true`; it is called once for each connection. Default: all. */
  readonly where?: (connection: Connection<Events, ConnectionState>) => boolean;
}
