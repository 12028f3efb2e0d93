import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { countFailed, countSent } from "../mailbox/sender.ts";

/** Returns whether the mailbox accepts a message now: it has room, and no earlier sender waits for it. */
export function hasRoom({ depth, type, extrasIfAny }: ActorCell): boolean {
  if (depth >= type.settings.mailboxLimit) return false;
  return !type.waitsWhenFull || (extrasIfAny?.parked?.size ?? 0) === 0;
}

/** Counts a message as sent and adds it to the mailbox, regardless of the depth. */
export function accept(cell: ActorCell, envelope: Envelope): void {
  const { series } = envelope.route;
  const { system } = cell.type;
  const due = countSent(envelope);
  if (due !== undefined && system.timed) {
    const nowMs = system.clock.monotonicMs();
    envelope.sentAtMs = nowMs;
    series.timedAt(due, nowMs, system.timingIsExpensive);
  }
  insert(cell, envelope);
}

/** Adds a message that is already counted as sent, such as one taken over from another actor. */
export function insert(cell: ActorCell, envelope: Envelope): void {
  const { type } = cell;
  const { system, metrics } = type;
  if (cell.isStopped) {
    type.undelivered(cell, envelope, DeadLetterReason.Stopped); // ended by a call of the clock
    return;
  }
  cell.enqueue(envelope);
  metrics.mailboxDepth.add(1);
  if (!cell.blocked) system.dispatcher.schedule(cell);
}

/** Counts and logs a message that the full mailbox refuses. */
export function refuse(cell: ActorCell, envelope: Envelope): DeliveryError {
  const { messageType } = envelope.route;
  const { settings, system, metrics } = cell.type;
  const { actorId } = cell;
  countSent(envelope);
  countFailed(cell, envelope);
  metrics.rejected(ErrorCode.MailboxFull);
  const fields = { target_id: actorId, message_type: messageType, limit: settings.mailboxLimit };
  system.warn("actor.mailbox.full", cell.actorType, fields, "mailbox refused a message");
  return new DeliveryError(`mailbox of ${actorId} is full (${settings.mailboxLimit} messages)`, {
    code: ErrorCode.MailboxFull,
    actorId,
    messageType,
    args: envelope.args(),
  });
}
