import { awakeCounts } from "../../actor/cell/awake-reason.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { AwakeReason } from "../../telemetry/attributes.ts";
import type { AwakeRow, KeyedRow } from "../../wire/keys.ts";
import type { ActorRow } from "../../wire/snapshot.ts";
import type { Times } from "./times.ts";

/** Number of kinds of tasks that are named. */
const MAX_KINDS = 3;

/** The fields of a row that say since when something holds. */
type Moments = Pick<ActorRow, "busy" | "mailbox">;

/** Returns what a row says of a keyed actor; `undefined` for actors without a key. */
export function keyedRow(cell: ActorCell, moments: Moments, times: Times): KeyedRow | undefined {
  const { actorKey: key, generation } = cell;
  if (key === undefined || generation === undefined) return undefined;
  return { key, generation, awake: awakeRows(cell, moments, times) };
}

/** Returns a text that changes whenever the reasons why a keyed actor is awake do; empty for other actors. */
export function awakeMark(cell: ActorCell): string {
  if (cell.generation === undefined) return "";
  const counts = awakeCounts(cell).map(({ reason, count }) => `${reason} ${count}`);
  return `${counts.join()},${cell.type.furtherAwakeReason(cell)}`;
}

function awakeRows(cell: ActorCell, moments: Moments, times: Times): readonly AwakeRow[] {
  if (cell.isStopped) return [];
  const rows = awakeCounts(cell).map(({ reason, count }): AwakeRow => {
    return { reason, count, ...detailsOf(reason, cell, moments, times) };
  });
  const further = cell.type.furtherAwakeReason(cell);
  if (further === AwakeReason.Idle || rows.some(({ reason }) => reason === further)) return rows;
  return [...rows, { reason: further, count: 1, sinceAtMs: null, detail: null }];
}

type Details = Pick<AwakeRow, "sinceAtMs" | "detail">;

const NO_DETAILS: Details = { sinceAtMs: null, detail: null };

function detailsOf(
  reason: AwakeReason,
  cell: ActorCell,
  { busy, mailbox }: Moments,
  times: Times,
): Details {
  switch (reason) {
    case AwakeReason.Handling:
    case AwakeReason.Hook:
      return busy === null
        ? NO_DETAILS
        : { sinceAtMs: busy.sinceAtMs, detail: busy.messageType ?? busy.phase };
    case AwakeReason.Mailbox:
      return { sinceAtMs: mailbox.oldestSentAtMs, detail: null };
    case AwakeReason.Task:
    case AwakeReason.Run:
    case AwakeReason.KeepAwake:
      return tasksOf(reason, cell, times);
    case AwakeReason.Timer:
    case AwakeReason.Child:
    case AwakeReason.Internal:
    case AwakeReason.Reply:
    case AwakeReason.QueueMessage:
    case AwakeReason.Connection:
    case AwakeReason.HttpRequest:
    case AwakeReason.Idle:
    case AwakeReason.Stopped:
      return NO_DETAILS;
  }
}

function tasksOf(reason: AwakeReason, { extrasIfAny }: ActorCell, times: Times): Details {
  const tasks = [...(extrasIfAny?.tasks ?? [])].filter(({ keepsAwake }) => keepsAwake === reason);
  const kinds = [...new Set(tasks.map(({ kind }) => kind))];
  const more = kinds.length > MAX_KINDS ? ", …" : "";
  const detail = reason === AwakeReason.Task ? kinds.slice(0, MAX_KINDS).join(", ") + more : null;
  return { sinceAtMs: times.toEpoch(Math.min(...tasks.map(({ startedMs }) => startedMs))), detail };
}
