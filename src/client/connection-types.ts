import type { EventBody } from "../activation/definition/event-types.ts";
import type { GapReason } from "../wire/gateway-frames.ts";
import type { Wire } from "../wire/json-type.ts";
import type { CallError } from "./call-error.ts";
import type { CallOptions, ClientSends } from "./client-types.ts";

type EventsOf<Seen> = Seen extends { readonly events: infer Events } ? Events : never;
/** The names of an actor's events. */
export type EventNames<Seen> = keyof EventsOf<Seen> & string;
/** The body of an event as clients get it. */
export type EventOf<Seen, Name extends EventNames<Seen>> = Wire<EventBody<EventsOf<Seen>[Name]>>;

/** Options of `connect`. */
export interface ConnectOptions<Params> {
  /** What the hook `onBeforeConnect` of the actor gets. Default: none. */
  readonly params?: Params;
}
/** Arguments of `connect`: options can be left out for actors that need no params. */
export type ConnectArguments<Params> = [undefined] extends [Params]
  ? [options?: ConnectOptions<Params>]
  : [options: ConnectOptions<Params> & { readonly params: Params }];

/**
 * Status of a connection.
 *
 * @enum
 */
export const ConnectionStatus = {
  /** Not connected yet. */
  Connecting: "connecting",
  /** From the gateway's confirmation to the first sign that the connection is gone. */
  Connected: "connected",
  /** It was connected, and is lost; attempts are made to get it back. */
  Reconnecting: "reconnecting",
  /** For good: closed by `close()`, by the actor, or refused. */
  Closed: "closed",
} as const;
export type ConnectionStatus = (typeof ConnectionStatus)[keyof typeof ConnectionStatus];

/** That events were missed: what they would have told has to be read. */
export interface Resync {
  /** Why; `first` after the first connect, for the same listener to read the beginning. */
  readonly reason: GapReason | "first";
  /** How many events are missing; `undefined` if that is not known. */
  readonly missed: number | undefined;
}

/** What is known of an event besides its body. */
export interface EventMeta {
  /** Identifies the event: each one of the actor has another. */
  readonly position: string;
  /** `traceparent` of the span that has published it, for a link to it; `undefined` without one. */
  readonly trace: string | undefined;
}

/**
 * A connection to an actor. All connections of a client share one socket.
 *
 * @example
 * ```ts
 * const room = defineKeyedActor("room", {
 *   state: () => ({ lines: [] as string[] }),
 *   events: { said: event<string>() },
 *   handlers: {
 *     lines: (c) => c.state.lines,
 *     say(c, text: string) {
 *       c.state.lines.push(text);
 *       c.broadcast("said", text);
 *     },
 *   },
 * });
 * const actors = [expose(room, { calls: { lines: [], say: unchecked } })];
 * const gateway = await createGateway(system, { actors, port: 0 });
 * const client = createClient<typeof actors>(gateway.url ?? "");
 *
 * const lobby = client.room.get("lobby").connect();
 * const shown: string[] = [];
 * const off = lobby.on("said", (text) => shown.push(text));
 * lobby.onResync(async () => {
 *   shown.splice(0, shown.length, ...(await lobby.ask.lines())); // first, and after a gap
 * });
 * lobby.onStatus((status) => console.log(status));
 * lobby.ready().catch((error: CallError) => console.log(error.code)); // refused, or closed before
 * lobby.once("said").catch((error: CallError) => console.log(error.code));
 * await lobby.with({ timeoutMs: 500 }).ask.lines().catch(() => []); // on the socket
 * off();
 * await lobby.close();
 * await gateway.close();
 * ```
 */
export interface ActorConnection<Seen> extends ClientSends<Seen>, AsyncDisposable {
  /** The parts of the key. */
  readonly key: readonly string[];
  /** `connected` is only said while the gateway has confirmed it and has not been silent since. */
  readonly status: ConnectionStatus;
  /** The last error; of a connection that is closed, why. `undefined` while there was none. */
  readonly error: CallError | undefined;
  /**
   * Returns the ways to send with other options. Calls go through the socket, so that replies and events arrive in the
   * order in which the actor gave them. While the connection is lost they reject at once with `ERR_DISCONNECTED`, except
   * for idempotent ones, which are repeated; while it connects for the first time they wait.
   */
  with(options: CallOptions): ClientSends<Seen>;
  /** Subscribes with the first listener of an event, and unsubscribes with the last. Returns what removes the listener. */
  on<Name extends EventNames<Seen>>(
    event: Name,
    listener: (body: EventOf<Seen, Name>, meta: EventMeta) => unknown,
  ): () => void;
  /** Resolves with the next event. Rejects with a `CallError` if aborted, or if the connection is closed for good. */
  once<Name extends EventNames<Seen>>(
    event: Name,
    options?: { readonly signal?: AbortSignal },
  ): Promise<EventOf<Seen, Name>>;
  /**
   * Calls `listener` whenever events are missing, and once after the connection is first there, with the reason `first`.
   * A call that it makes first gets what the events have changed. If it returns a promise that rejects, it is called
   * again after the next connect, and sooner if that was the error of a call that may be answered later. Other errors are
   * reported as uncaught. Returns what removes the listener.
   */
  onResync(listener: (resync: Resync) => unknown): () => void;
  /** Calls `listener` with each change of the status. Returns what removes the listener. */
  onStatus(listener: (status: ConnectionStatus) => unknown): () => void;
  /** Resolves when connected. Rejects with a `CallError` if the connection is closed for good. */
  ready(): Promise<void>;
  /** Closes the connection. Resolves when the gateway has closed it, too, or cannot be reached. */
  close(): Promise<void>;
}
