import { ROOT_CONTEXT } from "@opentelemetry/api";
import { ActorState, Attribute, StopReason } from "../../telemetry/attributes.ts";
import { baseOf, spanOf } from "../../telemetry/context/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";
import { closeBooks, closeOnce } from "./closing.ts";
import { closeHookSpan, openHookSpan } from "./hooks.ts";
import { endLife } from "./life.ts";
import { type EndPhase, PhaseOwner } from "./phases.ts";
import { setStopDeadline } from "./stop-deadline.ts";

/** The last step of every stop. One that had to wait for nothing is over when the first `await` is reached. */
const CLOSE_BOOKS: EndPhase = {
  name: "close",
  owner: PhaseOwner.Internal,
  run: (cell) => closeOnce(cell, () => closeBooks(cell, cell.stopReason ?? StopReason.Normal)),
};

/** Stops an actor after its last message: messages still queued are dismissed, and its life ends. */
export function finishStop(cell: ActorCell): void {
  // An actor that has never run, or is between two lives, has no life to end.
  const phases = cell.state === ActorState.Running ? cell.type.endPhases : [];
  cell.stopReason ??= StopReason.Normal;
  const reason = cell.stopReason;
  cell.enter(ActorState.Stopping);
  cell.blocked = true;
  const { hooks } = cell.type.system;
  if (hooks.stopping.used) hooks.stopping.emit(cell);
  if (cell.isStopped) return;
  cell.type.system.dismissals.add(cell);
  if (cell.isStopped) return; // killed by a listener of dead letters
  const extras = cell.extrasIfAny;
  const busy = extras !== undefined && (extras.tasks.size > 0 || extras.children.size > 0);
  if (!busy && phases.length === 0 && !cell.type.system.tracing.active) {
    closeOnce(cell, () => closeBooks(cell, reason));
  } else {
    void stopSlowly(cell, reason, [...phases, CLOSE_BOOKS]); // never rejects: hooks return errors as values
    if (!cell.isStopped) setStopDeadline(cell);
  }
}

async function stopSlowly(
  cell: ActorCell,
  reason: StopReason,
  phases: readonly EndPhase[],
): Promise<void> {
  const context = cell.extrasIfAny?.stopContext ?? ROOT_CONTEXT;
  const parent = context === ROOT_CONTEXT ? undefined : spanOf(context);
  const span = openHookSpan(cell, "stop", baseOf(context), parent, {
    attributes: { [Attribute.StopReason]: reason },
  });
  const failure = await endLife(cell, span, reason, phases);
  closeHookSpan(cell, span, failure?.error);
}
