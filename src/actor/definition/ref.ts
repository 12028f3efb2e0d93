import type { StopReason } from "../../telemetry/attributes.ts";
import type { Asks, Tells, WhenFull } from "./messages.ts";

/** Options of single calls. */
export interface CallOptions {
  /**
   * How long an ask waits for its reply (default 5,000), or how long a tell waits for space in a full mailbox
   * (default: without limit), in milliseconds.
   */
  readonly timeoutMs?: number;
  /** Cancels the ask, or the wait for space, when aborted. Default: none. */
  readonly signal?: AbortSignal;
}

/** The address of an actor with any messages. */
export interface AnyActorRef {
  /** Unique id of the actor. */
  readonly id: string;
  /** The name given to `defineActor`. */
  readonly type: string;
  /** Resolves with the stop reason when the actor has ended. */
  whenStopped(): Promise<StopReason>;
}

/** The address of an actor. It remains valid and identical through restarts and after the actor has ended. */
export interface ActorRef<Messages, Full extends WhenFull = "reject"> {
  /** Unique within the process; its random part makes it unique across processes in practice. */
  readonly id: string;
  /** The name given to `defineActor`. */
  readonly type: string;

  /**
   * Sends a message and returns a promise of the handler's result.
   *
   * Rejects with the error the handler threw, or with a `DeliveryError`: `ERR_ASK_TIMEOUT`, `ERR_ABORTED`,
   * `ERR_ACTOR_STOPPED`, `ERR_ACTOR_KILLED`, `ERR_MAILBOX_FULL`, `ERR_SELF_ASK`, `ERR_UNKNOWN_MESSAGE`.
   *
   * @example
   * ```ts
   * const account = defineActor("account", {
   *   state: () => ({ cents: 0 }),
   *   handlers: {
   *     deposit: (c, cents: number) => (c.state.cents += cents),
   *   },
   * });
   * const alice = system.spawn(account);
   * await alice.ask.deposit(500); // 500
   * ```
   */
  readonly ask: Asks<Messages>;

  /**
   * Sends a message without waiting for a reply. A message to an ended actor becomes a dead letter.
   *
   * With `whenFull: "wait"` the call returns a promise that resolves when the message is in the mailbox.
   *
   * @throws {@link DeliveryError} `ERR_MAILBOX_FULL` with `whenFull: "reject"`
   * @example
   * ```ts
   * const account = defineActor("account", {
   *   state: () => ({ cents: 0 }),
   *   handlers: {
   *     deposit: (c, cents: number) => (c.state.cents += cents),
   *   },
   * });
   * const alice = system.spawn(account);
   * alice.tell.deposit(500); // returns at once
   * ```
   */
  readonly tell: Tells<Messages, Full>;

  /**
   * Returns a ref to the same actor with other call options.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   * @example
   * ```ts
   * const echo = defineActor("echo", { handlers: { say: (_c, text: string) => text } });
   * const patient = system.spawn(echo).with({ timeoutMs: 30_000, signal: AbortSignal.timeout(60_000) });
   * await patient.ask.say("hello");
   * ```
   */
  with(options: CallOptions): ActorRef<Messages, Full>;

  /**
   * Resolves when the actor has started. Rejects with `ERR_START_FAILED`, with the original error as its
   * cause, when the actor could not start.
   *
   * @example
   * ```ts
   * const cache = defineActor("cache", {
   *   onStart: (c) => c.log.info("warming up"),
   *   handlers: { get: (_c, key: string) => key },
   * });
   * const ref = system.spawn(cache);
   * await ref.whenReady();
   * ```
   */
  whenReady(): Promise<void>;

  /**
   * Handles the queued messages, stops children, waits for tasks and runs `onStop`. Resolves when this is
   * done, or when the actor has been killed because `stopDeadlineMs` of its definition has passed.
   *
   * Rejects with `ERR_SELF_STOP` when the stop would have to wait for its caller: in a handler or hook of the
   * actor itself or of one of its descendants. The stop is requested anyway. A stop does not wait for a task
   * that awaits it.
   *
   * @example
   * ```ts
   * const cache = defineActor("cache", { handlers: { clear() {} } });
   * const ref = system.spawn(cache);
   * ref.tell.clear();
   * await ref.stop(); // after `clear`
   * ```
   */
  stop(): Promise<void>;

  /**
   * Ends the actor immediately: `onStop` does not run, tasks and `c.signal` are aborted, and queued messages
   * become dead letters. A handler that is awaiting cannot be interrupted; its result is discarded.
   *
   * @example
   * ```ts
   * const cache = defineActor("cache", { handlers: { clear() {} } });
   * const ref = system.spawn(cache);
   * ref.kill();
   * await ref.whenStopped(); // "killed"
   * ```
   */
  kill(): void;

  /**
   * Resolves with the stop reason when the actor has ended. A handler that awaits this promise of its own
   * actor prevents that end until the actor is stopped and the stop deadline has passed.
   *
   * @example
   * ```ts
   * const job = defineActor("job", { handlers: { finish: (c) => c.stop() } });
   * const ref = system.spawn(job);
   * ref.tell.finish();
   * await ref.whenStopped(); // "normal"
   * ```
   */
  whenStopped(): Promise<StopReason>;
}
