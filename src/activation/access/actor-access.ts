import type { Context } from "@opentelemetry/api";
import type { KeyedAddress } from "../../actor/definition/keyed-address.ts";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import type { ConnectAnswer, ConnectRequest, Outlet } from "./link.ts";

/** How one message leaves a gateway. */
export interface Sending {
  /** Has the span of the request and, by `withOrigin`, where it comes from. */
  readonly context: Context;
  /** When the result is no longer waited for, on the monotonic clock of the system. */
  readonly deadlineMs: number;
  /** Ends the wait when aborted. A handler that runs is not interrupted. Default: nothing does. */
  readonly signal?: AbortNotice | undefined;
  /** For `state` of an actor that does not exist yet. Default: none. */
  readonly input?: unknown;
  /** Whether an actor that does not exist is created; the call fails with `ERR_NO_SUCH_ACTOR` otherwise. */
  readonly create: boolean;
}

/**
 * Gets the result of one call: `reply` or `fail`, once, and soon after the deadline at the latest. It is given in the turn
 * of the actor, so that results and events keep the order in which the actor gives them; where the actor is in another
 * process, in the order in which they arrive. The methods must neither throw nor send messages in that turn.
 */
export interface Answer {
  /** Called before the result of a queue message that is waited for, as soon as the message is stored. */
  stored?(id: string): void;
  /**
   * Called when the handler has returned and its reply has to wait for the store. Returns what `reply` is given later: the
   * actor goes on to change what its reply refers to.
   */
  hold?(value: unknown): unknown;
  reply(value: unknown): void;
  /**
   * @param handled whether the handler has run, at least in part, or the queue message is stored; what the error says of
   *   a message that was not handled then applies to another one
   */
  fail(error: unknown, handled: boolean): void;
}

/**
 * What a gateway asks of keyed actors, and the only thing it knows of them. In one process it is {@link LocalAccess}; in
 * a cluster, what knows where a key lives. Arguments, bodies and input are JSON.
 */
export interface ActorAccess {
  /**
   * Returns the address of a key. Reads nothing and wakes nothing.
   *
   * @throws {@link UsageError} `ERR_INVALID_KEY`, and `ERR_TYPE_TAKEN` for another definition of the same name
   */
  resolve(definition: KeyedAddress<never, unknown>, key: readonly string[]): KeyAddress;
}

/** The address of a key, for any number of calls. */
export interface KeyAddress {
  /** The parts of the key. */
  readonly key: readonly string[];
  /**
   * Resolves with whether there is an actor, awake or stored. Wakes nothing; one read of the store if it is asleep.
   * Rejects with an error of the store.
   */
  exists(): Promise<boolean>;
  /**
   * Sends a message. A tell is answered with `undefined` when it is in the mailbox; what becomes of it there, such as that
   * its actor is destroyed before, is a dead letter and no failure of the call.
   */
  call(message: OutsideMessage, sending: Sending, answer: Answer): void;
  /**
   * Opens a connection: runs `onBeforeConnect` and `onConnect`. It fails with what they throw, as a call does. If it is
   * no longer waited for, the hook that runs goes on to its end; a connection that then exists ends as lost.
   *
   * @param outlet the same one for all connections of a gateway to this actor
   */
  connect(request: ConnectRequest, outlet: Outlet, sending: Sending, answer: ConnectAnswer): void;
  /**
   * Has the actor answer a request. Answered with a `Response`, whose body may stream while the actor goes on, and breaks
   * off when the life of the actor ends.
   */
  request(request: Request, sending: Sending, answer: Answer): void;
  /** Adds a message to a queue. Answered with its id when it is stored, or with its reply when that is waited for. */
  send(message: OutsideQueueMessage, sending: Sending, answer: Answer): void;
}

/** A message for a handler. */
export interface OutsideMessage {
  readonly kind: "ask" | "tell";
  /** A message of the definition. */
  readonly name: string;
  readonly args: readonly unknown[];
}

/** A message for a queue. */
export interface OutsideQueueMessage {
  /** A queue of the definition. */
  readonly queue: string;
  readonly body: unknown;
  /** Whether the reply is waited for, or only that the message is stored. */
  readonly awaitsReply: boolean;
}
