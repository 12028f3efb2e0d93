import type { Logger } from "pino";
import type { ActorSystem } from "./actor-system.ts";
import type { ActorDefinition, SpawnChildArguments } from "./definition.ts";
import type { DelegatedReply, Forwards } from "./later-reply.ts";
import type { Handlers, UntypedHandlers, WhenFull } from "./messages.ts";
import type { PipeOptions, PipeSource } from "./pipe-options.ts";
import type { PoolArguments, PoolRef } from "./pool-ref.ts";
import type { ActorRef, AnyActorRef } from "./ref.ts";

/** Something the actor has set going and may call off. */
export interface Cancellable extends Disposable {
  cancel(): void;
}

/** A task that runs beside the handlers. */
export interface Task extends Cancellable {
  readonly kind: string;
  /** Resolves when the task has ended, however it ended; its failure goes to supervision. */
  readonly settled: Promise<void>;
}

/**
 * What a handler receives first: its actor's state and all it may do. One per life of the actor: on that of
 * a life before a restart, what begins or ends something throws `ERR_LIFE_OVER`.
 */
export interface ActorContext<State> {
  /** The actor's own; nobody else reads or writes it. A restart makes a fresh one. */
  state: State;
  readonly id: string;
  readonly type: string;
  readonly self: ActorRef<UntypedHandlers>;
  readonly system: ActorSystem;
  /** Writes JSON lines with this actor's id and the trace of the message being handled. */
  readonly log: Logger;
  /** Aborted when the actor is killed or restarts, or when the deadline of its stop has passed. */
  readonly signal: AbortSignal;

  /**
   * Starts an actor that ends when this one ends or restarts, and whose failures this one supervises.
   * `restart` among the options overrules the definition's, key by key.
   */
  spawnChild<ChildState, Input, Messages extends Handlers<ChildState>, Full extends WhenFull>(
    definition: ActorDefinition<ChildState, Input, Messages, Full>,
    ...options: SpawnChildArguments<Input>
  ): ActorRef<Messages, Full>;

  /**
   * Starts a pool of actors that end when this one ends or restarts; see `system.spawnPool`.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`, `ERR_NAME_TAKEN`
   * @throws {@link LimelightError} `ERR_ACTOR_STOPPED` when this actor is ending
   */
  spawnPool<ChildState, Input, Messages extends Handlers<ChildState>, Full extends WhenFull>(
    definition: ActorDefinition<ChildState, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full>;

  /**
   * Runs `task` beside the handlers, in a span that stays open until it settles. A stop waits for it
   * until the definition's deadline, then aborts `signal`.
   *
   * @param kind what sort of task; it stands on metrics, so it must come from a small set
   */
  spawnTask(kind: string, task: (signal: AbortSignal) => Promise<unknown> | unknown): Task;

  /**
   * Makes each item of `source` a message of this actor, in order, and asks for the next one only while
   * fewer than `maxInFlight` are unhandled. They go past the mailbox's limit. It is a task of the actor:
   * cancelled, or with the actor's stop, restart or kill, it ends and lets the source go (`return()`);
   * what the source gives after that is no message. Each message starts a trace that links to the task.
   *
   * @param messageType a message of this actor that takes an item
   * @throws {@link DeliveryError} `ERR_UNKNOWN_MESSAGE`; `ERR_ACTOR_STOPPED`, `ERR_ACTOR_KILLED` when the
   *   actor has ended
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
   */
  pipe<Item>(source: PipeSource<Item>, messageType: string, options?: PipeOptions): Task;

  /**
   * Runs `action` as a message to this actor, once, `delayMs` from now: never beside a handler.
   *
   * @param kind what sort of timer; stands on metrics and spans as the message's name
   */
  after(kind: string, delayMs: number, action: () => unknown): Cancellable;

  /** Like `after`, each `periodMs`. A tick that is still queued when the next is due is not doubled. */
  every(kind: string, periodMs: number, action: () => unknown): Cancellable;

  /**
   * Passes the message being handled on: its asker gets the reply of the other actor, within the asker's
   * time-out, and this actor goes on at once. What the handler returns is ignored; return the call's
   * result, so that the asker knows the reply's type. A message that was told is told on.
   *
   * @example `lookUp: (c, key: string) => c.forward(c.state.index).find(key)`
   * @throws {@link UsageError} `ERR_NO_REPLY` outside of a handler, and for a second reply
   * @throws {@link DeliveryError} `ERR_UNKNOWN_MESSAGE`; of a tell `ERR_MAILBOX_FULL`
   */
  forward<Messages, Full extends WhenFull>(ref: ActorRef<Messages, Full>): Forwards<Messages>;

  /**
   * Lets somebody reply to the message being handled later: a task, a timer, another message. What the
   * handler returns is ignored; return this, so that the asker knows the reply's type. What it throws is
   * a failure like a tell's. Of a message that was told nobody awaits the reply.
   *
   * The asker's time-out goes on. A stop waits for no reply, but for a task that is to give it. When this
   * actor ends first, the asker gets `ERR_ACTOR_STOPPED` or `ERR_ACTOR_KILLED`; when it restarts,
   * `ERR_REPLY_LOST`.
   *
   * @throws {@link UsageError} `ERR_NO_REPLY` outside of a handler, and for a second reply
   */
  delegateReply<Value>(): DelegatedReply<Value>;

  /**
   * Ties this actor and another: when one ends abnormally (killed or failed, not stopped) the other ends as
   * well, as `link_died`, unless it has `onTerminated`, which is then called whatever the reason. The tie
   * outlives restarts of both. Linking twice is linking once.
   *
   * @throws {@link UsageError} `ERR_INVALID_LINK` for itself, for actors of other systems, for no ref
   */
  link(ref: AnyActorRef): void;

  /** Unties both; a notice that has not been handled yet is forgotten. */
  unlink(ref: AnyActorRef): void;

  /**
   * Calls `onTerminated` when the other actor has ended, for whatever reason; at once if it has already. The
   * other one notices nothing.
   *
   * @throws {@link UsageError} `ERR_INVALID_LINK`, also where the definition has no `onTerminated`
   */
  watch(ref: AnyActorRef): void;

  unwatch(ref: AnyActorRef): void;

  /** Ends this actor after the message being handled; what is still queued becomes dead letters. */
  stop(): void;
}
