import { context as otel } from "@opentelemetry/api";
import { ErrorCode, UsageError } from "../../base/errors.ts";
import { spanOf } from "../../telemetry/actor-scope.ts";
import { isAbnormal, StopReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import { accept } from "../delivery/admission.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import { Envelope } from "../mailbox/envelope.ts";

/** What ties two actors: a link holds both ways, a watch one way. */
const Bond = { Link: "link", Watch: "watch" } as const;
type Bond = (typeof Bond)[keyof typeof Bond];

/** An actor's end, on its way to one that is tied to it. */
interface Notice {
  readonly of: ActorCell;
  readonly bond: Bond;
}

/** The ties of one actor. Both ends know of each other, so that the end of either forgets the tie. */
export class Links {
  readonly linked: Set<ActorCell> = new Set();
  readonly watched: Set<ActorCell> = new Set();
  readonly watchers: Set<ActorCell> = new Set();
  /** Notices in the mailbox, by whose end they tell; one that is not here any more is not delivered. */
  readonly notices: Map<ActorCell, Notice> = new Map();
}

/**
 * Ties `cell` and the actor behind `ref`: when one ends abnormally the other does as well, unless it handles
 * that. Of an actor that has ended already it is told at once.
 *
 * @throws {@link UsageError} `ERR_INVALID_LINK`
 */
export function link(cell: ActorCell, ref: unknown): void {
  const other = partnerOf(cell, ref);
  if (other.isStopped) {
    notify(cell, other, Bond.Link);
  } else {
    linksOf(cell).linked.add(other);
    linksOf(other).linked.add(cell);
  }
}

/** Unties them; a notice that has not been handled yet is forgotten. */
export function unlink(cell: ActorCell, ref: unknown): void {
  const other = partnerOf(cell, ref);
  cell.extrasIfAny?.links?.linked.delete(other);
  other.extrasIfAny?.links?.linked.delete(cell);
  forget(cell, other, Bond.Link);
}

/**
 * Makes `cell` learn of the end of the actor behind `ref`.
 *
 * @throws {@link UsageError} `ERR_INVALID_LINK`
 */
export function watch(cell: ActorCell, ref: unknown): void {
  const other = partnerOf(cell, ref);
  if (cell.type.options.onTerminated === undefined) {
    throw invalid(`${cell.actorId} has no onTerminated to be told of what it watches`);
  }
  if (other.isStopped) {
    notify(cell, other, Bond.Watch);
  } else {
    linksOf(cell).watched.add(other);
    linksOf(other).watchers.add(cell);
  }
}

/** Takes a watch back; a notice that has not been handled yet is forgotten. */
export function unwatch(cell: ActorCell, ref: unknown): void {
  const other = partnerOf(cell, ref);
  cell.extrasIfAny?.links?.watched.delete(other);
  other.extrasIfAny?.links?.watchers.delete(cell);
  forget(cell, other, Bond.Watch);
}

/** Tells all who are tied to an actor that has ended, and forgets the ties at both ends. */
export function notifyAndUnlinkAll(cell: ActorCell): void {
  const links = cell.extrasIfAny?.links;
  if (links === undefined) return;
  cell.ensureExtras().links = undefined;
  for (const other of links.watched) other.extrasIfAny?.links?.watchers.delete(cell);
  for (const watcher of links.watchers) {
    watcher.extrasIfAny?.links?.watched.delete(cell);
    notify(watcher, cell, Bond.Watch);
  }
  for (const other of links.linked) {
    other.extrasIfAny?.links?.linked.delete(cell);
    notify(other, cell, Bond.Link); // once is enough for one that watches as well
  }
}

function linksOf(cell: ActorCell): Links {
  const extras = cell.ensureExtras();
  extras.links ??= new Links();
  return extras.links;
}

function forget(cell: ActorCell, other: ActorCell, bond: Bond): void {
  const notices = cell.extrasIfAny?.links?.notices;
  if (notices?.get(other)?.bond === bond) notices.delete(other);
}

/** Puts the notice into the mailbox, past its limit: there is at most one for each tie. */
function notify(cell: ActorCell, ended: ActorCell, bond: Bond): void {
  const { options, system, signalRoute } = cell.type;
  const heard = options.onTerminated !== undefined;
  const deadly = bond === Bond.Link && isAbnormal(ended.stopReason ?? StopReason.Normal);
  if (!cell.accepting || !(heard || deadly)) return;
  const { notices } = linksOf(cell);
  if (notices.has(ended)) return;
  const notice: Notice = { of: ended, bond };
  notices.set(ended, notice);
  const envelope = new Envelope(signalRoute);
  envelope.first = () => deliver(cell, notice);
  // The span of the death, to link to; the context stays the root's, since nobody sent this.
  if (system.tracing.active) envelope.span = spanOf(otel.active());
  accept(cell, envelope);
}

function deliver(cell: ActorCell, notice: Notice): unknown {
  const { of: ended } = notice;
  const notices = cell.extrasIfAny?.links?.notices;
  if (notices?.get(ended) !== notice) return undefined;
  notices.delete(ended);
  const reason = ended.stopReason ?? StopReason.Normal;
  const { onTerminated } = cell.type.options;
  if (onTerminated !== undefined) {
    return onTerminated(cell.life, new CellRef(ended, undefined), reason, ended.causeOfEnd);
  }
  cell.ensureExtras().lastError =
    ended.causeOfEnd ?? ended.stoppedError(cell.type.signalRoute.messageType);
  cell.stopNow(StopReason.LinkDied);
  return undefined;
}

function partnerOf(cell: ActorCell, ref: unknown): ActorCell {
  if (cell.isStopped) throw cell.stoppedError(cell.type.signalRoute.messageType);
  const other = CellRef.cellOf(ref);
  if (other === undefined) throw invalid("a link needs the ref of an actor");
  if (other === cell) throw invalid(`${cell.actorId} cannot be linked to itself`);
  if (other.type.system === cell.type.system) return other;
  throw invalid(`${other.actorId} belongs to another system than ${cell.actorId}`);
}

function invalid(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidLink });
}
