import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import type { Owner } from "../records/record-keys.ts";

/** Returns the error of what was addressed to a process that does not run the actor. Nothing was done. */
export function notOwner({ type, keyText }: Owner, messageType: string): DeliveryError {
  const actorId = `${type}/${keyText}`;
  const text = `${actorId} is not awake in this process`;
  return new DeliveryError(text, { code: ErrorCode.NotOwner, actorId, messageType });
}
