import type { ActorCell } from "../../actor/cell/cell.ts";
import { insert } from "../../actor/delivery/admission.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import { passReply } from "../../actor/mailbox/reply-holders.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";

/**
 * Passes a message that an ending activation did not handle to the next one. It is counted as sent already, and the
 * limit of the mailbox does not apply.
 */
export function carry(envelope: Envelope, to: ActorCell): void {
  // What the asker waits for, if a deadlock is looked for.
  if (envelope.ask !== undefined) passReply(envelope.ask, to);
  insert(to, envelope);
}

/**
 * Passes on everything that waits in the mailbox of an ending activation, and the senders that wait for room, before
 * the first new message of the next one: the order of the messages of each sender stays.
 */
export function carryAll(from: ActorCell, to: ActorCell): void {
  for (let envelope = from.dequeue(); envelope !== undefined; envelope = from.dequeue()) {
    from.type.metrics.mailboxDepth.add(-1);
    carry(envelope, to);
  }
  const parked = from.extrasIfAny?.parked;
  while (parked?.dismissNext(from) === true) {
    // Each one becomes undelivered, which the type passes to the next activation.
  }
}

/** Returns whether a message was already sent when its actor began to end, as opposed to one sent to a former life. */
export function wasQueued(reason: DeadLetterReason): boolean {
  return reason === DeadLetterReason.Undelivered;
}
