import type { ActorCell } from "../../actor/cell/cell.ts";
import { BusyPhase, StuckCause, type StuckHandler } from "../../wire/snapshot.ts";
import type { LoopBlock } from "../warnings/loop-watch.ts";
import { edgeText } from "./deadlock-rows.ts";
import type { Deadlocks } from "./deadlocks.ts";
import { cellOf, type Party, type WaitEdge, type WaitPicture } from "./wait-picture.ts";
import { phaseOf } from "./wait-rows.ts";

/** Further input for the search for a cause, besides the waits. */
interface Circumstances {
  readonly deadlocks: Pick<Deadlocks, "holds">;
  /** A block of the event loop that accounts for at least half of the time. */
  readonly block: LoopBlock | undefined;
}

type Cause = Pick<StuckHandler, "cause" | "chain" | "text">;

/** Returns why `cell` is stuck, by following its waits to their root. */
export function findCause(
  cell: ActorCell,
  phase: BusyPhase,
  picture: WaitPicture,
  { deadlocks, block }: Circumstances,
): Cause {
  const path = followWaits(cell, picture);
  const chain = [cell.actorId, ...path.map(({ to }) => cellOf(to).actorId)];
  const steps = path.map(edgeText).join(", ");
  if (deadlocks.holds(cell)) {
    return { cause: StuckCause.Deadlock, chain, text: `${steps}: a deadlock` };
  }
  if (block !== undefined) {
    return { cause: StuckCause.EventLoop, chain: [cell.actorId], text: blockText(block) };
  }
  const root = path.at(-1);
  if (root === undefined) {
    const text = `${subject(cell, phase)} awaits something other than an actor`;
    return { cause: StuckCause.OtherIo, chain, text };
  }
  return { cause: StuckCause.Actor, chain, text: `${steps}, ${rootText(cellOf(root.to))}` };
}

/** Follows the oldest wait at each step, from `cell` to a party that does not wait or was already visited. */
function followWaits(cell: ActorCell, picture: WaitPicture): WaitEdge[] {
  const path: WaitEdge[] = [];
  const seen = new Set<Party>();
  for (let party: Party = cell; !seen.has(party); ) {
    seen.add(party);
    const edge = oldest(picture.edges.get(party) ?? []);
    if (edge === undefined) break;
    path.push(edge);
    party = edge.to;
  }
  return path;
}

function oldest(edges: readonly WaitEdge[]): WaitEdge | undefined {
  let first: WaitEdge | undefined;
  for (const edge of edges) if (first === undefined || edge.sinceMs < first.sinceMs) first = edge;
  return first;
}

function rootText(cell: ActorCell): string {
  if (cell.elsewhere) return `${cell.actorId} is in another process`;
  const phase = phaseOf(cell);
  if (phase !== undefined) return `${subject(cell, phase)} awaits something other than an actor`;
  return `${cell.actorId} works: ${cell.depth} messages wait for it`;
}

function subject({ actorId, currentMessage }: ActorCell, phase: BusyPhase): string {
  if (phase === BusyPhase.Handler) return `the handler ${currentMessage} of ${actorId}`;
  return `the ${phase} of ${actorId}`;
}

/** Returns a description of what blocked the event loop, as far as known. */
export function blockText({ startedMs, endedMs, by }: LoopBlock): string {
  const durationMs = Math.round(endedMs - startedMs);
  const whom =
    by === undefined
      ? "by code that no timed handler explains"
      : `by the handler ${by.messageType} of ${by.cell.actorId}`;
  return `the event loop was blocked for ${durationMs} ms ${whom}`;
}
