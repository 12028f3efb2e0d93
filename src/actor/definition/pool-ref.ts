import type { Asks, Tells, WhenFull } from "./messages.ts";
import type { ActorRef, CallOptions } from "./ref.ts";

/**
 * How a pool selects the worker for a message.
 *
 * @enum
 */
export const PoolRoute = {
  /** The worker with the fewest messages waiting or being handled. */
  LeastLoaded: "least_loaded",
  /** Each worker in turn. */
  RoundRobin: "round_robin",
} as const;
export type PoolRoute = (typeof PoolRoute)[keyof typeof PoolRoute];

/** Options of `spawnPool`. */
export interface PoolOptions {
  /** Number of workers, 1 to 1,000. */
  readonly size: number;
  /** Default `least_loaded`. */
  readonly route?: PoolRoute;
  /** Prefix of worker names: `{name}.1`, `{name}.2` and so on. Default: workers have no names. */
  readonly name?: string;
}

/** Arguments of `spawnPool`. `input` goes to each worker; it is required if the state factory takes one. */
export type PoolArguments<Input> = [Input] extends [undefined]
  ? [options: PoolOptions]
  : [optionsWithInput: PoolOptions & { readonly input: Input }];

/** The type of `pool.broadcast.ask`: a method for each message; promises the outcomes in worker order. */
export type BroadcastAsks<Messages> = {
  readonly [Name in keyof Asks<Messages>]: Asks<Messages>[Name] extends (
    ...args: infer Arguments
  ) => Promise<infer Reply>
    ? (...args: Arguments) => Promise<PromiseSettledResult<Reply>[]>
    : never;
};

/** The type of `pool.broadcast.tell`: a method for each message, which returns the number of receivers. */
export type BroadcastTells<Messages, Full extends WhenFull> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => unknown
    ? (...args: Arguments) => Full extends "wait" ? Promise<number> : number
    : never;
};

/** Sends a message to all running workers of a pool. */
export interface Broadcast<Messages, Full extends WhenFull> {
  /** Asks each worker. The promise never rejects; each outcome is settled separately. */
  readonly ask: BroadcastAsks<Messages>;
  /**
   * Sends to each worker without waiting for replies. A message that a full mailbox refuses is counted as
   * rejected; the other workers still get theirs.
   */
  readonly tell: BroadcastTells<Messages, Full>;
}

/**
 * The address of a pool: several actors of one type that share the messages sent to it.
 *
 * @example
 * ```ts
 * const resizer = defineActor("resizer", {
 *   handlers: { resize: (_c, width: number) => width / 2 },
 * });
 * const pool = system.spawnPool(resizer, { size: 4, name: "resizer" });
 * await pool.ask.resize(640); // 320
 * await pool.with({ timeoutMs: 500 }).ask.resize(640); // 320
 * await pool.broadcast.ask.resize(640); // four outcomes
 * await pool.stop();
 * ```
 */
export interface PoolRef<Messages, Full extends WhenFull = "reject"> {
  /** The type of the workers. */
  readonly type: string;
  /** Configured number of workers. */
  readonly size: number;
  /** The workers that accept messages now; fewer than `size` while a worker is being replaced. */
  readonly refs: readonly ActorRef<Messages, Full>[];

  /** Asks the selected worker. Without a running worker the ask rejects, as for an ended actor. */
  readonly ask: Asks<Messages>;
  /**
   * Tells the selected worker. Workers with a full mailbox are skipped; when all are full, the definition's
   * `whenFull` applies. Without a running worker the message becomes a dead letter.
   */
  readonly tell: Tells<Messages, Full>;
  /** Sends to all workers at once. */
  readonly broadcast: Broadcast<Messages, Full>;

  /**
   * Selects the worker for the next message, as in `c.forward(pool.pick())`, and uses up its turn.
   *
   * @example
   * ```ts
   * const resizer = defineActor("resizer", {
   *   handlers: { resize: (_c, width: number) => width / 2 },
   * });
   * const gallery = defineActor("gallery", {
   *   state: () => ({ pool: system.spawnPool(resizer, { size: 2 }) }),
   *   handlers: {
   *     resize: (c, width: number) => c.forward(c.state.pool.pick()).resize(width),
   *   },
   * });
   * await system.spawn(gallery).ask.resize(640); // 320
   * ```
   */
  pick(): ActorRef<Messages, Full>;

  /** Returns a ref to the same pool with other call options. */
  with(options: CallOptions): PoolRef<Messages, Full>;

  /** Stops all workers, as `ref.stop()` does, and ends replacement. */
  stop(): Promise<void>;
  /**
   * Kills all workers and ends replacement.
   *
   * @example
   * ```ts
   * const resizer = defineActor("resizer", { handlers: { resize() {} } });
   * system.spawnPool(resizer, { size: 2 }).kill();
   * ```
   */
  kill(): void;
}
