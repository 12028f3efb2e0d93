import { activationOf } from "../../activation/activation/activation.ts";
import { KeyedType } from "../../activation/activation/keyed-type.ts";
import { awakeHolds } from "../../activation/awake/awake-report.ts";
import type { AwakeHold } from "../../activation/definition/keyed-context.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import type { AwakeRow, KeyedRow } from "../../wire/keys.ts";

/** Returns what a row says of a keyed actor; `undefined` for actors without a key. */
export function keyedRow(cell: ActorCell): KeyedRow | undefined {
  if (!(cell.type instanceof KeyedType)) return undefined;
  const { owner, generation, meta } = activationOf(cell);
  // Until its record has been loaded, it is known only that there will be one more.
  return {
    key: owner.keyText,
    generation: generation ?? (meta?.generation ?? 0) + 1,
    awake: awakeRows(cell),
  };
}

/** Returns a text that changes whenever the reasons why a keyed actor is awake do; empty for other actors. */
export function awakeMark(cell: ActorCell): string {
  if (!(cell.type instanceof KeyedType)) return "";
  const { generation } = activationOf(cell);
  return `${generation} ${holdsOf(cell).map(({ reason, count }) => `${reason} ${count}`)}`;
}

/** Returns all reasons why a keyed actor is awake; none for one that is idle or has ended. */
export function awakeRows(cell: ActorCell): readonly AwakeRow[] {
  return holdsOf(cell).map(({ reason, count, sinceMs, detail }) => ({
    reason,
    count,
    sinceAtMs: sinceMs === undefined ? null : Math.round(sinceMs),
    detail: detail ?? null,
  }));
}

function holdsOf(cell: ActorCell): readonly AwakeHold[] {
  return cell.isStopped ? [] : awakeHolds(cell, activationOf(cell).holds.list());
}
