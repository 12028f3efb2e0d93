import type { DeadLetters } from "./dead-letter.ts";
import type { ActorDefinition, SpawnArguments } from "./definition.ts";
import type { Handlers, WhenFull } from "./messages.ts";
import type { PoolArguments, PoolRef } from "./pool-ref.ts";
import type { ActorRef } from "./ref.ts";

/** Everything a system has counted, so that it can be checked that nothing went missing. */
export interface Books {
  readonly started: number;
  readonly stopped: number;
  /** Actors alive, whatever their state. */
  readonly active: number;
  readonly sent: number;
  /** Messages whose handler has ended. */
  readonly handled: number;
  /** Messages whose handler is awaiting. */
  readonly processing: number;
  readonly waiting: number;
  readonly deadLetters: number;
  readonly rejected: number;
  /** Decrements that would have made a gauge negative. */
  readonly imbalances: number;
  /** Gauges that are not zero, as `name{attributes}` and value. */
  readonly levels: Readonly<Record<string, number>>;
}

/** What a shutdown did. */
export interface ShutdownReport {
  /** Messages that reached no handler during the shutdown. */
  readonly deadLetters: number;
  /** Actors that did not stop before the deadline and were killed. */
  readonly killed: number;
  readonly durationMs: number;
}

/** A set of actors with their names, dead letters and books. Systems of one process are independent. */
export interface ActorSystem {
  readonly name: string;
  /** The messages nobody handled. */
  readonly deadLetters: DeadLetters;

  /**
   * Starts an actor. Returns at once; messages sent meanwhile wait until it has started.
   *
   * @throws {@link UsageError} `ERR_NAME_TAKEN`, `ERR_INVALID_NAME`, `ERR_INVALID_OPTION`
   * @throws {@link LimelightError} `ERR_SYSTEM_STOPPED` after `shutdown()`
   */
  spawn<State, Input, Messages extends Handlers<State>, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: SpawnArguments<Input>
  ): ActorRef<Messages, Full>;

  /**
   * Starts `size` actors that share the messages sent to the pool. A worker that ends otherwise than by
   * the pool's `stop()` or `kill()` is replaced; one that cannot start, or never lives for long, after
   * growing pauses.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`, `ERR_NAME_TAKEN`
   * @throws {@link LimelightError} `ERR_SYSTEM_STOPPED` after `shutdown()`
   */
  spawnPool<State, Input, Messages extends Handlers<State>, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full>;

  /** The living actor of this very definition that was spawned under `name`. */
  find<State, Input, Messages extends Handlers<State>, Full extends WhenFull>(
    definition: ActorDefinition<State, Input, Messages, Full>,
    name: string,
  ): ActorRef<Messages, Full> | undefined;

  /** Everything this system has counted. */
  books(): Books;

  /**
   * Lets what is in flight finish, stops all actors and returns; never rejects, never takes longer than
   * the deadline and a little. Later calls return the same promise.
   */
  shutdown(): Promise<ShutdownReport>;
}
