import type { ActorContext } from "../../actor/definition/context.ts";
import type { AnyMessages, OwnHandlers, WhenFull } from "../../actor/definition/messages.ts";
import type { AwakeReason } from "../../telemetry/attributes.ts";
import type { Caller } from "./caller.ts";
import type { BroadcastOptions, Connection, Connections } from "./connection-types.ts";
import type { ActorDatabase } from "./database-types.ts";
import type { AnyEvents, BodyArguments, EventBody, NoEvents } from "./event-types.ts";
import type { KeyedRef } from "./keyed-ref.ts";
import type { AnyQueues, Inboxes } from "./queue-types.ts";
import type { Schedules } from "./schedule-types.ts";
import type { ActorKv } from "./storage-types.ts";

/** One of the reasons why an actor is awake. */
export interface AwakeHold {
  /** The kind of what keeps it awake. */
  readonly reason: AwakeReason;
  /** How many there are of this kind. */
  readonly count: number;
  /** When the oldest of them began, in milliseconds since the epoch; `undefined` where this is not recorded. */
  readonly sinceMs: number | undefined;
  /** The message, hook or task, where there is one. */
  readonly detail: string | undefined;
}

/** Queues of a definition without any. */
export type NoQueues = Readonly<Record<never, never>>;

/**
 * The first argument of every handler and hook of a keyed actor: all of {@link ActorContext} except `stop`, and what
 * follows. After the activation has ended, methods that start, store or end something throw `ERR_LIFE_OVER`.
 *
 * @example
 * ```ts
 * const twin = defineKeyedActor("twin", {
 *   state: () => ({ celsius: 0 }),
 *   vars: () => ({ readings: 0 }), // of one activation; not stored
 *   handlers: {
 *     async reported(c, celsius: number) {
 *       c.vars.readings += 1;
 *       c.state.celsius = celsius;
 *       await c.saveState(); // now, instead of after the message
 *       c.waitUntil(Promise.resolve("notified")); // the drain before sleep waits for it
 *       return c.keepAwake(Promise.resolve(celsius)); // sleep waits for it
 *     },
 *     why: (c) => c.awakeReasons(), // [{ reason: "handling", count: 1, … }]
 *     rest: (c) => c.sleep(),
 *     remove: (c) => c.destroy(),
 *   },
 * });
 * await system.get(twin, ["plant-1", "pump-7"]).ask.reported(81); // 81
 * ```
 */
export interface KeyedContext<
  State,
  Vars = undefined,
  Queues extends AnyQueues = NoQueues,
  Events extends AnyEvents = NoEvents,
  ConnectionState = void,
  Own = AnyMessages,
  Full extends WhenFull = "reject",
> extends Omit<ActorContext<State, Own, Full>, "stop" | "self"> {
  /** The parts of the actor's key. */
  readonly key: readonly string[];
  /** Number of this activation, from 1. Restarts keep it; a destroyed actor begins again at 1. */
  readonly generation: number;
  /**
   * Number to give to resources outside of the store, which refuse one that is lower than they have seen: of two
   * activations of an actor, the later one has the higher token. The same as `generation`.
   */
  readonly fencingToken: number;
  /** What `vars` of the definition has returned for this life; `undefined` before that. */
  readonly vars: Vars;
  /** The actor's own ref. A message to it after the activation has ended wakes the actor again. */
  readonly self: KeyedRef<OwnHandlers<Own>, Queues, Full>;
  /** The stored schedules of this actor. */
  readonly schedule: Schedules<Own>;
  /** The queues of this actor. */
  readonly queue: Inboxes<Queues>;
  /** Values of this actor under keys of its own. */
  readonly kv: ActorKv;
  /** The SQLite database of this actor. Its methods reject with `ERR_NO_DATABASE` without the option `database`. */
  readonly db: ActorDatabase;
  /** The clients that are connected to this actor through a gateway. */
  readonly connections: Connections<Events, ConnectionState>;
  /** The connection that the message came through; `undefined` for HTTP requests and messages from inside. */
  readonly connection: Connection<Events, ConnectionState> | undefined;
  /** On whose behalf the message was sent; travels with messages as the trace does, not with timers and schedules. */
  readonly caller: Caller | undefined;
  /** Id of the request that the message belongs to; also kept with the schedules and queue messages that it has set. */
  readonly requestId: string | undefined;

  /**
   * Stores everything that was changed so far: the state, schedules, queues and `c.kv`. Resolves when it is stored.
   *
   * Rejects with `ERR_SAVE_FAILED`, `ERR_SAVE_UNKNOWN`, `ERR_STATE_CONFLICT`, `ERR_STATE_INVALID` or
   * `ERR_STATE_TOO_LARGE`.
   */
  saveState(): Promise<void>;
  /** Keeps the actor awake until `promise` settles, and returns its result. A rejection is the caller's. */
  keepAwake<Value>(promise: PromiseLike<Value>): Promise<Value>;
  /**
   * Makes the drain before sleep wait for `promise`, which does not keep the actor awake. A rejection is logged and is
   * no failure of the actor.
   */
  waitUntil(promise: PromiseLike<unknown>): void;
  /** Requests sleep. Messages that already wait are handled first; later ones wake the actor again. */
  sleep(): void;
  /** Removes everything that is stored under the key after the message being handled; `onDestroy` runs first. */
  destroy(): void;
  /**
   * Sends an event to all connections that have subscribed to it, once the changes before it are stored. An event of a
   * message whose changes could not be stored is not sent. With `save: "interval"`, events do not wait for the store, as
   * replies do not.
   *
   * @example
   * ```ts
   * const board = defineKeyedActor("board", {
   *   state: () => ({ lines: [] as string[] }),
   *   events: { added: event<string>(), cleared: event() },
   *   handlers: {
   *     add(c, line: string) {
   *       c.state.lines.push(line);
   *       c.broadcast("added", line, { except: c.connection });
   *     },
   *     clear(c) {
   *       c.state.lines = [];
   *       c.broadcast("cleared");
   *     },
   *   },
   * });
   * await system.get(board, "hall").ask.add("open from 9 to 5");
   * ```
   * @param rest the body, which must be JSON as the state is, then the options
   * @throws {@link UsageError} `ERR_INVALID_OPTION` for an event that the definition does not have
   * @throws {@link LimelightError} `ERR_STATE_INVALID` for a body that is no JSON, `ERR_STATE_TOO_LARGE` for one of more
   *   than 4 MiB
   */
  broadcast<Name extends keyof Events & string>(
    event: Name,
    ...rest: [
      ...body: BodyArguments<EventBody<Events[Name]>>,
      options?: BroadcastOptions<Events, ConnectionState>,
    ]
  ): void;
  /** Returns what keeps the actor awake now; empty when it is idle. */
  awakeReasons(): readonly AwakeHold[];
}
