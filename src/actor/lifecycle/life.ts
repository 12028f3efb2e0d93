import { toError } from "../../base/errors.ts";
import { isThenable, toPromise } from "../../base/foreign-value.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import type { ActorCell } from "../cell/cell.ts";
import { endDependants, hasDependants } from "./dependants.ts";
import { type HookFailure, type HookSpan, runHook } from "./hooks.ts";
import { CLOSE } from "./life-keys.ts";
import { log } from "./logging.ts";
import { type EndPhase, type LifeEnd, RESTART } from "./phases.ts";
import { clearRestartDeadline, Overdue, setRestartDeadline } from "./stop-deadline.ts";

/**
 * Begins a life by running the phases of the actor's type in order. The first phase runs synchronously, in
 * the stack of the caller; the others run in the scope of `span`, in later microtasks. A phase may end the
 * actor or one of its ancestors: later phases then do not run, and the caller must check `cell.isStopped`.
 *
 * @returns the error that prevented the life; a promise unless there is a single synchronous phase
 */
export function beginLife(
  cell: ActorCell,
  span: HookSpan,
): HookFailure | undefined | Promise<HookFailure | undefined> {
  const { phases } = cell.type;
  const first = phases[0];
  cell.blocked = true;
  if (first === undefined) return undefined;
  let result: unknown;
  try {
    result = first.run(cell, span);
  } catch (thrown) {
    return { error: toError(thrown) };
  }
  if (phases.length === 1 && (result === undefined || !isThenable(result))) return undefined;
  return runFurther(cell, span, result);
}

async function runFurther(
  cell: ActorCell,
  span: HookSpan,
  first: unknown,
): Promise<HookFailure | undefined> {
  try {
    if (isThenable(first)) await toPromise(first);
  } catch (thrown) {
    return { error: toError(thrown) };
  }
  for (const { run } of cell.type.phases.slice(1)) {
    if (cell.isStopped) return undefined;
    const begun = runHook(cell, span, () => run(cell, span));
    const failure = begun && (await begun);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/**
 * Ends the current life: first its dependants, then `phases`, after each of which the dependants it started
 * are ended too. A kill meanwhile ends the actor immediately, and the remaining phases do not run.
 *
 * @param phases the end phases of the actor's type; empty for a life that has never begun
 * @returns the first error of a phase
 */
export async function endLife(
  cell: ActorCell,
  span: HookSpan,
  reason: LifeEnd,
  phases: readonly EndPhase[],
): Promise<HookFailure | undefined> {
  const { life } = cell;
  let failed: HookFailure | undefined;
  const left = endDependantsOf(cell, span, reason);
  if (left !== undefined) await left;
  for (const { name, run } of phases) {
    if (cell.isStopped) break;
    if (reason === RESTART) setRestartDeadline(cell, Overdue.Actor);
    const ended = runHook(cell, span, () => run(cell, life, reason));
    const failure = ended && (await ended);
    failed ??= failure;
    if (failure !== undefined) {
      void runHook(cell, span, () => reportFailedEnd(cell, name, failure.error)); // never rejects
    }
    const begunMeanwhile = endDependantsOf(cell, span, reason);
    if (begunMeanwhile !== undefined) await begunMeanwhile;
  }
  if (reason === RESTART) await endLeftovers(cell, span);
  return failed;
}

/** Ends the dependants in the scope of the end; in most ends there are none. */
function endDependantsOf(
  cell: ActorCell,
  span: HookSpan,
  reason: LifeEnd,
): ReturnType<typeof runHook> {
  if (hasDependants(cell)) return runHook(cell, span, () => endDependants(cell, reason));
  if (reason === RESTART) clearRestartDeadline(cell);
  return undefined;
}

/** Ends what tasks of the life have started after its other dependants were ended, which the next life must not get. */
async function endLeftovers(cell: ActorCell, span: HookSpan): Promise<void> {
  cell.life[CLOSE]();
  await endDependantsOf(cell, span, RESTART);
}

/** Counts and logs the error of a phase, which does not prevent the end of the life. */
function reportFailedEnd(cell: ActorCell, name: string, error: Error): void {
  cell.type.metrics.failure(FailurePhase.Stop, error);
  const fields = { event: "actor.failed", phase: FailurePhase.Stop, err: error };
  log(cell, "error", fields, `${name} failed`);
}
