import { ErrorCode, UsageError } from "../../base/errors.ts";
import { isAbnormal, StopReason } from "../../telemetry/attributes.ts";
import { spanOf } from "../../telemetry/context/actor-scope.ts";
import { context as otel } from "../../telemetry/context/api.ts";
import type { ActorCell } from "../cell/cell.ts";
import { accept } from "../delivery/admission.ts";
import { CellRef } from "../delivery/cell-ref.ts";
import { Envelope } from "../mailbox/envelope.ts";

/** How two actors are connected: a link is mutual, a watch is one-way. */
const Bond = { Link: "link", Watch: "watch" } as const;
type Bond = (typeof Bond)[keyof typeof Bond];

/** A message about the end of an actor to one that is linked to it or watches it. */
interface Notice {
  readonly of: ActorCell;
  readonly bond: Bond;
}

/** The links and watches of one actor. Both ends store them, so that the end of either removes them. */
export class Links {
  readonly linked: Set<ActorCell> = new Set();
  readonly watched: Set<ActorCell> = new Set();
  readonly watchers: Set<ActorCell> = new Set();
  /** Notices in the mailbox, by ended actor. A notice that has been removed here is not delivered. */
  readonly notices: Map<ActorCell, Notice> = new Map();
}

/**
 * Links `cell` and the actor behind `ref`: when one ends abnormally, the other one ends too, unless it has
 * `onTerminated`. An actor that has already ended is reported immediately.
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

/** Removes a link and discards a notice that has not been handled yet. */
export function unlink(cell: ActorCell, ref: unknown): void {
  const other = awakePartnerOf(cell, ref);
  if (other === undefined) return;
  cell.extrasIfAny?.links?.linked.delete(other);
  other.extrasIfAny?.links?.linked.delete(cell);
  forget(cell, other, Bond.Link);
}

/**
 * Notifies `cell` when the actor behind `ref` ends.
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

/** Removes a watch and discards a notice that has not been handled yet. */
export function unwatch(cell: ActorCell, ref: unknown): void {
  const other = awakePartnerOf(cell, ref);
  if (other === undefined) return;
  cell.extrasIfAny?.links?.watched.delete(other);
  other.extrasIfAny?.links?.watchers.delete(cell);
  forget(cell, other, Bond.Watch);
}

/** Notifies all actors connected to one that has ended, and removes the connections at both ends. */
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
    notify(other, cell, Bond.Link); // one notice also for an actor that watches as well
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

/** Adds the notice to the mailbox, ignoring its limit: there is at most one per connection. */
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
  // Links to the span of the end. The context stays the root context, since the notice has no sender.
  if (system.tracing.active) envelope.span = spanOf(otel.active());
  envelope.sender = ended.type.sender;
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

/** Returns the actor behind `ref`; `undefined` if it sleeps, and so has no links and watches. */
function awakePartnerOf(cell: ActorCell, ref: unknown): ActorCell | undefined {
  const target = CellRef.targetOf(ref);
  if (target?.awakeCell === undefined) return partnerOf(cell, ref);
  const other = target.awakeCell();
  return other === undefined ? undefined : requirePartner(cell, other);
}

/** Returns the actor behind `ref`. One that sleeps is woken. */
function partnerOf(cell: ActorCell, ref: unknown): ActorCell {
  if (cell.isStopped) throw cell.stoppedError(cell.type.signalRoute.messageType);
  const other = CellRef.cellOf(ref);
  if (other === undefined) throw invalid("a link needs the ref of an actor");
  return requirePartner(cell, other);
}

function requirePartner(cell: ActorCell, other: ActorCell): ActorCell {
  if (other.elsewhere) throw invalid(`${other.actorId} is in another process than ${cell.actorId}`);
  if (other === cell) throw invalid(`${cell.actorId} cannot be linked to itself`);
  if (other.type.system === cell.type.system) return other;
  throw invalid(`${other.actorId} belongs to another system than ${cell.actorId}`);
}

function invalid(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.InvalidLink });
}
