import type { ActorCell } from "../../actor/cell/cell.ts";
import { WaitNotes } from "../../actor/delivery/wait-note.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { ScopeKind } from "../../telemetry/context/actor-scope.ts";

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
