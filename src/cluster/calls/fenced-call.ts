import type { Owner } from "../../activation/records/record-keys.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";

/** What of a call an error of its activation names. */
export interface FencedCall {
  readonly owner: Owner;
  /** The message. */
  readonly name: string;
}

/** Returns the error of a runner that may not answer any more, since another one may have taken the actor over. */
export function leaseLost({ owner, name }: FencedCall): DeliveryError {
  const actorId = `${owner.type}/${owner.keyText}`;
  const text = `the lease of the runner of ${actorId} has run out`;
  return new DeliveryError(text, { code: ErrorCode.NotOwner, actorId, messageType: name });
}

/**
 * Whether a call whose handler has begun has failed because its activation was fenced. A handler may fail with the same code,
 * such as after a call of its own: that error names another actor or message, and is the answer.
 */
export function isFenced({ owner, name }: FencedCall, error: unknown): boolean {
  if (!(error instanceof DeliveryError) || error.code !== ErrorCode.NotOwner) return false;
  return error.messageType === name && error.actorId.startsWith(`${owner.type}/`);
}
