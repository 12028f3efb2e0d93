import type { ActorContext } from "./context.ts";
import type { ReplyOf } from "./later-reply.ts";

/** Handles one message: receives the actor's context and the message's arguments, and may be async. */
export type Handler<State> = (c: ActorContext<State>, ...args: never[]) => unknown;

/** The messages of an actor type, by name. */
export type Handlers<State> = Readonly<Record<string, Handler<State>>>;

/** Handlers of an actor whose type is not known where it is addressed, such as `c.self`. */
export type UntypedHandlers = Readonly<
  Record<string, (c: never, ...args: readonly unknown[]) => unknown>
>;

/** What a sender meets when the mailbox is full: an error, or a promise that waits for room. */
export const WhenFull = { Reject: "reject", Wait: "wait" } as const;
export type WhenFull = (typeof WhenFull)[keyof typeof WhenFull];

/** `ref.ask`: each message as a call that promises the handler's result, or what was replied for it. */
export type Asks<Messages> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Arguments) => Promise<ReplyOf<Result>>
    : never;
};

/** `ref.tell`: each message as a call without a reply; awaitable where a full mailbox makes it wait. */
export type Tells<Messages, Full extends WhenFull> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => unknown
    ? (...args: Arguments) => Full extends "wait" ? Promise<void> : void
    : never;
};
