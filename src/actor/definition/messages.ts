import type { ActorContext } from "./context.ts";
import type { LaterReply, ReplyOf } from "./later-reply.ts";

/**
 * The messages of an actor as plain functions, without the context: the type that the option `messages` of
 * `defineActor` declares. Without a declaration, any name with any arguments.
 */
export interface AnyMessages {
  readonly [name: string]: (...args: never[]) => unknown;
}

/** The constraint of a declaration of messages, which may be an interface. */
export type DeclaredMessages<Own> = { readonly [Name in keyof Own]: (...args: never[]) => unknown };

/** The result of a message without a reply. Its handler may return anything. */
type Nothing = ReturnType<() => void>;

/** What a handler returns for a message whose declared result is `Result`. */
export type HandlerResult<Result> = [Awaited<Result>] extends [Nothing]
  ? unknown
  :
      | Awaited<Result>
      | LaterReply<Awaited<Result>>
      | PromiseLike<Awaited<Result> | LaterReply<Awaited<Result>>>;

/** Handles one message. Receives the actor's context and the arguments of the message; may be async. */
export type Handler<
  State,
  Own = AnyMessages,
  Full extends WhenFull = "reject",
  Message = AnyMessages[string],
> = Message extends (...args: infer Arguments) => infer Result
  ? (c: ActorContext<State, Own, Full>, ...args: Arguments) => HandlerResult<Result>
  : never;

/** The handlers of an actor type, by message name; exactly the declared ones, if messages are declared. */
export type Handlers<State, Own = AnyMessages, Full extends WhenFull = "reject"> = {
  readonly [Name in keyof Own]: Handler<State, Own, Full, Own[Name]>;
};

/** Handlers with any state, which is the constraint of everything that a definition is passed to. */
export type AnyHandlers = Readonly<Record<string, (c: never, ...args: never[]) => unknown>>;

/** Handlers of an actor whose type is unknown to the sender, such as the `ref` of `onTerminated`. */
export type UntypedHandlers = Readonly<
  Record<string, (c: never, ...args: readonly unknown[]) => unknown>
>;

/** Declared messages in the form that {@link ActorRef} takes. */
export type MessageHandlers<Own> = {
  readonly [Name in keyof Own]: Own[Name] extends (...args: infer Arguments) => infer Result
    ? (c: never, ...args: Arguments) => Result
    : never;
};

/** {@link MessageHandlers} of an actor; {@link UntypedHandlers} if it declares no messages. */
export type OwnHandlers<Own> = string extends keyof Own ? UntypedHandlers : MessageHandlers<Own>;

/** The messages of an actor to others: the declared ones, or those inferred from its handlers. */
export type PublicHandlers<Own, Inferred> = string extends keyof Own
  ? Inferred
  : MessageHandlers<Own>;

/** Names of the messages in `Messages` that can be sent with exactly these arguments. */
export type MessageNamesTaking<Messages, Arguments extends readonly unknown[]> = {
  [Name in keyof Messages]: Messages[Name] extends (c: never, ...args: infer Taken) => unknown
    ? Arguments extends Taken
      ? Name
      : never
    : never;
}[keyof Messages] &
  string;

/** Names of the messages in `Messages` that accept a `Message` as their only argument. */
export type MessageNamesFor<Messages, Message> = MessageNamesTaking<Messages, [Message]>;

/**
 * What happens to a sender when the mailbox is full: an error, or a promise that waits for space.
 *
 * @enum
 */
export const WhenFull = { Reject: "reject", Wait: "wait" } as const;
export type WhenFull = (typeof WhenFull)[keyof typeof WhenFull];

/** The type of `ref.ask`: a method for each message, which returns a promise of the reply. */
export type Asks<Messages> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Arguments) => Promise<ReplyOf<Result>>
    : never;
};

/** The type of `ref.tell`: a method for each message. With `whenFull: "wait"` it returns a promise. */
export type Tells<Messages, Full extends WhenFull> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => unknown
    ? (...args: Arguments) => Full extends "wait" ? Promise<void> : void
    : never;
};
