import type { DeadLetters } from "./dead-letter.ts";
import type { ActorDefinition, SpawnArguments } from "./definition.ts";
import type {
  ActorKey,
  GetArguments,
  KeyedAddress,
  KeyedType,
  KeyListing,
  KeysOptions,
} from "./keyed-address.ts";
import type { AnyHandlers, WhenFull } from "./messages.ts";
import type { PoolArguments, PoolRef } from "./pool-ref.ts";
import type { ActorRef } from "./ref.ts";

/** The totals of a system, from which a message or an actor that went missing can be detected. */
export interface Books {
  /** Actors started so far; a restart does not count. */
  readonly started: number;
  /** Actors that have ended so far; a restart does not count. */
  readonly stopped: number;
  /**
   * Actors that have not stopped, in any state. Keyed actors that wait for room (`maxResident`) are starting, and are
   * included although they use no room yet.
   */
  readonly active: number;
  /** Messages sent to actors of this system. */
  readonly sent: number;
  /** Messages whose handler has ended. */
  readonly handled: number;
  /** Messages whose asynchronous handler has not settled yet. */
  readonly processing: number;
  /** Messages in mailboxes. */
  readonly waiting: number;
  /** Messages that reached no handler. */
  readonly deadLetters: number;
  /** Messages that a full mailbox refused. */
  readonly rejected: number;
  /** Decrements that would have made a gauge negative. */
  readonly imbalances: number;
  /** Gauges that are not zero, as `name{attributes}` and value. */
  readonly levels: Readonly<Record<string, number>>;
}

/** The outcome of a shutdown. */
export interface ShutdownReport {
  /** Messages that became dead letters during the shutdown. */
  readonly deadLetters: number;
  /** Actors that did not stop before the deadline and were killed. */
  readonly killed: number;
  /** Duration of the shutdown, in milliseconds. */
  readonly durationMs: number;
}

/** A set of actors with their names, dead letters and totals. Systems in one process are independent. */
export interface ActorSystem {
  /** The `name` given to `createSystem`; `main` without one. */
  readonly name: string;
  /** The messages that reached no handler. */
  readonly deadLetters: DeadLetters;

  /**
   * Starts an actor. Returns immediately; messages sent before the actor has started wait in its mailbox.
   *
   * @throws {@link UsageError} `ERR_NAME_TAKEN`, `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
   * @throws {@link LimelightError} `ERR_SYSTEM_STOPPED` after `shutdown()`
   * @example
   * ```ts
   * const counter = defineActor("counter", {
   *   state: (input: { start: number }) => ({ count: input.start }),
   *   handlers: { add: (c, by: number) => (c.state.count += by) },
   * });
   * const visits = system.spawn(counter, { name: "visits", input: { start: 100 } });
   * visits.tell.add(1);
   * ```
   */
  spawn<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: SpawnArguments<Input>
  ): ActorRef<Messages, Full>;

  /**
   * Starts `size` actors that share the messages sent to the pool. A worker that ends for any reason other
   * than the pool's `stop()` or `kill()` is replaced. A worker that fails to start or repeatedly ends early
   * is replaced after increasing delays.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`, `ERR_NAME_TAKEN`
   * @throws {@link LimelightError} `ERR_SYSTEM_STOPPED` after `shutdown()`
   * @example
   * ```ts
   * const resizer = defineActor("resizer", {
   *   handlers: { resize: (_c, width: number) => width / 2 },
   * });
   * const pool = system.spawnPool(resizer, { size: 4, route: "round_robin" });
   * await pool.ask.resize(640); // 320
   * ```
   */
  spawnPool<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full>;

  /**
   * Returns the running actor of exactly this definition that was spawned under `name`.
   *
   * @example
   * ```ts
   * const cache = defineActor("cache", { handlers: { clear() {} } });
   * system.spawn(cache, { name: "prices" });
   * system.find(cache, "prices")?.tell.clear();
   * ```
   */
  find<State, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    name: string,
  ): ActorRef<Messages, Full> | undefined;

  /**
   * Returns the ref of a keyed actor, whether the actor exists or not. Reads nothing and wakes nothing: the first
   * message does.
   *
   * @throws {@link UsageError} `ERR_INVALID_KEY`, `ERR_INVALID_OPTION`; `ERR_TYPE_TAKEN` when the system has another
   *   keyed definition of this type name
   * @example
   * ```ts
   * const cart = defineKeyedActor("cart", {
   *   state: () => ({ items: 0 }),
   *   handlers: { add: (c, count: number) => (c.state.items += count) },
   * });
   * const alice = system.get(cart, "alice");
   * await alice.ask.add(2); // 2
   * ```
   */
  get<Input, Ref>(
    definition: KeyedAddress<Input, Ref>,
    key: ActorKey,
    ...options: GetArguments<Input>
  ): Ref;

  /**
   * Returns a page of the stored keys of a type, in order. Wakes nothing.
   *
   * Rejects with `ERR_INVALID_KEY` for an invalid `prefix`, and with the error of the store.
   *
   * @example
   * ```ts
   * const cart = defineKeyedActor("cart", { handlers: { clear() {} } });
   * const { keys, cursor } = await system.keys(cart, { prefix: "al", state: "asleep", limit: 50 });
   * for (const { key, stateBytes, usedAtMs } of keys) console.log(key, stateBytes, usedAtMs);
   * ```
   */
  keys(type: KeyedType, options?: KeysOptions): Promise<KeyListing>;

  /**
   * Removes everything that is stored under a key: state, schedules, queues, `c.kv` and the database. Resolves with
   * whether there was an actor. The type need not be defined any more.
   *
   * Rejects with `ERR_INVALID_KEY`, with `ERR_SELF_STOP` in the actor's own handlers and hooks, and with the error of the
   * store if nothing could be removed.
   *
   * @example
   * ```ts
   * await system.destroy("account", "alice"); // by name: the type is no longer defined
   * ```
   */
  destroy(type: KeyedType, key: ActorKey): Promise<boolean>;

  /**
   * Returns the totals of this system.
   *
   * @example
   * ```ts
   * const { active, sent, handled, deadLetters } = system.books();
   * console.log({ active, sent, handled, deadLetters });
   * ```
   */
  books(): Books;

  /**
   * Waits for work in flight, then stops all actors. Work in flight is what is queued or being handled, tasks,
   * and replies that were delegated; it has half of `shutdownDeadlineMs`. Timers are cancelled first, except
   * those of actors with delegated replies. Actors whose back-off ends later than that stop first. The promise
   * never rejects, and resolves at the deadline or shortly after it at the latest. Later calls return the same
   * promise.
   *
   * @example
   * ```ts
   * const { deadLetters, killed, durationMs } = await system.shutdown();
   * console.log({ deadLetters, killed, durationMs });
   * ```
   */
  shutdown(): Promise<ShutdownReport>;
}
