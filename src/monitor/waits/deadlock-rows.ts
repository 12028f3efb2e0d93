import { DeadlockKind } from "../../telemetry/attributes.ts";
import { ActorPart, type DeadlockMember, WaitKind } from "../../wire/snapshot.ts";
import { waitText } from "../../wire/waits.ts";
import type { Times } from "../rows/times.ts";
import { cellOf, type Party, TasksOf, type WaitEdge, type WaitPicture } from "./wait-picture.ts";
import { waitRow } from "./wait-rows.ts";

/** Largest number of members listed in the text. */
const SHOWN_MEMBERS = 12;

/** Returns the members of a knot from the lowest id on, each before one it waits for. */
export function inCycleOrder(knot: readonly Party[], picture: WaitPicture): Party[] {
  const left = new Set(knot.toSorted((a, b) => compareIds(a, b)));
  const ordered: Party[] = [];
  let next: Party | undefined = [...left][0];
  while (next !== undefined) {
    ordered.push(next);
    left.delete(next);
    const edges: readonly WaitEdge[] = picture.edges.get(next) ?? [];
    next = edges.find(({ to }) => left.has(to))?.to ?? [...left][0];
  }
  return ordered;
}

function compareIds(a: Party, b: Party): number {
  const [left, right] = [cellOf(a).actorId, cellOf(b).actorId];
  if (left !== right) return left < right ? -1 : 1;
  return Number(a instanceof TasksOf) - Number(b instanceof TasksOf);
}

/** Returns the kind of the deadlock formed by these waits. */
export function deadlockKind(members: readonly Party[], edges: readonly WaitEdge[]): DeadlockKind {
  if (new Set(members.map(cellOf)).size === 1) return DeadlockKind.Self;
  if (edges.some(({ kind }) => kind === WaitKind.Mailbox)) return DeadlockKind.Mailbox;
  if (edges.every(({ kind }) => kind === WaitKind.Ask)) return DeadlockKind.Ask;
  return DeadlockKind.Lifecycle;
}

/** Returns the rows of the members as shown to viewers. */
export function memberRows(
  members: readonly Party[],
  edges: readonly WaitEdge[],
  times: Times,
): DeadlockMember[] {
  return members.map((party) => {
    const { actorId, actorType, current } = cellOf(party);
    const waits = edges.filter(({ from }) => from === party);
    const tasks = party instanceof TasksOf;
    return {
      id: actorId,
      type: actorType,
      part: tasks ? ActorPart.Task : (waits[0]?.part ?? ActorPart.Handler),
      messageType: tasks ? null : (current?.route.messageType ?? null),
      waits: waits.map((edge) => waitRow(edge, times)),
    };
  });
}

/** Returns the waits along the cycle as text, such as `a asks x of b, b asks y of a`. */
export function deadlockText(members: readonly Party[], edges: readonly WaitEdge[]): string {
  const sentences = members.slice(0, SHOWN_MEMBERS).flatMap((party) => {
    const edge = edges.find(({ from }) => from === party);
    return edge === undefined ? [] : [edgeText(edge)];
  });
  const hidden = members.length - SHOWN_MEMBERS;
  return sentences.join(", ") + (hidden > 0 ? `, and ${hidden} more` : "");
}

/** Returns one wait as a sentence without its full stop. */
export function edgeText({ kind, from, to, messageType }: WaitEdge): string {
  const { actorId: waiter } = cellOf(from);
  const waiting = from instanceof TasksOf ? `a task of ${waiter}` : waiter;
  const { actorId: targetId } = cellOf(to);
  return `${waiting} ${waitText({ kind, messageType, targetId })}`;
}
