import type { DeliveryError } from "../../base/errors.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { countSent } from "../mailbox/sender.ts";
import { accept, hasRoom, refuse } from "./admission.ts";
import { park, type WaitOptions } from "./parked-sends.ts";

/**
 * Offers a message to an actor. An actor that no longer accepts messages passes it to its type. With a full
 * mailbox the sender waits, or the message is refused. The two hot paths in `sending` inline this function
 * for messages that need no envelope.
 *
 * @param waits whether the sender waits for room, behind the senders already waiting
 * @returns a promise of room if the sender waits, the error if the message is refused
 */
export function offer(
  cell: ActorCell,
  envelope: Envelope,
  options: WaitOptions | undefined,
  waits: boolean = cell.type.waitsWhenFull,
): Promise<void> | DeliveryError | undefined {
  if (!cell.accepting) {
    countSent(envelope);
    return cell.type.offered(cell, envelope, options);
  }
  const queueJumps = waits && (cell.extrasIfAny?.parked?.size ?? 0) > 0;
  if (hasRoom(cell) && !queueJumps) {
    accept(cell, envelope);
    return undefined;
  }
  return waits ? park(cell, envelope, options) : refuse(cell, envelope);
}
