import type { FacetsOf } from "../activation/definition/facets.ts";
import type { QueueDefinition } from "../activation/definition/queue-types.ts";
import type { ActorKey } from "../actor/definition/keyed-address.ts";
import type { ReplyOf } from "../actor/definition/later-reply.ts";
import type { Wire } from "../wire/json-type.ts";
import type { ActorConnection, ConnectArguments } from "./connection-types.ts";

type Nothing = ReturnType<() => void>;
/** What a call resolves with. */
type Replied<Result> = [ReplyOf<Result>] extends [Nothing] ? undefined : Wire<ReplyOf<Result>>;

/** The messages of an actor, as functions that resolve with the reply. */
export type Asks<Messages> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Arguments) => Promise<Replied<Result>>
    : never;
};

/** The messages of an actor, as functions that resolve when the message is in its mailbox. */
export type Tells<Messages> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => unknown
    ? (...args: Arguments) => Promise<void>
    : never;
};

/** A queue of an actor. */
export interface ClientQueue<Body, Reply> {
  /** Resolves with the id of the message once it is stored, whatever becomes of it. */
  send(body: Body): Promise<string>;
  /** Resolves with the reply once the message is completed and that is stored. */
  ask(body: Body): Promise<Wire<Reply>>;
}

/** The queues of an actor, by name. */
export type ClientQueues<Queues> = {
  readonly [Name in keyof Queues]: Queues[Name] extends QueueDefinition<infer Body, infer Reply>
    ? ClientQueue<Body, Reply>
    : never;
};

type MessagesOf<Seen> = Seen extends { readonly messages: infer Messages } ? Messages : never;
type QueuesOf<Seen> = Seen extends { readonly queues: infer Queues } ? Queues : never;
/** The params of an actor's connections. */
export type ParamsOf<Seen> = Seen extends { readonly params: infer Params } ? Params : never;
type InputOf<Seen> = Seen extends { readonly input: infer Input } ? Input : never;

/** Options of calls. */
export interface CallOptions {
  /** How long a call may take, repeats included. It is sent along, so that the gateway stops waiting, too. Default 10,000. */
  readonly timeoutMs?: number;
  /** Ends the call with `ERR_ABORTED`. A handler that is running is not interrupted. Default: none. */
  readonly signal?: AbortSignal;
  /** Whether a call may run twice. It is then repeated when its outcome is unknown. Default `false`. */
  readonly idempotent?: boolean;
}

/** The ways to send to an actor. */
export interface ClientSends<Seen> {
  /** Sends a message, and resolves with the reply. Rejects with a `CallError`. */
  readonly ask: Asks<MessagesOf<Seen>>;
  /** Sends a message, and resolves when it is in the mailbox. Rejects with a `CallError`. */
  readonly tell: Tells<MessagesOf<Seen>>;
  /** Sends to queues. Rejects with a `CallError`. */
  readonly queue: ClientQueues<QueuesOf<Seen>>;
}

/**
 * An actor behind a gateway. Type and key are resolved by each call: a handle does not become stale.
 *
 * @example
 * ```ts
 * const report = defineKeyedActor("report", {
 *   state: () => ({ rows: ["a", "b"] }),
 *   queues: { imports: queue<{ path: string }, number>() },
 *   handlers: { rows: (c) => c.state.rows },
 *   onRequest: (c) => new Response(c.state.rows.join("\n")),
 *   async run(c) {
 *     for await (const message of c.queue.imports) message.complete(message.body.path.length);
 *   },
 * });
 * const actors = [
 *   expose(report, { calls: { rows: [] }, queues: { imports: unchecked }, requests: ["GET"] }),
 * ];
 * const gateway = await createGateway(system, { actors, port: 0 });
 * const client = createClient<typeof actors>(gateway.url ?? "");
 *
 * const may = client.report.get(["2026", "05"]); // a key may have several parts
 * await may.ask.rows(); // ["a","b"]
 * await may.with({ timeoutMs: 30_000 }).queue.imports.ask({ path: "a.csv" }); // 5
 * console.log(await may.queue.imports.send({ path: "b.csv" })); // its id: the message is stored
 * const response = await may.fetch("/rows.csv");
 * console.log(response.status, await response.text());
 * const connection = may.connect(); // for events, and calls in their order
 * await connection.close();
 * await gateway.close();
 * ```
 */
export interface ActorHandle<Seen> extends ClientSends<Seen> {
  /** The parts of the key. */
  readonly key: readonly string[];
  /** Returns the same handle with other options for its calls. */
  with(options: CallOptions): ActorHandle<Seen>;
  /** Opens a connection, which gets events and stays until it is closed. */
  connect(...options: ConnectArguments<ParamsOf<Seen>>): ActorConnection<Seen>;
  /**
   * Sends a request to `onRequest` of the actor. It is not repeated, and has no time-out of its own.
   *
   * @param path begins with `/`
   */
  fetch(path: string, init?: RequestInit): Promise<Response>;
}

/** The input of an actor's state, for actors that are created. */
export type HandleOptions<Input> = [Input] extends [undefined]
  ? []
  : [options?: { readonly input: Input }];

/** The actors of one type. */
export interface Handles<Seen> {
  /**
   * Returns the handle of a key. Sends nothing.
   *
   * @throws {@link CallError} `ERR_INVALID_KEY`
   */
  get(key: ActorKey, ...options: HandleOptions<InputOf<Seen>>): ActorHandle<Seen>;
}

type Definitions<Actors> = Actors extends readonly (infer Definition)[]
  ? Definition
  : Actors[keyof Actors];

/** The actors that a gateway exposes, by the names of their types. */
export type Client<Actors> = {
  readonly [Definition in Definitions<Actors> as Definition extends {
    readonly type: infer Type extends string;
  }
    ? Type
    : never]: Handles<FacetsOf<Definition>>;
} & {
  /** Closes all connections, and the socket. */
  $close(): Promise<void>;
};

/** Options of `createClient`. */
export interface ClientOptions {
  /** Sent as a bearer token. A function is called for each request over HTTP and for each socket. Default: none. */
  readonly token?: string | (() => string | undefined | Promise<string | undefined>);
  /** How long a call may take, repeats included. Default 10,000. */
  readonly timeoutMs?: number;
  /** How often a call is repeated that was not handled, or that is idempotent. Default 4: after about 0.1, 0.3, 1 and 3 s. */
  readonly retries?: number;
  /** Adds headers such as `traceparent`: `(carrier) => propagation.inject(context.active(), carrier)`. */
  readonly inject?: (carrier: Record<string, string>) => void;
  /** Replaces the platform's. Default: `fetch`. */
  readonly fetch?: typeof fetch;
  /** Replaces the platform's. Default: `WebSocket`, which Node has since version 22. */
  readonly WebSocket?: typeof WebSocket;
}
