import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { isReservedName, quote } from "../../base/names.ts";
import type { Target } from "./target.ts";

const MAX_SHOWN = 64;

/**
 * Creates a prototype that answers look-ups of unknown message names, which only untyped callers can make.
 * The call gets a coded error instead of "is not a function". It is placed behind the methods, so known
 * messages have no extra cost.
 *
 * @param call returns the method for the unknown message
 */
export function unknownNames<Receiver>(
  call: (receiver: Receiver, name: string) => (...args: unknown[]) => unknown,
): object {
  return new Proxy(Object.create(null) as object, {
    get(_target, name, receiver: Receiver) {
      // Promise resolution, serialisers and string conversion look these up implicitly.
      if (typeof name === "symbol" || isReservedName(name)) return undefined;
      return call(receiver, name);
    },
  });
}

/**
 * Returns the error for a message that is not in the definition.
 *
 * @param addition further text of the error, such as the purpose of the message
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

/** Counts a message without a handler as sent and as a dead letter. */
export function refuseUnknown(target: Target, name: string): DeliveryError {
  target.type.system.refuseUnknown(target);
  return unknownMessageError(target, name);
}
