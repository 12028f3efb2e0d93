import { toError } from "../../base/errors.ts";
import { isThenable } from "../../base/thenable.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import type { ActorCell } from "../cell/cell.ts";
import { endDependants } from "./dependants.ts";
import { type HookSpan, runHook } from "./hooks.ts";
import { log } from "./logging.ts";
import { type EndPhase, type LifeEnd, RESTART } from "./phases.ts";
import { Overdue, setRestartDeadline } from "./stop-deadline.ts";

/**
 * Begins a life: runs the phases of the actor's type in their order. The first runs at once, in the stack of
 * the caller; the others run in the scope of `span`, in later microtasks. A phase may end the actor, or
 * whatever is above it: the phases after it do not run then, and the caller has to check `cell.isStopped`.
 *
 * @returns what the life could not begin for; a promise unless there is one phase and it is synchronous
 */
export function beginLife(
  cell: ActorCell,
  span: HookSpan,
): Error | undefined | Promise<Error | undefined> {
  const { phases } = cell.type;
  const first = phases[0];
  cell.blocked = true;
  if (first === undefined) return undefined;
  let result: unknown;
  try {
    result = first.run(cell, span);
  } catch (thrown) {
    return toError(thrown);
  }
  if (phases.length === 1 && (result === undefined || !isThenable(result))) return undefined;
  return runFurther(cell, span, result);
}

async function runFurther(
  cell: ActorCell,
  span: HookSpan,
  first: unknown,
): Promise<Error | undefined> {
  try {
    await first;
  } catch (thrown) {
    return toError(thrown);
  }
  for (const { run } of cell.type.phases.slice(1)) {
    if (cell.isStopped) return undefined;
    const error = await runHook(cell, span, () => run(cell, span));
    if (error !== undefined) return error;
  }
  return undefined;
}

/**
 * Ends the present life: what it has set going, then `phases`, each followed by what it has set going in its
 * turn. A kill meanwhile ends the actor at once, and the phases that have not run are left out.
 *
 * @param phases those of the actor's type; none for a life that has never begun
 * @returns the first error of a phase
 */
export async function endLife(
  cell: ActorCell,
  span: HookSpan,
  reason: LifeEnd,
  phases: readonly EndPhase[],
): Promise<Error | undefined> {
  const { life } = cell;
  let failed: Error | undefined;
  await runHook(cell, span, () => endDependants(cell, reason));
  for (const { name, run } of phases) {
    if (cell.isStopped) break;
    if (reason === RESTART) setRestartDeadline(cell, Overdue.Actor);
    const error = await runHook(cell, span, () => run(cell, life, reason));
    failed ??= error;
    await runHook(cell, span, () => {
      if (error !== undefined) reportFailedEnd(cell, name, error);
      return endDependants(cell, reason);
    });
  }
  return failed;
}

/** A phase that throws does not keep the life from ending; it is counted and logged. */
function reportFailedEnd(cell: ActorCell, name: string, error: Error): void {
  cell.type.metrics.failure(FailurePhase.Stop, error);
  const fields = { event: "actor.failed", phase: FailurePhase.Stop, err: error };
  log(cell, "error", fields, `${name} failed`);
}
