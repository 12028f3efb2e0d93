import { RestartWindow } from "../../supervision/restart-window.ts";
import { restartSet, SupervisionStrategy } from "../../supervision/strategy.ts";
import type { ActorCell } from "../cell/cell.ts";
import { log } from "./logging.ts";

/** Returns the strategy for restarts of `cell`: its parent's. A top-level actor restarts alone. */
export function strategyOver({ parent }: ActorCell): SupervisionStrategy {
  return parent?.type.settings.supervision.strategy ?? SupervisionStrategy.OneForOne;
}

/** Returns the actors that restart when `cell` does, itself included, oldest first. */
export function restartersWith(cell: ActorCell): readonly ActorCell[] {
  const children = (): readonly ActorCell[] => cell.parent?.children?.members() ?? [cell];
  const set = restartSet(strategyOver(cell), children, cell);
  return set.filter((member) => member === cell || isAtRisk(member));
}

/**
 * Returns whether a sibling's failure restarts the actor too: not if it is about to end. An actor that is
 * already restarting restarts again, because its new life may overlap one that has ended by now.
 */
function isAtRisk({ isStopped, accepting, extrasIfAny }: ActorCell): boolean {
  return accepting && !isStopped && extrasIfAny?.pendingRestart === undefined;
}

/**
 * Returns whether the restart limits of the failed actor and of its parent allow it and its siblings to
 * restart. The limit of a sibling never prevents a restart caused by another actor, but counts it.
 *
 * @param members all actors that restart, `cell` included
 */
export function admitRestarts(cell: ActorCell, members: readonly ActorCell[]): boolean {
  const { parent, restartSettings } = cell;
  const nowMs = cell.type.system.clock.monotonicMs();
  if (!windowOf(cell).admit(nowMs)) {
    const { maxRestarts, windowMs } = restartSettings;
    const fields = { restarts: maxRestarts, window_ms: windowMs };
    log(cell, "error", fields, "restart limit reached");
    return false;
  }
  if (parent !== undefined && !admitChildren(parent, members.length, nowMs)) return false;
  for (const member of members) if (member !== cell) windowOf(member).count(nowMs);
  return true;
}

function windowOf(cell: ActorCell): RestartWindow {
  const { restartSettings } = cell;
  const extras = cell.ensureExtras();
  extras.restartWindow ??= new RestartWindow(restartSettings);
  return extras.restartWindow;
}

function admitChildren(parent: ActorCell, restarts: number, nowMs: number): boolean {
  const extras = parent.ensureExtras();
  const { maxRestarts, windowMs } = parent.type.settings.supervision;
  if (maxRestarts === Number.POSITIVE_INFINITY) return true;
  extras.childRestarts ??= new RestartWindow({ maxRestarts, windowMs });
  if (extras.childRestarts.admit(nowMs, restarts)) return true;
  const fields = { restarts: maxRestarts, window_ms: windowMs };
  log(parent, "error", fields, "restart limit of the children reached");
  return false;
}
