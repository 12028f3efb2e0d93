import { awakeReason } from "../../actor/cell/awake-reason.ts";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { errorType } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import type { ActorRow, MailboxRow, SupervisionRow } from "../../wire/snapshot.ts";
import type { StuckHandlers } from "../waits/stuck-handlers.ts";
import type { WaitEdge } from "../waits/wait-picture.ts";
import { busyRow, phaseOf, waitRow } from "../waits/wait-rows.ts";
import { keyedRow } from "./keyed-rows.ts";
import type { SpawnTimes } from "./spawn-times.ts";
import type { Times } from "./times.ts";

/** Dependencies for building rows. */
export interface RowParts {
  readonly times: Times;
  readonly spawns: SpawnTimes;
  readonly stuck: Pick<StuckHandlers, "sinceMs">;
}

/** Returns the row of one actor in its current state. */
export function actorRow(cell: ActorCell, edges: readonly WaitEdge[], parts: RowParts): ActorRow {
  const { times } = parts;
  const nowMs = times.nowMs();
  const extras = cell.extrasIfAny;
  const phase = phaseOf(cell);
  const busy =
    phase === undefined
      ? null
      : busyRow(cell, phase, parts.stuck.sinceMs(cell, phase, nowMs), times);
  const lastError = extras?.lastError;
  const keyed = keyedRow(cell);
  return {
    id: cell.actorId,
    number: cell.number,
    type: cell.actorType,
    name: extras?.name ?? null,
    parentId: cell.parent?.actorId ?? null,
    state: cell.state,
    awakeReason: awakeReason(cell),
    life: (extras?.restarts ?? 0) + 1,
    spawnedAtMs: times.toEpoch(parts.spawns.spawnedMs(cell.number)),
    mailbox: mailboxRow(cell, nowMs, times),
    messagesTaken: cell.taken,
    busy,
    waits: edges.map((edge) => waitRow(edge, times)),
    tasks: [...(extras?.tasks ?? [])].map(({ kind, startedMs }) => ({
      kind,
      sinceAtMs: times.toEpoch(startedMs),
    })),
    timers: extras?.timers.size ?? 0,
    children: extras?.children.size ?? 0,
    supervision: supervisionRow(cell),
    lastError: lastError === undefined ? null : errorType(lastError),
    stopped: cell.isStopped
      ? { atMs: times.toEpoch(nowMs), reason: cell.stopReason ?? StopReason.Normal }
      : null,
    ...(keyed === undefined ? {} : { keyed }),
  };
}

function mailboxRow(cell: ActorCell, nowMs: number, times: Times): MailboxRow {
  const { depth } = cell;
  const oldestMs = depth === 0 ? undefined : cell.oldestSentAtMs(nowMs);
  return {
    depth,
    limit: cell.type.settings.mailboxLimit,
    oldestSentAtMs: oldestMs === undefined ? null : times.toEpoch(oldestMs),
    waitingSenders: cell.extrasIfAny?.parked?.size ?? 0,
  };
}

/** Returns the supervision data of an actor. */
function supervisionRow(cell: ActorCell): SupervisionRow {
  const extras = cell.extrasIfAny;
  const { supervision } = cell.type.settings;
  const { policy, maxRestarts, windowMs } = cell.restartSettings;
  const ids = (cells: Iterable<ActorCell>): string[] => [...cells].map(({ actorId }) => actorId);
  return {
    strategy: (extras?.children.size ?? 0) > 0 ? supervision.strategy : null,
    policy,
    maxRestarts,
    windowMs,
    restarts: extras?.restarts ?? 0,
    backingOff: extras?.backOff?.waiting === true,
    links: ids(extras?.links?.linked ?? []),
    watches: ids(extras?.links?.watched ?? []),
  };
}
