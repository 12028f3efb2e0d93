import { unknownNames } from "./unknown-message.ts";

/** Receives each call: the message name and the arguments as given. */
type Call = (messageType: string, args: readonly unknown[]) => unknown;

/** A class whose instances have a method for each message of an actor type. */
export type CallsType = new (call: Call) => object;

/** A symbol, because every string is a possible message name. */
const CALL = Symbol("limelight.call");

class Calls {
  readonly [CALL]: Call;

  constructor(call: Call) {
    this[CALL] = call;
  }
}

/**
 * Creates the methods once per type, as `ports` does. Unknown names also reach `call`, which then refuses
 * them with the same error as a ref.
 */
export function createCallsType(messageTypes: readonly string[]): CallsType {
  const TypeCalls = class extends Calls {};
  for (const messageType of messageTypes) {
    const value = function (this: Calls, ...args: unknown[]): unknown {
      return this[CALL](messageType, args);
    };
    Object.defineProperty(TypeCalls.prototype, messageType, { value });
  }
  // Not a plain object, see `CellRef`.
  Object.defineProperty(TypeCalls.prototype, Symbol.toStringTag, { value: "ActorMessages" });
  Object.setPrototypeOf(TypeCalls.prototype, unknownMessages);
  return TypeCalls;
}

const unknownMessages: object = unknownNames(
  (calls: Calls, name) =>
    (...args) =>
      calls[CALL](name, args),
);

/** Calls the method for `messageType` on `ref.ask` or `ref.tell`. */
export function callPort(port: object, messageType: string, args: readonly unknown[]): unknown {
  const methods = port as Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;
  return methods[messageType]?.(...args);
}
