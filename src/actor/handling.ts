import { DeliveryError, ErrorCode, toError } from "../base/errors.ts";
import { FailurePhase } from "../supervision/restart-policy.ts";
import { ActorScope, baseOf, ScopeKind } from "../telemetry/actor-scope.ts";
import { endWithError } from "../telemetry/actor-tracing.ts";
import { hasContextManager } from "../telemetry/api-globals.ts";
import { DeadLetterReason, MessageKind, Outcome } from "../telemetry/attributes.ts";
import { enterScope, keepFrame } from "../telemetry/frames.ts";
import type { ActorCell } from "./cell.ts";
import type { Envelope } from "./envelope.ts";
import { answerFailure } from "./failure.ts";

/** Handles one message: in the sender's trace, under the actor's identity, counted and timed. */
export function handle(cell: ActorCell, envelope: Envelope): void {
  const { system } = cell.type;
  if (envelope.ask?.settled === true) {
    system.deadLetter(cell, envelope, DeadLetterReason.Abandoned);
    return;
  }
  cell.current = envelope;
  const propagates = hasContextManager();
  if (!propagates && !system.tracing.active) {
    run(cell, envelope);
    return;
  }
  const scope = scopeFor(cell, envelope);
  if (propagates) enterScope(scope, run, cell, envelope);
  else run(cell, envelope);
}

/** The scope of this message; the last one when nothing differs, which then gets a frame of its own. */
function scopeFor(cell: ActorCell, envelope: Envelope): ActorScope {
  const parent = envelope.span;
  const base = baseOf(envelope.context);
  openSpan(cell, envelope);
  const { span } = envelope;
  const last = cell.scope;
  if (last !== undefined && last.base === base && last.span === span) {
    if (last.frame === undefined && hasContextManager()) keepFrame(last);
    return last;
  }
  const scope = new ActorScope(base, span, cell, ScopeKind.Handler);
  // A span opened for this message does not come again; keeping it would only keep it alive.
  if (span === parent) cell.scope = scope;
  return scope;
}

function openSpan(cell: ActorCell, envelope: Envelope): void {
  const { system, settings } = cell.type;
  if (!system.tracing.active) return;
  const { context, span: parent, message, kind, sentAtMs } = envelope;
  envelope.span = system.tracing.openHandler(
    cell,
    {
      names: message,
      kind,
      context,
      parent,
      waitMs: sentAtMs === 0 ? undefined : system.clock.monotonicMs() - sentAtMs,
    },
    settings.tracing,
  );
  envelope.ownsSpan = envelope.span !== parent;
}

function run(cell: ActorCell, envelope: Envelope): void {
  const { system } = cell.type;
  const startedMs = envelope.sentAtMs === 0 ? 0 : system.clock.monotonicMs();
  let result: unknown;
  system.running = cell;
  try {
    result = envelope.call(cell.life);
  } catch (thrown) {
    system.running = undefined;
    fail(cell, envelope, startedMs, thrown);
    return;
  }
  system.running = undefined;
  if (isThenable(result)) suspend(cell, envelope, startedMs, result);
  else succeed(cell, envelope, startedMs, result);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { then?: unknown }).then === "function"
  );
}

/** The handler awaits: the actor takes no further message until its promise settles. */
function suspend(
  cell: ActorCell,
  envelope: Envelope,
  startedMs: number,
  result: PromiseLike<unknown>,
): void {
  if (cell.current !== envelope) return;
  const { system, metrics } = cell.type;
  // What awaits is always timed, from here if it was not due.
  const sinceMs = startedMs === 0 && system.timed ? system.clock.monotonicMs() : startedMs;
  cell.blocked = true;
  metrics.processing.add(1);
  const resume = (): boolean => {
    if (cell.current !== envelope) return false; // killed meanwhile: the books are closed
    cell.blocked = false;
    metrics.processing.add(-1);
    return true;
  };
  result.then(
    (value) => {
      if (resume()) succeed(cell, envelope, sinceMs, value);
      if (cell.runnable) system.dispatcher.schedule(cell);
    },
    (thrown: unknown) => {
      if (resume()) fail(cell, envelope, sinceMs, thrown);
      if (cell.runnable) system.dispatcher.schedule(cell);
    },
  );
}

function succeed(cell: ActorCell, envelope: Envelope, startedMs: number, result: unknown): void {
  if (cell.current !== envelope) return;
  cell.current = undefined;
  const { series, sentAtMs, ask } = envelope;
  if (startedMs === 0) {
    series.handledUntimed();
  } else {
    const { clock, dispatcher } = cell.type.system;
    const nowMs = clock.monotonicMs();
    if (sentAtMs === 0) series.handledRunTimed(nowMs - startedMs);
    else series.handledTimed(startedMs - sentAtMs, nowMs - startedMs);
    dispatcher.noticeTime(nowMs);
  }
  if (envelope.ownsSpan) envelope.span?.end();
  ask?.reply(result);
}

function fail(cell: ActorCell, envelope: Envelope, startedMs: number, thrown: unknown): void {
  if (cell.current !== envelope) return;
  const error = toError(thrown);
  closeBadly(cell, envelope, startedMs, Outcome.Error, error);
  envelope.ask?.reject(error);
  const phase = envelope.kind === MessageKind.Timer ? FailurePhase.Timer : FailurePhase.Handler;
  answerFailure(cell, { phase, error, envelope });
}

/** Ends the current message of an actor that is being killed. */
export function cutShort(cell: ActorCell, envelope: Envelope): void {
  const { actorId } = cell;
  const { messageType } = envelope.message;
  const error = new DeliveryError(`${actorId} was killed while it handled ${messageType}`, {
    code: ErrorCode.ActorKilled,
    actorId,
    messageType,
  });
  if (cell.blocked) cell.type.metrics.processing.add(-1);
  closeBadly(cell, envelope, 0, Outcome.Killed, error);
  envelope.ask?.reject(error);
}

function closeBadly(
  cell: ActorCell,
  envelope: Envelope,
  startedMs: number,
  outcome: Outcome,
  error: Error,
): void {
  const { clock } = cell.type.system;
  const { sentAtMs } = envelope;
  cell.current = undefined;
  const timed = startedMs !== 0;
  const waitMs = timed && sentAtMs !== 0 ? startedMs - sentAtMs : undefined;
  envelope.series.handledBadly(
    outcome,
    error,
    waitMs,
    timed ? clock.monotonicMs() - startedMs : undefined,
  );
  if (envelope.ownsSpan && envelope.span !== undefined) endWithError(envelope.span, error);
}
