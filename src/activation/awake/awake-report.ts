import { awakeCounts } from "../../actor/cell/awake-reason.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import type { AwakeHold } from "../definition/keyed-context.ts";
import { AWAKE_ORDER } from "./holds.ts";

/** Returns everything that keeps the actor of an activation awake, in the order of the reasons. */
export function holdsOf({ cell, holds, connections }: Activation): readonly AwakeHold[] {
  const taken = holds.list().map((hold) => {
    // One hold is for all of them.
    if (hold.reason !== AwakeReason.Connection || connections === undefined) return hold;
    return { ...hold, count: connections.records.size };
  });
  return awakeHolds(cell, taken);
}

/**
 * Returns everything that keeps `cell` awake, in the order of the reasons.
 *
 * @param further what its activation has besides what every kind of actor has
 */
export function awakeHolds(cell: ActorCell, further: Iterable<AwakeHold>): readonly AwakeHold[] {
  const holds = new Map<AwakeReason, AwakeHold>();
  for (const { reason, count } of awakeCounts(cell)) {
    holds.set(reason, { reason, count, ...describe(cell, reason) });
  }
  for (const hold of further) {
    const other = holds.get(hold.reason);
    holds.set(hold.reason, other === undefined ? hold : merge(other, hold));
  }
  return AWAKE_ORDER.flatMap((reason) => holds.get(reason) ?? []);
}

function merge(one: AwakeHold, other: AwakeHold): AwakeHold {
  const [first, second] = (one.sinceMs ?? 0) <= (other.sinceMs ?? 0) ? [one, other] : [other, one];
  const { reason, sinceMs = second.sinceMs, detail = second.detail } = first;
  return { reason, count: one.count + other.count, sinceMs, detail };
}

function describe(cell: ActorCell, reason: AwakeReason): Pick<AwakeHold, "sinceMs" | "detail"> {
  if (reason === AwakeReason.Handling) return { sinceMs: undefined, detail: cell.currentMessage };
  if (reason === AwakeReason.Hook) return { sinceMs: undefined, detail: cell.state };
  const { clock } = cell.type.system;
  for (const { keepsAwake, kind, startedMs } of cell.extrasIfAny?.tasks ?? []) {
    if (keepsAwake !== reason) continue;
    // The first one is the oldest.
    return { sinceMs: clock.epochMs() - (clock.monotonicMs() - startedMs), detail: kind };
  }
  return { sinceMs: undefined, detail: undefined };
}
