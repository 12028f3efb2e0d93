import { DeadLetterReason } from "../../telemetry/attributes.ts";
import { hasContextManager } from "../../telemetry/context/api-globals.ts";
import type { ActorCell } from "../cell/cell.ts";
import { Envelope } from "../mailbox/envelope.ts";
import { handle, handleBare } from "./handling.ts";
import { forgetStores, handleBareInScope, handleInScope } from "./scoped-handling.ts";

/**
 * Handles messages of `cell` with a total weight of up to `limit`.
 *
 * @returns the weight of the handled messages
 */
export function takeTurn(cell: ActorCell, limit: number): number {
  const { system, metrics } = cell.type;
  const { slice } = system;
  const scoped = hasContextManager() || system.tracing.active || system.carrier !== undefined;
  slice.begin(limit);
  system.running = cell;
  try {
    while (slice.mayContinue(cell)) {
      const item = slice.next(cell);
      if (item === undefined) break;
      if (item instanceof Envelope) handleEnvelope(cell, item, scoped);
      else if (scoped) handleBareInScope(cell, item, slice);
      else handleBare(cell, item, slice.dequeued);
    }
  } finally {
    system.running = undefined;
    if (system.carrier !== undefined) {
      slice.forget();
      system.carrier.forget();
      forgetStores(cell);
    }
    if (slice.taken > 0) metrics.mailboxDepth.add(-slice.taken);
  }
  if (slice.taken > 0) {
    cell.extrasIfAny?.parked?.admit(cell);
    if (cell.type.observesTurns) cell.type.turnEnded(cell);
  }
  return slice.spent;
}

function handleEnvelope(cell: ActorCell, envelope: Envelope, scoped: boolean): void {
  if (envelope.ask?.settled === true) {
    cell.type.system.deadLetter(cell, envelope, DeadLetterReason.Abandoned);
    return;
  }
  cell.current = envelope;
  if (scoped) handleInScope(cell, envelope);
  else handle(cell, envelope);
}
