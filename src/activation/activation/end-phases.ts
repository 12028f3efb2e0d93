import { type EndPhase, type LifeEnd, PhaseOwner, RESTART } from "../../actor/lifecycle/phases.ts";
import { inTurn } from "../../base/async/in-turn.ts";
import { Outcome, StopReason } from "../../telemetry/attributes.ts";
import { endConnections, lastPosition } from "../connection/clean-end.ts";
import { disconnectAll } from "../connection/disconnect-all.ts";
import type { AnyKeyedDefinition } from "../definition/keyed-definition.ts";
import { SleepReason } from "../definition/sleep-reason.ts";
import { withdrawal } from "../placement/claim.ts";
import { give, pack } from "../placement/handover.ts";
import { type Activation, activationOf } from "./activation.ts";
import { removeAll, removeAtLast } from "./destroy.ts";
import type { KeyedLife } from "./keyed-life.ts";

/**
 * The steps that end a life after its dependants have ended: a save, the hook, another save or the removal of
 * everything. Before a restart nothing is saved, since the next life begins with what is stored.
 */
export function endPhasesOf({ options }: AnyKeyedDefinition): readonly EndPhase[] {
  const { onHandOver, onSleep, onDestroy, onDisconnect } = options;
  const finish: EndPhase = { name: "save", owner: PhaseOwner.Internal, run: finishLife };
  const disconnect: EndPhase = {
    name: "onDisconnect",
    owner: PhaseOwner.User,
    run: async (cell, life, reason) => {
      if (reason === RESTART) return;
      await disconnectAll(activationOf(cell), life as unknown as KeyedLife, reason);
    },
  };
  const handOver: EndPhase = {
    name: "onHandOver",
    owner: PhaseOwner.User,
    run: (cell, life, reason) => {
      const activation = activationOf(cell);
      if (reason !== StopReason.Drained || activation.destroying) return;
      pack(activation, () => onHandOver?.((life as unknown as KeyedLife).c));
    },
  };
  const save: EndPhase = { name: "save", owner: PhaseOwner.Internal, run: saveBeforeHook };
  const first = onDisconnect === undefined ? [] : [disconnect];
  const user: EndPhase[] = onHandOver === undefined ? [] : [handOver];
  const hook: EndPhase = {
    name: onSleep === undefined ? "onDestroy" : "onSleep",
    owner: PhaseOwner.User,
    run: (cell, life, reason) => {
      if (reason === RESTART) return undefined;
      const { c } = life as unknown as KeyedLife;
      if (activationOf(cell).destroying) return onDestroy?.(c);
      return onSleep?.(c, sleepReasonOf(reason));
    },
  };
  if (onSleep !== undefined || onDestroy !== undefined) user.push(hook);
  return user.length === 0 ? [...first, finish] : [...first, save, ...user, finish];
}

function saveBeforeHook(
  ...[cell, , reason]: Parameters<EndPhase["run"]>
): Promise<void> | undefined {
  const activation = activationOf(cell);
  if (reason === RESTART || !mayBeSaved(activation, reason)) return undefined;
  return activation.writer.save();
}

/** Does not throw before the parts are closed: a failed save must not leave them open. */
function finishLife(...[cell, , reason]: Parameters<EndPhase["run"]>): Promise<void> | undefined {
  const activation = activationOf(cell);
  const writes = reason === RESTART ? undefined : lastWrites(activation, reason);
  const close = (): Promise<void> | undefined => {
    endConnections(activation);
    return activation.current?.parts.close();
  };
  return writes === undefined ? close() : writes.finally(close);
}

function lastWrites(activation: Activation, reason: LifeEnd): Promise<void> | undefined {
  const { writer } = activation;
  const save = (): Promise<void> | undefined => {
    if (!mayBeSaved(activation, reason)) return undefined;
    activation.isLast = lastPosition(activation) !== undefined;
    if (activation.isLast || hasExpiry(activation)) writer.touch();
    return writer.save();
  };
  // It may be requested while the last changes are stored.
  const remove = (): Promise<void> | undefined =>
    activation.destroying ? removeAll(activation) : undefined;
  // A commit of its own: what is handed over must not keep the state from being stored.
  const handOver = (): Promise<void> | undefined =>
    mayBeSaved(activation, reason) ? give(activation) : undefined;
  return inTurn([save, handOver, remove]);
}

function hasExpiry({ definition }: Activation): boolean {
  return definition.settings.expireAfterMs !== Number.POSITIVE_INFINITY;
}

/** After a failure and a conflict the last commit stands. */
function mayBeSaved({ destroying, writer }: Activation, reason: LifeEnd): boolean {
  if (destroying || writer.lost) return false;
  return reason !== StopReason.Failed && reason !== StopReason.StateConflict;
}

/** Returns the reason that `onSleep` gets. */
function sleepReasonOf(reason: LifeEnd): SleepReason {
  switch (reason) {
    case StopReason.Idle:
    case StopReason.Evicted:
    case StopReason.Drained:
    case StopReason.Shutdown:
    case StopReason.StateConflict:
    case StopReason.Failed:
      return reason;
    case StopReason.Requested:
    case StopReason.Normal:
      return SleepReason.Requested;
    case StopReason.Killed:
    case StopReason.StartFailed:
    case StopReason.ParentStopped:
    case StopReason.LinkDied:
    case StopReason.SiblingFailed:
    case StopReason.Destroyed:
    case StopReason.Fenced:
    case RESTART:
      return SleepReason.Failed;
  }
}

/** Ends the records of a start that did not complete, and of an end. */
function concludeRecords({ type, record, endingSinceMs }: Activation, reason: StopReason): void {
  const { clock } = type.system;
  if (record !== undefined && record.outcome === undefined) {
    record.conclude(Outcome.Killed);
  }
  if (endingSinceMs === undefined) return;
  type.activationMetrics.ended(reason, clock.monotonicMs() - endingSinceMs);
}

/**
 * Gives back the claim of an actor that was never stored. If that fails, the next claim overwrites it; until then
 * nothing but claims reads it.
 */
async function withdrawClaim({ claim, owner, store }: Activation): Promise<void> {
  if (claim?.birthRevision === undefined) return;
  await store.batch([withdrawal(owner, claim.birthRevision)]).catch(() => {});
}

/**
 * Ends an activation whose actor has ended: once none of its writes is under way, it no longer uses the key's records.
 *
 * @param left called then
 * @returns `undefined` if nothing was under way; never rejects
 */
export function leave(activation: Activation, left: () => void): Promise<void> | undefined {
  const { cell, writer } = activation;
  const { stopReason = StopReason.Normal } = cell;
  concludeRecords(activation, stopReason);
  const isFenced = stopReason === StopReason.Fenced; // it may write nothing more
  if (!activation.destroying || isFenced) writer.close();
  return inTurn([
    () => activation.current?.parts.close(),
    () => writer.settled(),
    () => (activation.destroying && !isFenced ? removeAtLast(activation) : undefined),
    () => (activation.claim === undefined || isFenced ? undefined : withdrawClaim(activation)),
    () => {
      writer.close();
      activation.leave(stopReason);
      left();
    },
  ]);
}
