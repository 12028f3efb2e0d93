import type { Asks, Tells, WhenFull } from "./messages.ts";
import type { ActorRef, CallOptions } from "./ref.ts";

/** How a pool chooses the worker of a message. */
export const PoolRoute = {
  /** Fewest messages waiting or being handled. */
  LeastLoaded: "least_loaded",
  /** Each in its turn. */
  RoundRobin: "round_robin",
} as const;
export type PoolRoute = (typeof PoolRoute)[keyof typeof PoolRoute];

/** Options of `spawnPool`. */
export interface PoolOptions {
  /** Number of workers, 1 to 1,000. */
  readonly size: number;
  /** Default `least_loaded`. */
  readonly route?: PoolRoute;
  /** Workers are spawned under `{name}.1`, `{name}.2` and so on. Default: without names. */
  readonly name?: string;
}

/** Arguments of `spawnPool`; `input`, which each worker gets, is required where the state factory wants one. */
export type PoolArguments<Input> = [Input] extends [undefined]
  ? [options: PoolOptions]
  : [options: PoolOptions & { readonly input: Input }];

/** `pool.broadcast.ask`: each message as a call that promises all workers' outcomes, in their order. */
export type BroadcastAsks<Messages> = {
  readonly [Name in keyof Asks<Messages>]: Asks<Messages>[Name] extends (
    ...args: infer Arguments
  ) => Promise<infer Reply>
    ? (...args: Arguments) => Promise<PromiseSettledResult<Reply>[]>
    : never;
};

/** `pool.broadcast.tell`: each message as a call that gives the number of workers that got it. */
export type BroadcastTells<Messages, Full extends WhenFull> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => unknown
    ? (...args: Arguments) => Full extends "wait" ? Promise<number> : number
    : never;
};

/** Sends to all workers of a pool that are alive. */
export interface Broadcast<Messages, Full extends WhenFull> {
  readonly ask: BroadcastAsks<Messages>;
  /**
   * A worker whose full mailbox refuses the message does not get it; it is counted as rejected, and the
   * others get theirs.
   */
  readonly tell: BroadcastTells<Messages, Full>;
}

/** The address of a pool: several actors of one type that share the messages sent to it. */
export interface PoolRef<Messages, Full extends WhenFull = "reject"> {
  readonly type: string;
  /** Number of workers there are to be. */
  readonly size: number;
  /** The workers that take messages now; fewer than `size` while one is being replaced. */
  readonly refs: readonly ActorRef<Messages, Full>[];

  /** Like `ref.ask`, of the worker the pool chooses. With no worker alive it rejects as a dead one does. */
  readonly ask: Asks<Messages>;
  /**
   * Like `ref.tell`, to the worker the pool chooses. A full mailbox is passed over; with all of them full
   * the definition's `whenFull` holds. With no worker alive the message becomes a dead letter.
   */
  readonly tell: Tells<Messages, Full>;
  readonly broadcast: Broadcast<Messages, Full>;

  /** The worker the next message would go to, as for `c.forward(pool.pick())`; the turn is its. */
  pick(): ActorRef<Messages, Full>;

  /** The same pool, addressed with other options. */
  with(options: CallOptions): PoolRef<Messages, Full>;

  /** Stops all workers, as `ref.stop()` does, and replaces none any more. */
  stop(): Promise<void>;
  /** Kills all workers and replaces none any more. */
  kill(): void;
}
