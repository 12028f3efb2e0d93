import type { CallOptions } from "../../actor/definition/ref.ts";

declare const BODY: unique symbol;

/** Limits of a queue. */
export interface QueueOptions {
  /** Maximum number of stored messages. Default 1,000. */
  readonly maxDepth?: number;
  /** Maximum size of a message as JSON, in bytes of UTF-8. Default 65,536. */
  readonly maxBytes?: number;
  /** How often a message is handed out before it is set aside. Default 5. */
  readonly maxAttempts?: number;
}

/** A queue of a keyed definition, made by {@link queue}. Its type carries those of its messages and replies. */
export interface QueueDefinition<Body, Reply> extends QueueOptions {
  /** Exists for its type only. */
  readonly [BODY]?: (body: Body) => Reply;
}

/** The queues of a definition, by name, with any messages. */
export type AnyQueues = Readonly<Record<string, QueueDefinition<never, unknown>>>;

/**
 * Declares a stored queue of a keyed actor, for its option `queues`.
 *
 * @example
 * ```ts
 * const imports = defineKeyedActor("imports", {
 *   state: () => ({ files: 0 }),
 *   queues: { files: queue<{ path: string }, number>({ maxAttempts: 3 }) },
 *   handlers: { files: (c) => c.state.files },
 *   async run(c) {
 *     for await (const message of c.queue.files) {
 *       c.state.files += 1;
 *       message.complete(message.body.path.length); // the message is removed and the state is stored in one commit
 *     }
 *   },
 * });
 * ```
 */
export function queue<Body, Reply = void>(
  options: QueueOptions = {},
): QueueDefinition<Body, Reply> {
  return options;
}

/** Options of a wait for messages of a queue. */
export interface NextOptions {
  /** Ends the wait without a message. Default: no limit. */
  readonly timeoutMs?: number;
  /** Ends the wait with a rejection when aborted. Default: none besides `c.signal`. */
  readonly signal?: AbortSignal;
}

/** Options of {@link QueueMessage.retry}. */
export interface RetryOptions {
  /** How long the message is held back, in milliseconds. Default 0. */
  readonly delayMs?: number;
  /** Why it is put back; stored with a message that is set aside. Default: none. */
  readonly error?: unknown;
}

/**
 * A message of a queue that was handed out. Exactly one of its methods takes effect; a message without either is handed
 * out again by the next activation.
 *
 * @example
 * ```ts
 * const jobs = defineKeyedActor("jobs", {
 *   queues: { work: queue<string>() },
 *   handlers: {
 *     async one(c) {
 *       const message = await c.queue.work.next({ timeoutMs: 1_000 });
 *       if (message?.body === "later") message.retry({ delayMs: 5_000 });
 *       else message?.complete();
 *     },
 *   },
 * });
 * ```
 */
export interface QueueMessage<Body, Reply> {
  /** Unique in the queue. */
  readonly id: string;
  /** What was sent. */
  readonly body: Body;
  /** When it was sent, in milliseconds since the epoch. */
  readonly sentAtMs: number;
  /** How often it was handed out, this time included. */
  readonly attempt: number;
  /**
   * Removes the message with the next commit, which also gives `reply` to its sender.
   *
   * @throws {@link UsageError} `ERR_NO_REPLY` when the message was completed or put back before
   */
  complete(reply: Reply): void;
  /**
   * Puts the message back at its place. It is set aside instead when it was handed out `maxAttempts` times.
   *
   * @throws {@link UsageError} `ERR_NO_REPLY` when the message was completed or put back before
   */
  retry(options?: RetryOptions): void;
}

/**
 * A queue, as the actor's own code uses it. An actor that has stored messages when the system starts is woken for them,
 * and one whose messages are all held back is woken when the first of them may be handed out.
 *
 * @example
 * ```ts
 * const mails = defineKeyedActor("mails", {
 *   queues: { outbound: queue<{ to: string }>({ maxDepth: 10_000 }) },
 *   handlers: {
 *     add: (c, to: string) => c.queue.outbound.send({ to }),
 *     async flush(c) {
 *       for (const message of await c.queue.outbound.batch(100, { timeoutMs: 0 })) message.complete();
 *       return (await c.queue.outbound.poisoned()).length;
 *     },
 *   },
 * });
 * ```
 */
export interface Inbox<Body, Reply> extends AsyncIterable<QueueMessage<Body, Reply>> {
  /** Stored messages, those handed out included, without those set aside. */
  readonly depth: number;
  /** Takes the oldest message. Resolves with `undefined` after `timeoutMs`. In `run`, the wait keeps nothing awake. */
  next(options?: NextOptions): Promise<QueueMessage<Body, Reply> | undefined>;
  /** Takes up to `max` messages, oldest first, as soon as there is one. Resolves with none after `timeoutMs`. */
  batch(max: number, options?: NextOptions): Promise<readonly QueueMessage<Body, Reply>[]>;
  /**
   * Adds a message with the next commit, and returns its id.
   *
   * @throws {@link LimelightError} `ERR_QUEUE_FULL`, `ERR_QUEUE_MESSAGE_TOO_LARGE`, `ERR_STATE_INVALID`
   */
  send(body: Body): string;
  /** Resolves with the messages that were set aside, oldest first, at most 100. */
  poisoned(): Promise<readonly QueueMessage<Body, Reply>[]>;
}

/**
 * A queue of a keyed actor, as others use it.
 *
 * @example
 * ```ts
 * const jobs = defineKeyedActor("jobs", {
 *   queues: { work: queue<string, number>() },
 *   handlers: { depth: (c) => c.queue.work.depth },
 * });
 * async function order(ref: RefOf<typeof jobs>) {
 *   await ref.queue.work.send("first"); // stored
 *   return ref.queue.work.ask("second", { timeoutMs: 60_000 }); // completed and stored
 * }
 * ```
 */
export interface Outbox<Body, Reply> {
  /**
   * Adds a message. Resolves with its id once it is stored.
   *
   * Rejects with `ERR_QUEUE_FULL`, `ERR_QUEUE_MESSAGE_TOO_LARGE`, `ERR_STATE_INVALID`, or an error of the commit.
   */
  send(body: Body): Promise<string>;
  /**
   * Adds a message. Resolves with its reply once it is completed and stored.
   *
   * Rejects as `send` does, with `ERR_QUEUE_POISONED` when the message was set aside, and with `ERR_ASK_TIMEOUT`, after
   * which the message stays in the queue.
   */
  ask(body: Body, options?: CallOptions): Promise<Reply>;
}

/** The queues of a definition for its own code, by name. */
export type Inboxes<Queues> = {
  readonly [Name in keyof Queues]: Queues[Name] extends QueueDefinition<infer Body, infer Reply>
    ? Inbox<Body, Reply>
    : never;
};

/** The queues of a definition for others, by name. */
export type Outboxes<Queues> = {
  readonly [Name in keyof Queues]: Queues[Name] extends QueueDefinition<infer Body, infer Reply>
    ? Outbox<Body, Reply>
    : never;
};
