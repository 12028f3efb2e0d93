import { type Context, ROOT_CONTEXT, type Span } from "@opentelemetry/api";
import { ActorScope, baseOf, ScopeKind, spanOf } from "../../telemetry/context/actor-scope.ts";
import { contextManager, hasContextManager } from "../../telemetry/context/api-globals.ts";
import { hasStores } from "../../telemetry/context/carrier.ts";
import type { SystemFrame } from "../../telemetry/context/frames.ts";
import { RootDecision, TellRelation } from "../../telemetry/traces/actor-tracing.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { type BareMessage, envelopeOf } from "../mailbox/message-queue.ts";
import { BareTell } from "../mailbox/route.ts";
import { handle, handleBare } from "./handling.ts";
import type { Slice } from "./slice.ts";

/** Handles one message in the sender's trace and with the actor's identity. */
export function handleInScope(cell: ActorCell, envelope: Envelope): void {
  handleDecided(cell, envelope, RootDecision.Pending);
}

function handleDecided(cell: ActorCell, envelope: Envelope, decision: RootDecision): void {
  const scope = scopeFor(cell, envelope, decision);
  if (!hasContextManager() && cell.type.system.carrier === undefined) handle(cell, envelope);
  else frameOf(cell).enter(scope, handle, cell, envelope, undefined);
}

/** Returns the scope of this message; the last one if nothing differs, which then gets its own frame. */
function scopeFor(cell: ActorCell, envelope: Envelope, decision: RootDecision): ActorScope {
  const base = baseOf(envelope.context);
  const span = openSpan(cell, envelope, decision);
  const last = cell.scope;
  if (last !== undefined && last.base === base && last.span === span) {
    if (last.frame === undefined && hasContextManager()) frameOf(cell).keep(last);
    return last;
  }
  const scope = new ActorScope(base, span, cell, ScopeKind.Handler);
  // A span opened for this message is not used again; keeping the scope would only retain it.
  if (cell.span === undefined) keepScope(cell, scope, envelope.context);
  return scope;
}

/** Caches the scope for a sender's context if it does not depend on the kind of message. */
function keepScope(cell: ActorCell, scope: ActorScope, source: Context): void {
  cell.scope = scope;
  cell.scopeSource = startsTraces(cell, source) ? undefined : source;
}

/** Drops a cached scope that has stores. An idle actor would otherwise retain the request of its last message. */
export function forgetStores(cell: ActorCell): void {
  if (cell.scope === undefined || !hasStores(cell.scope)) return;
  cell.scope = undefined;
  cell.scopeSource = undefined;
}

/** Returns whether a tell from `source` starts its own trace although its sender has one. */
function startsTraces(cell: ActorCell, source: Context): boolean {
  if (cell.type.settings.tracing.tell === TellRelation.Link) return true;
  return source instanceof ActorScope && source.actor === cell;
}

/** Returns the span for handling the message. A span opened for this message is stored in the cell. */
function openSpan(cell: ActorCell, envelope: Envelope, decision: RootDecision): Span | undefined {
  const { system, settings } = cell.type;
  if (!system.tracing.active) return envelope.span;
  const { span: parent } = envelope;
  const span = system.tracing.openHandler(cell, envelope, settings.tracing, decision);
  if (span !== parent) cell.span = span;
  return span;
}

/**
 * Handles a message without an envelope, and the following ones from the same context, in a cached scope if
 * there is one. Otherwise the message gets an envelope and the full path.
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
    frameOf(cell).enter(inheritedScope(cell, context), handleBare, cell, item, slice.dequeued);
  } else {
    wrapAndHandle(cell, item, slice, RootDecision.Pending);
  }
}

/**
 * Returns the scope of a message that is handled under its sender's span. It is the last one if only the sender's scope
 * differs: otherwise a message that two actors play back and forth would have a new scope each time.
 */
function inheritedScope(cell: ActorCell, context: Context): ActorScope {
  const { scope: last } = cell;
  const base = baseOf(context);
  const span = spanOf(context);
  const same = last !== undefined && last.base === base && last.span === span;
  const scope = same ? last : new ActorScope(base, span, cell, ScopeKind.Handler);
  keepScope(cell, scope, context);
  return scope;
}

/** Handles `first` and the following messages from the same context. The shared scope is entered once. */
function handleRun(cell: ActorCell, first: BareMessage, slice: Slice): void {
  const { scope } = cell;
  handleBare(cell, first, slice.dequeued);
  while (cell.continues && slice.mayContinue(cell) && isInForce(scope)) {
    handleBare(cell, slice.next(cell) as BareMessage, slice.dequeued);
  }
}

/** Returns whether `scope` is still active: a handler may have entered another context without leaving it. */
function isInForce(scope: ActorScope | undefined): boolean {
  return contextManager()?.active() === scope;
}

/** Handles a message without a trace. It starts one, which is recorded or, more often, only propagated. */
function handleRoot(cell: ActorCell, item: BareMessage, slice: Slice): void {
  if (isToBeRecorded(cell, item)) {
    wrapAndHandle(cell, item, slice, RootDecision.Sampled);
    return;
  }
  const { tracing } = cell.type.settings;
  const span = cell.type.system.tracing.unsampledRoot(tracing);
  const scope = new ActorScope(ROOT_CONTEXT, span, cell, ScopeKind.Handler);
  frameOf(cell).enter(scope, handleBare, cell, item, slice.dequeued);
}

/** Returns whether to record the message. Asks are sampled by the sender; a recorded one has an envelope. */
function isToBeRecorded({ type }: ActorCell, item: BareMessage): boolean {
  return item instanceof BareTell && type.system.tracing.samplesRoot(type.settings.tracing);
}

/** Returns whether a message from `context` is handled under its sender's span, or under none. */
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
