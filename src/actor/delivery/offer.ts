import type { DeliveryError } from "../../base/errors.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { CallOptions } from "../definition/ref.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { accept, hasRoom, refuse } from "./admission.ts";
import { park } from "./parked-sends.ts";

/**
 * Offers a message to an actor. One that takes no messages any more hands it to its type; a full mailbox
 * makes the sender wait, or refuses the message. The two hot paths of `sending` are copies of this for
 * messages that need no envelope.
 *
 * @param waits whether the sender waits for room, behind those who wait already
 * @returns a promise of room where the sender waits, the error where the message is refused
 */
export function offer(
  cell: ActorCell,
  envelope: Envelope,
  options: CallOptions | undefined,
  waits: boolean = cell.type.waitsWhenFull,
): Promise<void> | DeliveryError | undefined {
  if (!cell.accepting) {
    envelope.route.series.sent.value += 1;
    cell.type.undelivered(cell, envelope, DeadLetterReason.Stopped);
    return undefined;
  }
  const queueJumps = waits && (cell.extrasIfAny?.parked?.size ?? 0) > 0;
  if (hasRoom(cell) && !queueJumps) {
    accept(cell, envelope);
    return undefined;
  }
  return waits ? park(cell, envelope, options) : refuse(cell, envelope);
}
