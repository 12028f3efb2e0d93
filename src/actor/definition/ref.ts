import type { StopReason } from "../../telemetry/attributes.ts";
import type { Asks, Tells, WhenFull } from "./messages.ts";

/** What may vary from call to call. */
export interface CallOptions {
  /**
   * How long an ask waits for its reply, in milliseconds (default 5,000), or how long a tell waits for
   * room in a full mailbox (default: as long as it takes).
   */
  readonly timeoutMs?: number;
  /** Gives up the ask, or the wait for room, when aborted. */
  readonly signal?: AbortSignal;
}

/** The address of an actor of whatever messages. */
export interface AnyActorRef {
  readonly id: string;
  readonly type: string;
  whenStopped(): Promise<StopReason>;
}

/** The address of an actor. It stays valid, and the same, through restarts and after the actor's end. */
export interface ActorRef<Messages, Full extends WhenFull = "reject"> {
  /** Unique in this process and, with its random part, in practice everywhere. */
  readonly id: string;
  readonly type: string;

  /**
   * Sends a message and promises the handler's result.
   *
   * Rejects with what the handler threw, or with a `DeliveryError`: `ERR_ASK_TIMEOUT`, `ERR_ABORTED`,
   * `ERR_ACTOR_STOPPED`, `ERR_ACTOR_KILLED`, `ERR_MAILBOX_FULL`, `ERR_SELF_ASK`, `ERR_UNKNOWN_MESSAGE`.
   */
  readonly ask: Asks<Messages>;

  /**
   * Sends a message without waiting for a reply. To an actor that has ended it becomes a dead letter.
   *
   * @throws {@link DeliveryError} `ERR_MAILBOX_FULL` where the definition says `whenFull: "reject"`;
   *   with `"wait"` the call returns a promise that resolves when the message is in the mailbox
   */
  readonly tell: Tells<Messages, Full>;

  /**
   * The same actor, addressed with other options.
   *
   * @throws {@link UsageError} `ERR_INVALID_OPTION`
   */
  with(options: CallOptions): ActorRef<Messages, Full>;

  /**
   * Resolves when the actor runs. Rejects with `ERR_START_FAILED` (the error as its cause) when it could
   * not start.
   */
  whenReady(): Promise<void>;

  /**
   * Handles what is queued, stops children, waits for tasks, runs `onStop`; resolves when all is done, or
   * when the definition's `stopDeadlineMs` is over and the actor has been killed.
   *
   * Rejects with `ERR_SELF_STOP` where the stop has to wait for the caller: in a handler or hook of the
   * actor itself or of one below it. The stop is requested all the same. For a task the stop does not wait
   * from when the task awaits it.
   */
  stop(): Promise<void>;

  /**
   * Ends the actor now: no `onStop`, tasks and `c.signal` aborted, what is queued becomes dead letters.
   * A handler that is awaiting cannot be interrupted; its result is dropped.
   */
  kill(): void;

  /**
   * Resolves with the reason when the actor has ended. A handler that awaits the end of its own actor keeps
   * it from ending, until somebody stops it and the deadline of that stop is over.
   */
  whenStopped(): Promise<StopReason>;
}
