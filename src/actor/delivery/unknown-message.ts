import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { isReservedName, quote } from "../../base/names.ts";
import type { Target } from "./target.ts";

const MAX_SHOWN = 64;

/**
 * What look-ups of names that no message has reach, as only untyped callers can make them: the call gets a
 * coded error instead of "is not a function". It lies behind the methods, so known messages never pay.
 *
 * @param call gives the method that stands for the unknown message
 */
export function unknownNames<Receiver>(
  call: (receiver: Receiver, name: string) => (...args: unknown[]) => unknown,
): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name, receiver: Receiver) {
      // Promise resolution, serialisers and string conversion look these up by themselves.
      if (typeof name === "symbol" || isReservedName(name)) return undefined;
      return call(receiver, name);
    },
  });
}

/**
 * The error for a message that the definition does not have.
 *
 * @param addition what else the error says, such as what the message was to be used for
 */
export function unknownMessageError(
  { actorId }: Pick<Target, "actorId">,
  messageType: unknown,
  addition = "",
): DeliveryError {
  const name = String(messageType);
  const shown = name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name;
  return new DeliveryError(`${actorId} has no message ${quote(shown)}${addition}`, {
    code: ErrorCode.UnknownMessage,
    actorId,
    messageType: shown,
  });
}

/** Counts a message that no handler has the name of as sent and dead. */
export function refuseUnknown(target: Target, name: string): DeliveryError {
  target.type.system.refuseUnknown(target);
  return unknownMessageError(target, name);
}
