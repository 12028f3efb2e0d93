import type { Logger } from "pino";
import type {
  ActorContext, ActorRef, AnyMessages, CallOptions, Cancellable, DeclaredMessages, Directive, Failure, LaterReply, MessageHandlers,
  MonitoredSystem, OwnHandlers, RestartOptions, StopReason, SupervisionOptions, Task, TypeTracing, UntypedHandlers, WhenFull, ErrorCode,
} from "../../src/index.ts";

// ---- keys -------------------------------------------------------------------------------------
/** A key: one text, or several parts. `"a"` and `["a"]` are the same key. */
export type ActorKey = string | readonly string[];

// ---- closed sets ------------------------------------------------------------------------------
/** Why an activation goes to sleep; a subset of `StopReason`. */
export const SleepReason = {
  Idle: "idle", Requested: "requested", Evicted: "evicted", Drained: "drained",
  Shutdown: "shutdown", StateConflict: "state_conflict", Failed: "failed",
} as const;
export type SleepReason = (typeof SleepReason)[keyof typeof SleepReason];

/** When changes of an ask are stored: before its reply, or within `saveIntervalMs`. */
export const SaveMode = { BeforeReply: "before_reply", Interval: "interval" } as const;
export type SaveMode = (typeof SaveMode)[keyof typeof SaveMode];

// ---- schedules --------------------------------------------------------------------------------
/** A stored schedule. `attempts`: failed runs since the last success. */
export interface Schedule {
  readonly id: string;
  readonly messageType: string;
  readonly dueAtMs: number;
  readonly cron: string | undefined;
  readonly attempts: number;
  readonly lastRun: ScheduleRun | undefined;
}
export interface ScheduleRun {
  readonly atMs: number;
  readonly outcome: "ok" | "error" | "no_handler" | "skipped";
  readonly errorType: string | undefined;
}
/** One method per message of the actor; the call stores the schedule and returns it. */
export type ScheduleCalls<Own> = {
  readonly [Name in keyof OwnHandlers<Own>]: OwnHandlers<Own>[Name] extends (c: never, ...args: infer Arguments) => unknown
    ? (...args: Arguments) => Schedule
    : never;
};
/** An id replaces the schedule that has it. Default: a random one. */
export interface ScheduleOptions { readonly id?: string }
/** `timeZone`: IANA name, default UTC. `missed`: occurrences while no process ran, default `skip`. */
export interface CronOptions {
  readonly timeZone?: string;
  readonly missed?: "skip" | "run_once";
}
export interface Schedules<Own> {
  /** @throws LimelightError `ERR_INVALID_SCHEDULE`, `ERR_SCHEDULE_LIMIT`; delays beyond 2^31 ms are fine */
  after(delayMs: number, options?: ScheduleOptions): ScheduleCalls<Own>;
  /** A time in the past is due at once. */
  at(time: Date | number, options?: ScheduleOptions): ScheduleCalls<Own>;
  /** Five fields, or six with seconds. Setting the same expression and message again changes nothing. */
  cron(id: string, expression: string, options?: CronOptions): ScheduleCalls<Own>;
  list(): readonly Schedule[];
  /** Returns whether there was one. */
  cancel(id: string): boolean;
}

// ---- queues -----------------------------------------------------------------------------------
declare const BODY: unique symbol;
/** Defaults: 1,000 messages, 65,536 bytes of JSON each, 5 attempts. */
export interface QueueOptions {
  readonly maxDepth?: number;
  readonly maxBytes?: number;
  readonly maxAttempts?: number;
}
export interface QueueDefinition<Body, Reply> extends QueueOptions { readonly [BODY]?: (body: Body) => Reply }
export declare function queue<Body, Reply = void>(options?: QueueOptions): QueueDefinition<Body, Reply>;
export type AnyQueues = Readonly<Record<string, QueueDefinition<never, unknown>>>;

export interface QueueMessage<Body, Reply> {
  readonly id: string;
  readonly body: Body;
  readonly sentAtMs: number;
  readonly attempt: number;
  /** Removes the message with the next commit; a second call throws `UsageError`. */
  complete(reply: Reply): void;
  /** Puts it back; it is set aside once `maxAttempts` is reached. */
  retry(options?: { readonly delayMs?: number; readonly error?: unknown }): void;
}
export interface NextOptions { readonly timeoutMs?: number; readonly signal?: AbortSignal }
/** What the actor's own code does with one of its queues. */
export interface Inbox<Body, Reply> extends AsyncIterable<QueueMessage<Body, Reply>> {
  /** Waiting and handed-out messages. */
  readonly depth: number;
  /** The oldest message; `undefined` after `timeoutMs`. Waiting does not keep the actor awake in `run`. */
  next(options?: NextOptions): Promise<QueueMessage<Body, Reply> | undefined>;
  batch(max: number, options?: NextOptions): Promise<readonly QueueMessage<Body, Reply>[]>;
  /** Adds a message to the actor's own queue; stored with the next commit. */
  send(body: Body): string;
  /** Messages that were set aside, oldest first, at most 100. */
  poisoned(): Promise<readonly QueueMessage<Body, Reply>[]>;
}
/** What others do with a queue. */
export interface Outbox<Body, Reply> {
  /** Resolves with the id once the message is stored. */
  send(body: Body): Promise<string>;
  /** Resolves with the reply once the message is completed and stored. */
  ask(body: Body, options?: CallOptions): Promise<Reply>;
}
export type Inboxes<Queues> = { readonly [N in keyof Queues]: Queues[N] extends QueueDefinition<infer B, infer R> ? Inbox<B, R> : never };
export type Outboxes<Queues> = { readonly [N in keyof Queues]: Queues[N] extends QueueDefinition<infer B, infer R> ? Outbox<B, R> : never };

// ---- storage ----------------------------------------------------------------------------------
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export interface KvPage<Value> { readonly entries: readonly (readonly [key: string, value: Value])[]; readonly cursor: string | undefined }
/** Values are JSON. Writes are part of the next commit; reads see them at once. Keys: 1 to 1,024 bytes. */
export interface ActorKv {
  get<Value = unknown>(key: string): Promise<Value | undefined>;
  put(key: string, value: unknown): void;
  delete(key: string): void;
  list<Value = unknown>(prefix?: string, options?: { readonly cursor?: string; readonly limit?: number }): Promise<KvPage<Value>>;
}
export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;
export interface SqlStatements {
  all<Row extends object>(sql: string, parameters?: SqlParameters): Promise<readonly Row[]>;
  get<Row extends object>(sql: string, parameters?: SqlParameters): Promise<Row | undefined>;
  run(sql: string, parameters?: SqlParameters): Promise<{ readonly changes: number; readonly lastInsertRowid: number | bigint }>;
}
/** A SQLite database of this actor alone. Every method rejects with a code; values never appear in logs or spans. */
export interface ActorDatabase extends SqlStatements {
  /** Default time-out 5,000 ms. Rolled back when `work` rejects, times out, or the life ends. */
  transaction<Result>(work: (tx: SqlStatements) => Promise<Result>, options?: { readonly timeoutMs?: number }): Promise<Result>;
}
export interface DatabaseOptions {
  readonly migrations: readonly { readonly name: string; readonly sql: string }[];
  readonly statementTimeoutMs?: number;
  readonly slowStatementMs?: number;
  readonly maxBytes?: number;
}

// ---- context ----------------------------------------------------------------------------------
/** `c` of a keyed actor: all of `ActorContext` except `stop`, and what follows. */
export interface KeyedContext<State, Vars = undefined, Queues extends AnyQueues = {}, Own = AnyMessages, Full extends WhenFull = "reject">
  extends Omit<ActorContext<State, Own, Full>, "stop" | "self" | "system"> {
  readonly key: readonly string[];
  /** Number of this activation, from 1; restarts keep it. */
  readonly generation: number;
  /** What `vars` of the definition returned for this life. */
  readonly vars: Vars;
  readonly self: KeyedRef<OwnHandlers<Own>, Queues, Full>;
  readonly system: KeyedSystem;
  readonly schedule: Schedules<Own>;
  readonly queue: Inboxes<Queues>;
  readonly kv: ActorKv;
  readonly db: ActorDatabase;
  /** Stores everything buffered, the state included, now. @throws as `ERR_SAVE_FAILED`, `ERR_SAVE_UNKNOWN`, `ERR_STATE_…` */
  saveState(): Promise<void>;
  /** Holds the actor awake until `promise` settles; returns its result. A rejection is the caller's. */
  keepAwake<Value>(promise: PromiseLike<Value>): Promise<Value>;
  /** The drain before sleep awaits it. A rejection is logged and is no failure of the actor. */
  waitUntil(promise: PromiseLike<unknown>): void;
  /** Goes to sleep after the queued messages. */
  sleep(): void;
  /** Removes everything after this message; `onDestroy` runs first. */
  destroy(): void;
  /** What keeps it awake now, in the order of the table; empty: it is idle. */
  awakeReasons(): readonly AwakeHold[];
}
export interface AwakeHold { readonly reason: string; readonly count: number; readonly sinceMs: number; readonly detail: string | undefined }

// ---- ref --------------------------------------------------------------------------------------
/** The address of a key. Valid for ever, also before the actor exists and after it is destroyed. `id` is `type/key`. */
export interface KeyedRef<Messages, Queues = {}, Full extends WhenFull = "reject"> extends ActorRef<Messages, Full> {
  readonly key: readonly string[];
  readonly queue: Outboxes<Queues>;
  with(options: CallOptions): KeyedRef<Messages, Queues, Full>;
  /** Resolves when the actor sleeps; at once if it does. @throws UsageError `ERR_SELF_STOP` as `stop()` */
  sleep(): Promise<void>;
  /** Resolves when nothing is stored under the key any more. */
  destroy(): Promise<void>;
}

// ---- definition -------------------------------------------------------------------------------
type Nothing = ReturnType<() => void>;
type HandlerResult<R> = [Awaited<R>] extends [Nothing] ? unknown : Awaited<R> | LaterReply<Awaited<R>> | PromiseLike<Awaited<R> | LaterReply<Awaited<R>>>;
type KeyedHandler<C, Message> = Message extends (...args: infer A) => infer R ? (c: C, ...args: A) => HandlerResult<R> : never;
export type KeyedHandlers<C, Own> = { readonly [Name in keyof Own]: KeyedHandler<C, Own[Name]> };

export interface KeyedOptions<State, Input, Vars, Queues extends AnyQueues, Messages, Full extends WhenFull, Own> {
  /** Creates the state once in the actor's life. */
  readonly state?: (input: Input, key: readonly string[]) => State;
  /** Version of the state's shape, default 1. */
  readonly version?: number;
  /** Returns a state of the current version. Synchronous. Required from version 2 on. */
  readonly migrate?: (old: unknown, from: number) => NoInfer<State>;
  readonly messages?: Own;
  readonly queues?: Queues;
  /** Write it before the handlers, so that the compiler knows the type of `c.vars` in them. */
  readonly vars?: (c: KeyedContext<NoInfer<State>, undefined, NoInfer<Queues>, NoInfer<Own>, Full>) => Vars;
  readonly handlers: Messages;
  readonly onCreate?: (c: KeyedContext<State, undefined, Queues, Own, Full>, input: Input) => unknown;
  readonly onWake?: (c: KeyedContext<State, Vars, Queues, Own, Full>) => unknown;
  /** Runs beside the handlers while the actor is awake. May return; a throw is a failure of a task. */
  readonly run?: (c: KeyedContext<State, Vars, Queues, Own, Full>) => Promise<unknown>;
  readonly onSleep?: (c: KeyedContext<State, Vars, Queues, Own, Full>, reason: SleepReason) => unknown;
  readonly onDestroy?: (c: KeyedContext<State, Vars, Queues, Own, Full>) => unknown;
  readonly onFailure?: (c: KeyedContext<State, Vars, Queues, Own, Full>, failure: Failure) => Directive | undefined;
  readonly onTerminated?: (c: KeyedContext<State, Vars, Queues, Own, Full>, ref: ActorRef<UntypedHandlers>, reason: StopReason, error?: Error) => unknown;
  readonly idleMs?: number;
  readonly save?: SaveMode;
  readonly saveIntervalMs?: number;
  readonly maxStateBytes?: number;
  readonly expireAfterMs?: number;
  readonly maxSchedules?: number;
  readonly database?: DatabaseOptions;
  readonly mailbox?: { readonly limit?: number; readonly whenFull?: Full };
  readonly restart?: RestartOptions;
  readonly supervision?: SupervisionOptions;
  readonly taskDeadlineMs?: number;
  readonly stopDeadlineMs?: number;
  readonly stuckAfterMs?: number;
  readonly tracing?: TypeTracing;
}

declare const ADDRESS: unique symbol;
/** In `actor/definition`: all that `ActorSystem` knows of a keyed definition. The last member exists for its type only. */
export interface KeyedAddress<Input, Ref> {
  readonly type: string;
  readonly keyed: true;
  readonly [ADDRESS]?: (input: Input) => Ref;
}
export interface KeyedDefinition<Input, Messages, Queues = {}, Full extends WhenFull = "reject">
  extends KeyedAddress<Input, KeyedRef<Messages, Queues, Full>> {}
/** A definition, or the name of a type, which need not be defined any more. */
export type KeyedType = KeyedAddress<never, unknown> | string;
type PublicOf<Own, Inferred> = string extends keyof Own ? Inferred : MessageHandlers<Own>;

export declare function defineKeyedActor<
  State = undefined, Input = undefined, Vars = undefined, Queues extends AnyQueues = {},
  Own extends DeclaredMessages<Own> = AnyMessages, const Full extends WhenFull = "reject",
  Messages extends KeyedHandlers<KeyedContext<State, Vars, Queues, Own, Full>, Own> = KeyedHandlers<KeyedContext<State, Vars, Queues, Own, Full>, Own>,
>(type: string, options: KeyedOptions<State, Input, Vars, Queues, Messages, Full, Own>): KeyedDefinition<Input, PublicOf<NoInfer<Own>, Messages>, Queues, Full>;

// ---- system -----------------------------------------------------------------------------------
/** One stored key, from its record; `awake` from this process. */
export interface KeyRow {
  readonly key: readonly string[];
  readonly awake: boolean;
  readonly generation: number;
  readonly usedAtMs: number;
  readonly stateBytes: number;
  readonly schedules: number;
  readonly queued: number;
}
export interface KeyListing { readonly keys: readonly KeyRow[]; readonly cursor: string | undefined }
export interface KeysOptions {
  readonly state?: "awake" | "asleep";
  readonly prefix?: ActorKey;
  readonly cursor?: string;
  readonly limit?: number;
}
export type GetArguments<Input> = [Input] extends [undefined] ? [] : [options?: { readonly input: Input }];
export interface KeyedSystem extends MonitoredSystem {
  /** Returns the ref of a keyed actor, whether it exists or not. @throws UsageError `ERR_INVALID_KEY`, `ERR_TYPE_TAKEN` */
  get<Input, Ref>(definition: KeyedAddress<Input, Ref>, key: ActorKey, ...options: GetArguments<Input>): Ref;
  /** A page of stored keys in order; wakes nothing. */
  keys(type: KeyedType, options?: KeysOptions): Promise<KeyListing>;
  /** Removes everything stored under a key. Resolves with whether there was an actor. */
  destroy(type: KeyedType, key: ActorKey): Promise<boolean>;
}
export interface Store { close(): Promise<void> }
export declare function openSqliteStore(options: { readonly directory: string }): Promise<Store>;
/** Only the options that are new. */
export declare function createSystem(options?: { readonly name?: string; readonly actors?: readonly { readonly type: string }[]; readonly store?: Store; readonly maxResident?: number; readonly maxWaitingKeys?: number }): KeyedSystem;
export type { Logger, Cancellable, Task, ErrorCode };
