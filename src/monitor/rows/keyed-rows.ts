import { activationOf } from "../../activation/activation/activation.ts";
import { KeyedType } from "../../activation/activation/keyed-type.ts";
import { holdsOf } from "../../activation/awake/awake-report.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import type { AwakeRow, KeyedRow } from "../../wire/keys.ts";

/** Returns what a row says of a keyed actor; `undefined` for actors without a key. */
export function keyedRow(cell: ActorCell): KeyedRow | undefined {
  if (!(cell.type instanceof KeyedType)) return undefined;
  const { owner, generation = null, connections } = activationOf(cell);
  const open = connections?.view.size ?? 0;
  return {
    key: owner.keyText,
    generation,
    awake: awakeRows(cell),
    ...(open === 0 ? {} : { connections: open }),
  };
}

/**
 * Returns a number that changes with what {@link keyedRow} returns, as far as that does not follow from the rest of a
 * row; 0 for actors without a key. It is computed for every actor whenever a snapshot is taken.
 */
export function keyedMark(cell: ActorCell): number {
  if (!(cell.type instanceof KeyedType)) return 0;
  const { generation = 0, holds, connections } = activationOf(cell);
  const extras = cell.extrasIfAny;
  let mark = mix(mix(generation, holds.changes), connections?.view.size ?? 0);
  if (extras === undefined) return mark;
  // A task may stop to keep the actor awake: `run`, while it waits for a queue message.
  for (const { keepsAwake } of extras.tasks) mark = mix(mark, keepsAwake === undefined ? 0 : 1);
  return mix(mark, extras.heldReplies?.awaitedCount ?? 0);
}

function mix(mark: number, value: number): number {
  return Math.imul(mark, 31) + value;
}

/** Returns all reasons why a keyed actor is awake; none for one that is idle or has ended. */
function awakeRows(cell: ActorCell): readonly AwakeRow[] {
  const holds = cell.isStopped ? [] : holdsOf(activationOf(cell));
  return holds.map(({ reason, count, sinceMs, detail }) => ({
    reason,
    count,
    sinceAtMs: sinceMs === undefined ? null : Math.round(sinceMs),
    detail: detail ?? null,
  }));
}
