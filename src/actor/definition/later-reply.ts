/** Brand, at compile time only, of the return value of a handler that does not reply itself. */
declare const LATER: unique symbol;

/** The return value of a handler whose asker gets a `Value` later or from another actor. */
export interface LaterReply<Value> {
  readonly [LATER]: Value;
}

/** The type an asker receives for the result of a handler. */
export type ReplyOf<Result> =
  Awaited<Result> extends infer Value
    ? Value extends LaterReply<infer Later>
      ? Later
      : Value
    : never;

/**
 * The reply to an ask, given after the handler has returned. It settles once: by the first `resolve` or
 * `reject`, by the asker's timeout or abort, or with an error when the delegating actor ends or restarts.
 *
 * @example
 * ```ts
 * const lamp = defineActor("lamp", {
 *   state: () => ({ waiting: [] as DelegatedReply<string>[] }),
 *   handlers: {
 *     whenLit(c) {
 *       const reply = c.delegateReply<string>();
 *       c.state.waiting.push(reply);
 *       return reply;
 *     },
 *     light(c, colour: string) {
 *       for (const reply of c.state.waiting.splice(0)) reply.resolve(colour);
 *     },
 *     breakDown(c) {
 *       for (const reply of c.state.waiting.splice(0)) reply.reject(new Error("the lamp broke"));
 *     },
 *   },
 * });
 * const ref = system.spawn(lamp);
 * const colour = ref.ask.whenLit();
 * ref.tell.light("green");
 * await colour; // "green"
 * ```
 */
export interface DelegatedReply<Value> extends LaterReply<Value> {
  /** Whether the ask is still pending. Always `false` for a told message. */
  readonly awaited: boolean;
  /** @returns whether this call settled the reply */
  resolve(value: Value): boolean;
  /** @returns whether this call settled the reply */
  reject(error: unknown): boolean;
}

/** The type of `c.forward(ref)`: a method for each message, whose result the handler returns. */
export type Forwards<Messages> = {
  readonly [Name in keyof Messages]: Messages[Name] extends (
    c: never,
    ...args: infer Arguments
  ) => infer Result
    ? (...args: Arguments) => LaterReply<ReplyOf<Result>>
    : never;
};
