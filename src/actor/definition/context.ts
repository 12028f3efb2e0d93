import type { Logger } from "pino";
import type { ActorSystem } from "./actor-system.ts";
import type { ActorDefinition, SpawnChildArguments } from "./definition.ts";
import type { DelegatedReply, Forwards } from "./later-reply.ts";
import type {
  AnyHandlers,
  AnyMessages,
  MessageNamesFor,
  OwnHandlers,
  WhenFull,
} from "./messages.ts";
import type { PipeOptions, PipeSource } from "./pipe-options.ts";
import type { PoolArguments, PoolRef } from "./pool-ref.ts";
import type { ActorRef, AnyActorRef } from "./ref.ts";

/**
 * Work started by the actor that can be cancelled.
 *
 * @example
 * ```ts
 * const reminder = defineActor("reminder", {
 *   handlers: {
 *     remind(c, text: string) {
 *       const timer = c.after("remind", 60_000, () => c.log.info(text));
 *       timer.cancel();
 *     },
 *   },
 * });
 * await system.spawn(reminder).ask.remind("tea");
 * ```
 */
export interface Cancellable extends Disposable {
  /** Cancels the work. A second call has no effect. */
  cancel(): void;
}

/** A task that runs beside the handlers. */
export interface Task extends Cancellable {
  /** The kind given to `c.spawnTask`; `pipe` for a pipe without a kind. */
  readonly kind: string;
  /** Resolves when the task has ended, also after a failure, which is passed to supervision. */
  readonly settled: Promise<void>;
}

/**
 * The first argument of every handler: the actor's state and operations. Each life of the actor has its
 * own context. After a restart, methods of the previous context that start or end something throw
 * `ERR_LIFE_OVER`.
 */
export interface ActorContext<State, Own = AnyMessages, Full extends WhenFull = "reject"> {
  /** The actor's private state. A restart creates it anew. */
  state: State;
  /** Unique id of the actor, as on spans and log lines; restarts keep it. */
  readonly id: string;
  /** The name given to `defineActor`. */
  readonly type: string;
  /**
   * The actor's own ref, for messages to itself and as an address for others. Its messages are those of the
   * definition's option `messages`; without that option, the compiler accepts any message, because the types of
   * handlers are inferred after that of `c`.
   *
   * @example
   * ```ts
   * const poller = defineActor("poller", {
   *   messages: {} as { poll(): void; start(): void },
   *   handlers: {
   *     poll: (c) => c.log.info("polled"),
   *     start: (c) => c.self.tell.poll(), // handled after the messages that already wait
   *   },
   * });
   * system.spawn(poller).tell.start();
   * ```
   */
  readonly self: ActorRef<OwnHandlers<Own>, Full>;
  /** The system that the actor belongs to. */
  readonly system: ActorSystem;
  /** Writes JSON lines with this actor's id and the trace of the message being handled. */
  readonly log: Logger;
  /** Aborted when the actor is killed or restarts, or when its stop exceeds the deadline. */
  readonly signal: AbortSignal;

  /**
   * Starts a child actor. It ends when this actor ends or restarts, and its failures are supervised by this
   * actor. The keys of the `restart` option override those of the definition.
   *
   * @example
   * ```ts
   * const session = defineActor("session", {
   *   state: (user: string) => ({ user }),
   *   handlers: { whoAmI: (c) => c.state.user },
   * });
   * const sessions = defineActor("sessions", {
   *   handlers: {
   *     async open(c, user: string) {
   *       const child = c.spawnChild(session, { input: user, restart: { policy: "never" } });
   *       return child.ask.whoAmI();
   *     },
   *   },
   * });
   * await system.spawn(sessions).ask.open("alice"); // "alice"
   * ```
   */
  spawnChild<ChildState, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<ChildState, Input, Messages, Full>,
    ...options: SpawnChildArguments<Input>
  ): ActorRef<Messages, Full>;

  /**
   * Starts a pool of child actors that end when this actor ends or restarts; see `system.spawnPool`.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`, `ERR_NAME_TAKEN`
   * @throws {@link LimelightError} `ERR_ACTOR_STOPPED` when this actor is ending
   * @example
   * ```ts
   * const resizer = defineActor("resizer", {
   *   handlers: { resize: (_c, width: number) => width / 2 },
   * });
   * const gallery = defineActor("gallery", {
   *   state: () => ({ widths: [] as number[] }),
   *   async onStart(c) {
   *     const pool = c.spawnPool(resizer, { size: 2 });
   *     c.state.widths = await Promise.all([pool.ask.resize(640), pool.ask.resize(320)]);
   *   },
   *   handlers: { widths: (c) => c.state.widths },
   * });
   * await system.spawn(gallery).ask.widths(); // [320, 160]
   * ```
   */
  spawnPool<ChildState, Input, Messages extends AnyHandlers, Full extends WhenFull>(
    definition: ActorDefinition<ChildState, Input, Messages, Full>,
    ...options: PoolArguments<Input>
  ): PoolRef<Messages, Full>;

  /**
   * Runs `task` beside the handlers, in a span that stays open until the task settles. A stop waits for the
   * task until the definition's deadline, then aborts `signal`. A task that an abort listener or
   * an aborted task starts while the actor ends gets an aborted `signal`.
   *
   * @param kind name of the task on metrics; must come from a small set
   * @example
   * ```ts
   * const importer = defineActor("importer", {
   *   handlers: {
   *     async start(c, lines: readonly string[]) {
   *       const task = c.spawnTask("import", async (signal) => {
   *         for (const line of lines) {
   *           signal.throwIfAborted();
   *           c.log.debug({ line }, "imported");
   *         }
   *       });
   *       await task.settled;
   *     },
   *   },
   * });
   * await system.spawn(importer).ask.start(["a", "b"]);
   * ```
   */
  spawnTask(kind: string, task: (signal: AbortSignal) => Promise<unknown> | unknown): Task;

  /**
   * Sends each item of `source` to this actor as a message, in order. The next item is requested only while
   * fewer than `maxInFlight` items are unhandled; the mailbox limit does not apply to them. The pipe is a
   * task of the actor. When it is cancelled, or the actor stops, restarts or is killed, the source is closed
   * with `return()` and its later items are discarded. Each message starts a trace that links to the task.
   *
   * @param messageType a message of this actor that takes one item as its argument
   * @throws {@link DeliveryError} `ERR_UNKNOWN_MESSAGE`; `ERR_ACTOR_STOPPED`, `ERR_ACTOR_KILLED` when the
   *   actor has ended
   * @throws {@link UsageError} `ERR_INVALID_OPTION`, `ERR_INVALID_NAME`
   * @example
   * ```ts
   * const reader = defineActor("reader", {
   *   state: () => ({ rows: 0 }),
   *   onStart(c) {
   *     async function* rows() {
   *       yield "first";
   *       yield "second";
   *     }
   *     c.pipe(rows, "row", { onEnd: "done", maxInFlight: 8 });
   *   },
   *   handlers: {
   *     row: (c, _row: string) => (c.state.rows += 1),
   *     done: (c) => c.stop(),
   *   },
   * });
   * await system.spawn(reader).whenStopped(); // "normal"
   * ```
   */
  pipe<Item>(
    source: PipeSource<Item>,
    messageType: MessageNamesFor<OwnHandlers<Own>, Item>,
    options?: PipeOptions<Own>,
  ): Task;

  /**
   * Runs `action` once, `delayMs` from now, as a message to this actor, so it never overlaps a handler.
   *
   * @param kind name of the timer, used as the message name on metrics and spans
   * @example
   * ```ts
   * const offer = defineActor("offer", {
   *   onStart(c) {
   *     const expiry = c.after("expire", 60_000, () => c.stop());
   *     c.after("extend", 10, () => expiry.cancel());
   *   },
   *   handlers: { price: () => 1_999 },
   * });
   * await system.spawn(offer).ask.price();
   * ```
   */
  after(kind: string, delayMs: number, action: () => unknown): Cancellable;

  /**
   * Repeats `action` every `periodMs`, as `after` does. A tick is skipped while the last one is queued.
   *
   * @example
   * ```ts
   * const heartbeat = defineActor("heartbeat", {
   *   state: () => ({ beats: 0 }),
   *   onStart(c) {
   *     c.every("beat", 1_000, () => (c.state.beats += 1));
   *   },
   *   handlers: { beats: (c) => c.state.beats },
   * });
   * await system.spawn(heartbeat).ask.beats();
   * ```
   */
  every(kind: string, periodMs: number, action: () => unknown): Cancellable;

  /**
   * Forwards the message being handled. Its asker gets the reply of the other actor, within the original
   * timeout, and this actor continues immediately. The handler's return value is ignored; return the result
   * of the call so that the asker knows the type of the reply. A told message is forwarded as a tell.
   *
   * @throws {@link UsageError} `ERR_NO_REPLY` outside a handler, or when the reply is already taken
   * @throws {@link DeliveryError} `ERR_UNKNOWN_MESSAGE`; for a tell also `ERR_MAILBOX_FULL`
   * @example
   * ```ts
   * const index = defineActor("index", {
   *   handlers: { find: (_c, key: string) => key.length },
   * });
   * const library = defineActor("library", {
   *   state: () => ({ index: system.spawn(index) }),
   *   handlers: {
   *     find: (c, key: string) => c.forward(c.state.index).find(key),
   *   },
   * });
   * await system.spawn(library).ask.find("actors"); // 6, from the index
   * ```
   */
  forward<Messages, Full extends WhenFull>(ref: ActorRef<Messages, Full>): Forwards<Messages>;

  /**
   * Returns an object with which a task, a timer or another message can reply to the message being handled.
   * The handler's return value is ignored; return this object so that the asker knows the type of the reply.
   * An error thrown by the handler is a failure, as for a tell. The reply to a told message is discarded.
   *
   * The asker's timeout still applies. `shutdown()` waits for the reply, and keeps the timers of this actor until
   * it is given. `stop()` does not wait for the reply itself, only for a task that gives it. When this actor ends
   * first, the ask rejects with `ERR_ACTOR_STOPPED` or `ERR_ACTOR_KILLED`; when it restarts, with
   * `ERR_REPLY_LOST`.
   *
   * @throws {@link UsageError} `ERR_NO_REPLY` outside a handler, or when the reply is already taken
   * @example
   * ```ts
   * const fetcher = defineActor("fetcher", {
   *   handlers: {
   *     fetch(c, url: string) {
   *       const reply = c.delegateReply<string>();
   *       c.spawnTask("fetch", async () => {
   *         if (url.startsWith("https:")) reply.resolve(`content of ${url}`);
   *         else reply.reject(new Error(`${url} is not supported`));
   *       });
   *       return reply; // this actor handles its next message at once
   *     },
   *   },
   * });
   * await system.spawn(fetcher).ask.fetch("https://example.com");
   * ```
   */
  delegateReply<Value>(): DelegatedReply<Value>;

  /**
   * Links this actor and another. When one ends abnormally (killed or failed, not stopped), the other ends
   * too, with reason `link_died`. An actor that has `onTerminated` does not end; the hook is called instead,
   * for every reason. The link survives restarts of both actors. Linking twice has no further effect.
   *
   * @throws {@link UsageError} `ERR_INVALID_LINK` for the actor itself, an actor of another system, or no ref
   * @example
   * ```ts
   * const connection = defineActor("connection", { handlers: { send(_c, _text: string) {} } });
   * const session = defineActor("session", {
   *   state: () => ({ connection: system.spawn(connection) }),
   *   onStart: (c) => c.link(c.state.connection),
   *   handlers: {
   *     detach: (c) => c.unlink(c.state.connection),
   *     disconnect: (c) => c.state.connection.kill(), // ends this actor as well
   *   },
   * });
   * const ref = system.spawn(session);
   * ref.tell.disconnect();
   * await ref.whenStopped(); // "link_died"
   * ```
   */
  link(ref: AnyActorRef): void;

  /** Removes the link from both actors and discards a termination message that is not handled yet. */
  unlink(ref: AnyActorRef): void;

  /**
   * Calls `onTerminated` when the other actor ends, for any reason, or immediately if it has already ended.
   * The other actor is not affected.
   *
   * @throws {@link UsageError} `ERR_INVALID_LINK`, also where the definition has no `onTerminated`
   * @example
   * ```ts
   * const job = defineActor("job", { handlers: { run() {} } });
   * const board = defineActor("board", {
   *   state: () => ({ job: system.spawn(job) }),
   *   onStart: (c) => c.watch(c.state.job),
   *   onTerminated: (c, ref, reason) => c.log.info({ job: ref.id, reason }, "job ended"),
   *   handlers: {
   *     cancel: (c) => c.state.job.stop(),
   *     forget: (c) => c.unwatch(c.state.job),
   *   },
   * });
   * await system.spawn(board).ask.cancel();
   * ```
   */
  watch(ref: AnyActorRef): void;

  /** Ends a watch and discards a termination message that is not handled yet. */
  unwatch(ref: AnyActorRef): void;

  /**
   * Ends this actor after the message being handled. Messages still queued become dead letters.
   *
   * @example
   * ```ts
   * const job = defineActor("job", {
   *   handlers: {
   *     run(c) {
   *       c.stop(); // ends the actor once this handler has returned
   *       return "done";
   *     },
   *   },
   * });
   * await system.spawn(job).ask.run(); // "done"
   * ```
   */
  stop(): void;
}
