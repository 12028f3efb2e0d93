import { toError } from "../../base/errors.ts";
import { ignoreRejection, isThenable, toPromise } from "../../base/foreign-value.ts";
import { FailurePhase } from "../../supervision/restart-policy.ts";
import { DeadLetterReason, MessageKind, Outcome } from "../../telemetry/attributes.ts";
import { endSpan, endWithError } from "../../telemetry/traces/guarded-spans.ts";
import type { ActorCell } from "../cell/cell.ts";
import { callHandler, Envelope } from "../mailbox/envelope.ts";
import { type BareMessage, DequeuedArgs, envelopeOf } from "../mailbox/message-queue.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import { BareTell } from "../mailbox/route.ts";
import { countFailed } from "../mailbox/sender.ts";

/**
 * Handles a message without an envelope in the active context: the fastest path.
 * An envelope is created only when the handler fails or awaits.
 */
export function handleBare(cell: ActorCell, item: BareMessage, dequeued: DequeuedArgs): void {
  const { first, second, context } = dequeued;
  const { route } = item;
  const ask = item instanceof BareTell ? undefined : item;
  const { system } = cell.type;
  if (ask?.settled === true) {
    system.deadLetter(cell, envelopeOf(item, dequeued), DeadLetterReason.Abandoned);
    return;
  }
  cell.current = item;
  const startedMs = ask?.sentAtMs === undefined ? undefined : system.clock.monotonicMs();
  if (cell.current !== item) return; // killed by the clock
  let result: unknown;
  try {
    result = callHandler(route.handler, cell.life, first, second);
  } catch (thrown) {
    fail(cell, wrap(cell, item, { first, second, context }), startedMs, thrown);
    return;
  }
  if (isThenable(result)) {
    suspend(cell, wrap(cell, item, { first, second, context }), startedMs, result);
    return;
  }
  if (cell.current !== item) {
    succeedWithoutReply(cell, startedMs, result);
    return;
  }
  cell.current = undefined;
  if (startedMs === undefined) route.series.handledUntimed();
  else recordTimes(cell, ask as PendingAsk, startedMs);
  if (ask !== undefined) replyTo(cell, ask, result);
}

/** Gives the reply, or passes it to a kind of actor whose replies wait for something. */
function replyTo(cell: ActorCell, ask: PendingAsk, value: unknown): void {
  if (cell.type.holdsReplies) cell.type.reply(cell, ask, value);
  else ask.reply(value);
}

/** Ends a handler that has passed its reply on, which created an envelope, or has killed its actor. */
function succeedWithoutReply(
  cell: ActorCell,
  startedMs: number | undefined,
  result: unknown,
): void {
  if (cell.current instanceof Envelope) succeed(cell, cell.current, startedMs, result);
}

/** Returns an envelope for a message whose handler needs one; the current one, if it still runs. */
function wrap(cell: ActorCell, item: BareMessage, dequeued: DequeuedArgs): Envelope {
  if (cell.current instanceof Envelope) return cell.current;
  const envelope = envelopeOf(item, dequeued);
  if (cell.current === item) cell.current = envelope;
  return envelope;
}

/** Handles one message; counts it and, if it is sampled for timing, times it. */
export function handle(cell: ActorCell, envelope: Envelope): void {
  const { clock } = cell.type.system;
  const startedMs = envelope.sentAtMs === undefined ? undefined : clock.monotonicMs();
  if (cell.current !== envelope) {
    discardSpan(cell); // killed by the clock, or while the span was opened
    return;
  }
  let result: unknown;
  try {
    result = envelope.call(cell.life);
  } catch (thrown) {
    fail(cell, envelope, startedMs, thrown);
    return;
  }
  if (isThenable(result)) suspend(cell, envelope, startedMs, result);
  else succeed(cell, envelope, startedMs, result);
}

function discardSpan(cell: ActorCell): void {
  if (cell.span === undefined) return;
  endSpan(cell.span);
  cell.span = undefined;
}

/** Suspends the actor while its handler awaits: it takes no further message until the promise settles. */
function suspend(
  cell: ActorCell,
  envelope: Envelope,
  startedMs: number | undefined,
  result: PromiseLike<unknown>,
): void {
  // Converted to a native promise, so that an error thrown by a foreign `then` becomes a rejection.
  const promise = toPromise(result);
  const { system, metrics } = cell.type;
  // A handler that awaits is always timed, from here if it was not timed before.
  const sinceMs = startedMs ?? (system.timed ? system.clock.monotonicMs() : undefined);
  if (startedMs !== undefined) {
    const nowMs = system.clock.monotonicMs();
    const { messageType } = envelope.route;
    if (nowMs - startedMs > LONG_TURN_MS) noticeLongTurn(cell, messageType, startedMs, nowMs);
  }
  if (cell.current !== envelope) {
    ignoreRejection(promise); // killed by its own handler, that `then` or the clock: the result is discarded
    return;
  }
  envelope.runningSinceMs = sinceMs;
  cell.blocked = true;
  metrics.processing.add(1);
  const resume = (): boolean => {
    if (cell.current !== envelope) return false; // killed meanwhile: already counted as ended
    cell.blocked = false;
    metrics.processing.add(-1);
    return true;
  };
  promise.then(
    (value) => {
      if (resume()) succeed(cell, envelope, sinceMs, value);
      goOn(cell);
    },
    (thrown: unknown) => {
      if (resume()) fail(cell, envelope, sinceMs, thrown);
      goOn(cell);
    },
  );
}

/** Takes the next message, if any, after a handler that awaited. */
function goOn(cell: ActorCell): void {
  if (cell.type.observesTurns) cell.type.turnEnded(cell);
  if (cell.runnable) cell.type.system.dispatcher.schedule(cell);
  else cell.noticeIdle();
}

function succeed(
  cell: ActorCell,
  envelope: Envelope,
  startedMs: number | undefined,
  result: unknown,
): void {
  if (cell.current !== envelope) return;
  cell.current = undefined;
  if (startedMs === undefined) envelope.route.series.handledUntimed();
  else recordTimes(cell, envelope, startedMs);
  if (cell.span !== undefined) {
    endSpan(cell.span);
    cell.span = undefined;
  }
  if (envelope.ask !== undefined) replyTo(cell, envelope.ask, result);
}

/** Duration from which a handler that blocks the event loop is recorded. */
const LONG_TURN_MS = 50;

/** Records a handler that has blocked the event loop, unless it was awaiting during that time. */
function noticeLongTurn(
  cell: ActorCell,
  messageType: string,
  startedMs: number,
  endedMs: number,
): void {
  const { system } = cell.type;
  if (system.running === cell) system.longTurn = { cell, messageType, startedMs, endedMs };
}

function recordTimes(
  cell: ActorCell,
  { route, sentAtMs }: Envelope | PendingAsk,
  startedMs: number,
): void {
  const { clock, dispatcher, slice } = cell.type.system;
  const nowMs = clock.monotonicMs();
  if (nowMs - startedMs > LONG_TURN_MS) noticeLongTurn(cell, route.messageType, startedMs, nowMs);
  if (sentAtMs === undefined) route.series.handledRunTimed(nowMs - startedMs);
  else route.series.handledTimed(startedMs - sentAtMs, nowMs - startedMs);
  route.recordProcessTime(nowMs - startedMs);
  if (dispatcher.checkTurnBudget(nowMs)) slice.end();
}

function fail(
  cell: ActorCell,
  envelope: Envelope,
  startedMs: number | undefined,
  thrown: unknown,
): void {
  const error = toError(thrown); // may run a trap of a proxy, which may kill the actor
  if (cell.current !== envelope) return;
  const { span = envelope.span } = cell;
  finishWithError(cell, envelope, startedMs, Outcome.Error, error);
  envelope.ask?.reject(thrown, true);
  const { kind } = envelope.route;
  const timed = kind === MessageKind.Timer || kind === MessageKind.Schedule;
  const phase = timed ? FailurePhase.Timer : FailurePhase.Handler;
  cell.fail({ phase, error, envelope, span });
}

/** Ends the current message of an actor that is being killed. */
export function cutShort(cell: ActorCell, current: Envelope | BareMessage): void {
  const envelope = envelopeOf(current, new DequeuedArgs());
  const error = cell.type.interruption(cell, envelope.route.messageType);
  if (cell.blocked) cell.type.metrics.processing.add(-1);
  finishWithError(cell, envelope, undefined, Outcome.Killed, error);
  envelope.ask?.fail(error, undefined, true);
}

function finishWithError(
  cell: ActorCell,
  envelope: Envelope,
  startedMs: number | undefined,
  outcome: Outcome,
  error: Error,
): void {
  const { clock } = cell.type.system;
  const { sentAtMs, route } = envelope;
  cell.current = undefined;
  countFailed(cell, envelope);
  const processMs = startedMs === undefined ? undefined : clock.monotonicMs() - startedMs;
  const timed = startedMs !== undefined && sentAtMs !== undefined;
  route.series.recordFailed(outcome, error, timed ? startedMs - sentAtMs : undefined, processMs);
  if (cell.span !== undefined) {
    endWithError(cell.span, error);
    cell.span = undefined;
  }
}
