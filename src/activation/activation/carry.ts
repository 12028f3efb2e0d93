import type { ActorCell } from "../../actor/cell/cell.ts";
import { insert } from "../../actor/delivery/admission.ts";
import { WaitNotes } from "../../actor/delivery/wait-note.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import { passReply } from "../../actor/mailbox/reply-holders.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { ScopeKind } from "../../telemetry/context/actor-scope.ts";

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

/** Notes that `next` waits for the end of `former`, so that a deadlock of both is found. */
export function noteSuccessor(former: ActorCell, next: ActorCell): void {
  const { system } = former.type;
  system.cellsBeingAwaited.add(former);
  const extras = former.ensureExtras();
  extras.stopWaits ??= new WaitNotes();
  extras.stopWaits.add({
    cell: next,
    part: ScopeKind.Hook,
    turn: next.taken,
    context: activeContext(),
    sinceMs: system.clock.monotonicMs(),
  });
}
