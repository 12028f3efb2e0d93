import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { ActorScope, baseOf, ScopeKind, spanOf } from "../../telemetry/actor-scope.ts";
import { RootDecision, TellRelation } from "../../telemetry/actor-tracing.ts";
import { contextManager, hasContextManager } from "../../telemetry/api-globals.ts";
import { hasStores } from "../../telemetry/carrier.ts";
import type { SystemFrame } from "../../telemetry/frames.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { type BareMessage, envelopeOf } from "../mailbox/message-queue.ts";
import { BareTell } from "../mailbox/route.ts";
import { handle, handleBare } from "./handling.ts";
import type { Slice } from "./slice.ts";

/** Handles one message in the sender's trace and under the actor's identity. */
export function handleInScope(cell: ActorCell, envelope: Envelope): void {
  handleDecided(cell, envelope, RootDecision.Pending);
}

function handleDecided(cell: ActorCell, envelope: Envelope, decision: RootDecision): void {
  const scope = scopeFor(cell, envelope, decision);
  if (!hasContextManager() && cell.type.system.carrier === undefined) handle(cell, envelope);
  else frameOf(cell).enter(scope, handle, cell, envelope, undefined);
}

/** The scope of this message; the last one when nothing differs, which then gets a frame of its own. */
function scopeFor(cell: ActorCell, envelope: Envelope, decision: RootDecision): ActorScope {
  const base = baseOf(envelope.context);
  const span = openSpan(cell, envelope, decision);
  const last = cell.scope;
  if (last !== undefined && last.base === base && last.span === span) {
    if (last.frame === undefined && hasContextManager()) frameOf(cell).keep(last);
    return last;
  }
  const scope = new ActorScope(base, span, cell, ScopeKind.Handler);
  // A span opened for this message does not come again; keeping it would only keep it alive.
  if (cell.span === undefined) keepScope(cell, scope, envelope.context);
  return scope;
}

/** Remembers the way from a sender's context to a scope, where the kind of message makes no difference. */
function keepScope(cell: ActorCell, scope: ActorScope, source: Context): void {
  cell.scope = scope;
  cell.scopeSource = startsTraces(cell, source) ? undefined : source;
}

/** Keeps no scope with stores beyond the turn: an idle actor would keep the request of its last message. */
export function forgetStores(cell: ActorCell): void {
  if (cell.scope === undefined || !hasStores(cell.scope)) return;
  cell.scope = undefined;
  cell.scopeSource = undefined;
}

/** Whether a tell from `source` starts a trace of its own, although its sender has one. */
function startsTraces(cell: ActorCell, source: Context): boolean {
  if (cell.type.settings.tracing.tell === TellRelation.Link) return true;
  return source instanceof ActorScope && source.actor === cell;
}

/** The span to handle the message under; the cell keeps it when it was opened for this message. */
function openSpan(cell: ActorCell, envelope: Envelope, decision: RootDecision): Span | undefined {
  const { system, settings } = cell.type;
  if (!system.tracing.active) return envelope.span;
  const { span: parent } = envelope;
  const span = system.tracing.openHandler(cell, envelope, settings.tracing, decision);
  if (span !== parent) cell.span = span;
  return span;
}

/**
 * Handles a message without an envelope, and those behind it from the same context, in the scope it
 * leads to if that is clear at a glance. Else it gets an envelope, and a closer look.
 */
export function handleBareInScope(cell: ActorCell, item: BareMessage, slice: Slice): void {
  const { context } = slice.dequeued;
  const { tracing } = cell.type.system;
  if (!hasContextManager()) {
    wrapAndHandle(cell, item, slice, RootDecision.Pending);
  } else if (context === cell.scopeSource && (!tracing.active || tracing.isUnsampled(context))) {
    const scope = cell.scope as ActorScope;
    if (scope.frame === undefined) frameOf(cell).keep(scope);
    frameOf(cell).enter(scope, handleRun, cell, item, slice);
  } else if (context === ROOT_CONTEXT && tracing.active) {
    handleRoot(cell, item, slice);
  } else if (inheritsSpan(cell, item, context)) {
    const scope = new ActorScope(baseOf(context), spanOf(context), cell, ScopeKind.Handler);
    keepScope(cell, scope, context);
    frameOf(cell).enter(scope, handleBare, cell, item, slice.dequeued);
  } else {
    wrapAndHandle(cell, item, slice, RootDecision.Pending);
  }
}

/** Handles `first` and what follows it from the same context: they share a scope, entered once. */
function handleRun(cell: ActorCell, first: BareMessage, slice: Slice): void {
  const { scope } = cell;
  handleBare(cell, first, slice.dequeued);
  while (cell.continues && slice.mayContinue(cell) && isInForce(scope)) {
    handleBare(cell, slice.next(cell) as BareMessage, slice.dequeued);
  }
}

/** Whether `scope` is still what is active: a handler may have put another context in force, and left it so. */
function isInForce(scope: ActorScope | undefined): boolean {
  return contextManager()?.active() === scope;
}

/** A message without a trace: it starts one, which is recorded or, more often, only propagated. */
function handleRoot(cell: ActorCell, item: BareMessage, slice: Slice): void {
  if (isToBeRecorded(cell, item)) {
    wrapAndHandle(cell, item, slice, RootDecision.Sampled);
    return;
  }
  const { scope: last } = cell;
  if (last !== undefined && cell.scopeSource === ROOT_CONTEXT && !last.known) {
    if (last.frame === undefined) frameOf(cell).keep(last);
    frameOf(cell).enter(last, handleUnrecordedRun, cell, item, slice);
    return;
  }
  const { system, settings } = cell.type;
  const span = system.tracing.unsampledRoot(settings.tracing);
  const scope = new ActorScope(ROOT_CONTEXT, span, cell, ScopeKind.Handler);
  cell.scope = scope;
  cell.scopeSource = ROOT_CONTEXT;
  frameOf(cell).enter(scope, handleUnrecorded, cell, item, slice);
}

/** An ask has been drawn for where it was sent; one that is recorded has an envelope. */
function isToBeRecorded({ type }: ActorCell, item: BareMessage): boolean {
  return item instanceof BareTell && type.system.tracing.samplesRoot(type.settings.tracing);
}

/**
 * Handles `first` and what follows it, while no trace is recorded and nobody has learned of the scope.
 * Each of these messages has a trace of its own; as long as no one asks for it, one will do for all.
 */
function handleUnrecordedRun(cell: ActorCell, first: BareMessage, slice: Slice): void {
  const scope = cell.scope as ActorScope;
  handleUnrecorded(cell, first, slice);
  while (cell.continues && !scope.known && slice.mayContinue(cell) && isInForce(scope)) {
    const item = slice.next(cell) as BareMessage;
    if (isToBeRecorded(cell, item)) wrapAndHandle(cell, item, slice, RootDecision.Sampled);
    else handleUnrecorded(cell, item, slice);
  }
}

function handleUnrecorded(cell: ActorCell, item: BareMessage, slice: Slice): void {
  const { scope } = cell;
  handleBare(cell, item, slice.dequeued);
  // What a handler that awaits does later is its own.
  if (cell.blocked && scope !== undefined) scope.known = true;
}

/** Whether a message from `context` is handled under its sender's span, or under none. */
function inheritsSpan(cell: ActorCell, item: BareMessage, context: Context): boolean {
  const { tracing } = cell.type.system;
  if (!tracing.active) return true;
  if (item instanceof BareTell && startsTraces(cell, context)) return false;
  return tracing.isUnsampled(context);
}

function wrapAndHandle(
  cell: ActorCell,
  item: BareMessage,
  slice: Slice,
  decision: RootDecision,
): void {
  const envelope = envelopeOf(item, slice.dequeued);
  cell.current = envelope;
  handleDecided(cell, envelope, decision);
}

function frameOf({ type }: ActorCell): SystemFrame {
  return type.system.dispatcher.frame;
}
