import type { Caller } from "../../activation/definition/caller.ts";
import type { QueueDefinition } from "../../activation/definition/queue-types.ts";
import type { StandardSchema } from "./standard-schema.ts";
import type { unchecked } from "./unchecked.ts";

/**
 * The kinds of access from outside.
 *
 * @enum
 */
export const AccessKind = {
  /** A message whose reply is waited for. */
  Ask: "ask",
  /** A message without a reply. */
  Tell: "tell",
  /** A message for a queue. */
  Send: "send",
  /** A connection. */
  Connect: "connect",
  /** An event of a connection. */
  Subscribe: "subscribe",
  /** An HTTP request for `onRequest`. */
  Request: "request",
} as const;
export type AccessKind = (typeof AccessKind)[keyof typeof AccessKind];

/** One access from outside, before anything is woken. */
export interface Access {
  /** What is done. */
  readonly kind: AccessKind;
  /** The message, queue or event, or the method of a request; empty for `connect`. */
  readonly name: string;
  /** The parts of the actor's key. */
  readonly key: readonly string[];
  /** Who does it; `undefined` for a gateway without `auth`. */
  readonly caller: Caller | undefined;
}

type ArgumentsOf<Handler> = Handler extends (c: never, ...args: infer Arguments) => unknown
  ? Arguments
  : never;

type Schemas<Arguments extends readonly unknown[]> = {
  readonly [At in keyof Arguments]-?: StandardSchema<Arguments[At]>;
};

/** One schema for each argument of a message, or {@link unchecked}. A schema may refine a value, not change its type. */
export type CallInput<Handler> = Schemas<ArgumentsOf<Handler>> | typeof unchecked;

/** The schema of a queue's messages, or {@link unchecked}. */
export type SendInput<Queue> =
  Queue extends QueueDefinition<infer Body, infer _Reply>
    ? StandardSchema<Body> | typeof unchecked
    : never;

/** What a gateway reaches of an actor type. Everything that is not named here is answered as unknown. */
export interface ExposeOptions<
  Messages,
  Queues,
  Params,
  Input,
  Called extends keyof Messages,
  Sent extends keyof Queues,
> {
  /** Messages that can be asked and told, with their arguments. Default: none. */
  readonly calls?: { readonly [Name in Called]: CallInput<Messages[Name]> };
  /** Queues that can be sent to, with their messages. Default: none. */
  readonly queues?: { readonly [Name in Sent]: SendInput<Queues[Name]> };
  /** What a client passes to `connect`. Default: nothing is accepted. */
  readonly params?: StandardSchema<Params>;
  /**
   * The input of `state`, for actors that do not exist yet. A message without the input that the schema asks for reaches
   * an actor that exists, and is answered with 404 otherwise. Default: none is accepted.
   */
  readonly input?: StandardSchema<Input>;
  /** Whether a message from outside creates an actor that does not exist; it is answered with 404 otherwise. Default `true`. */
  readonly create?: boolean;
  /** Methods of the requests that reach `onRequest`. Default: none. */
  readonly requests?: readonly RequestMethod[];
  /**
   * Decides about each access, before the actor is looked at. An access is answered with 403 for anything but `true`,
   * with 500 if it throws, and with 503 after 5 s. Default: all callers that the gateway knows may do everything.
   */
  readonly allow?: (access: Access) => boolean | Promise<boolean>;
}

/** Methods that can reach `onRequest`. */
export const REQUEST_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;
/** A method of a request that can reach `onRequest`. */
export type RequestMethod = (typeof REQUEST_METHODS)[number];
