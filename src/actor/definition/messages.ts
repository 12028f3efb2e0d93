import type { ActorContext } from "./context.ts";
import type { ReplyOf } from "./later-reply.ts";

/** Handles one message. Receives the actor's context and the arguments of the message; may be async. */
export type Handler<State> = (c: ActorContext<State>, ...args: never[]) => unknown;

/** The handlers of an actor type, by message name. */
export type Handlers<State> = Readonly<Record<string, Handler<State>>>;

/** Handlers of an actor whose type is unknown to the sender, such as `c.self`. */
export type UntypedHandlers = Readonly<
  Record<string, (c: never, ...args: readonly unknown[]) => unknown>
>;

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
