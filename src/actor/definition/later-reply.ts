/** Marks, for the compiler, what a handler returns when its reply comes from elsewhere. */
declare const LATER: unique symbol;

/** The result of a handler whose asker gets its `Value` from elsewhere, or later. */
export interface LaterReply<Value> {
  readonly [LATER]: Value;
}

/** What an asker gets of a handler's result. */
export type ReplyOf<Result> =
  Awaited<Result> extends infer Value
    ? Value extends LaterReply<infer Later>
      ? Later
      : Value
    : never;

/**
 * The reply to an ask, for whoever is to give it. It settles once: by the first `resolve` or `reject`, by
 * the asker's time-out or abort, or with an error when the actor that delegated ends or restarts.
 */
export interface DelegatedReply<Value> extends LaterReply<Value> {
  /** Whether anybody still waits. Never for a message that was told. */
  readonly awaited: boolean;
  /** @returns whether this settled it */
  resolve(value: Value): boolean;
  /** @returns whether this settled it */
  reject(error: unknown): boolean;
}

/** `c.forward(ref)`: each message as a call whose result is for the handler to return. */
export type Forwards<Messages> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Arguments) => LaterReply<ReplyOf<Result>>
    : never;
};
