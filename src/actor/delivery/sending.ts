import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { DeliveryError, ErrorCode, UsageError } from "../../base/errors.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import { RootDecision } from "../../telemetry/traces/actor-tracing.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { CallOptions } from "../definition/ref.ts";
import { ABSENT, Envelope } from "../mailbox/envelope.ts";
import { PendingAsk } from "../mailbox/pending-ask.ts";
import type { BareTell, Route } from "../mailbox/route.ts";
import { countSent, senderIn } from "../mailbox/sender.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";
import { hasRoom, insert } from "./admission.ts";
import { callingCell } from "./caller.ts";
import { offer } from "./offer.ts";
import { isInside } from "./self-waiting.ts";
import { sendingContext } from "./sending-context.ts";

const DELIVERED: Promise<void> = Promise.resolve();

/**
 * Sends a message without a reply; see `ActorRef.tell`. Most messages need no object. The code after the
 * first check is `offer`, inlined.
 */
export function tell(
  cell: ActorCell,
  bare: BareTell,
  first: unknown,
  second: unknown,
  options: CallOptions | undefined,
): Promise<void> | undefined {
  const { type } = cell;
  const { system } = type;
  const { route } = bare;
  const { series } = route;
  if (!cell.accepting || !hasRoom(cell)) {
    return tellWithEnvelope(cell, pack(system, route, first, second, undefined), options);
  }
  const context = sendingContext(system);
  const sender = senderIn(context, system.running);
  let { edge } = series;
  if (edge.sender !== sender) edge = series.from(sender);
  if (edge.due() && system.timed) {
    const envelope = pack(system, route, first, second, undefined);
    envelope.sentAtMs = system.clock.monotonicMs();
    series.timedAt(edge, envelope.sentAtMs, system.timingIsExpensive);
    insert(cell, envelope);
  } else {
    cell.enqueueBare(bare, first, second, context);
    type.metrics.mailboxDepth.add(1);
    if (!cell.blocked) system.dispatcher.schedule(cell);
  }
  return type.waitsWhenFull ? DELIVERED : undefined;
}

/** Sends a message that needs an envelope: it has many arguments, or cannot be enqueued directly. */
export function tellWithEnvelope(
  cell: ActorCell,
  envelope: Envelope,
  options: CallOptions | undefined,
): Promise<void> | undefined {
  const outcome = offer(cell, envelope, options);
  if (outcome instanceof DeliveryError) throw outcome;
  return outcome ?? (cell.type.waitsWhenFull ? DELIVERED : undefined);
}

/** Creates an envelope with the arguments and the context of the caller. */
export function pack(
  system: SystemRuntime,
  route: Route,
  first: unknown,
  second: unknown,
  all: readonly unknown[] | undefined,
): Envelope {
  const envelope = new Envelope(route);
  envelope.first = first;
  envelope.second = second;
  envelope.all = all;
  const context = sendingContext(system);
  envelope.address(context);
  envelope.sender = senderIn(context, system.running);
  return envelope;
}

/** Sends a message whose sender waits for the reply; see `ActorRef.ask`. Its end is `offer`, inlined. */
export function ask(
  cell: ActorCell,
  route: Route,
  first: unknown,
  second: unknown,
  options: CallOptions | undefined,
): Promise<unknown> {
  const { system, metrics } = cell.type;
  const context = sendingContext(system);
  // Further checks are needed when the ask may be refused, or may come from inside the actor itself.
  const busy = cell.blocked || cell.current !== undefined;
  if (options !== undefined || busy || !cell.accepting || !hasRoom(cell)) {
    return askWithEnvelope(
      cell,
      pack(system, route, first, second, undefined),
      options,
      RootDecision.Pending,
    );
  }
  if (system.tracing.active && !isSpanless(cell, context)) {
    const decision = context === ROOT_CONTEXT ? RootDecision.Sampled : RootDecision.Pending;
    return askWithEnvelope(cell, pack(system, route, first, second, undefined), options, decision);
  }
  const pending = new PendingAsk(cell, route, system.askTimeoutMs, context);
  pending.from(system.running, callingCell(context, system.running));
  if (first !== ABSENT) pending.slots = second === ABSENT ? 1 : 2;
  system.askWheel.add(pending, system.askTimeoutMs);
  const { series } = route;
  const sender = senderIn(context, pending.running);
  let { edge } = series;
  if (edge.sender !== sender) edge = series.from(sender);
  if (edge.due() && system.timed) {
    pending.sentAtMs = system.clock.monotonicMs();
    series.timedAt(edge, pending.sentAtMs, system.timingIsExpensive);
  }
  if (cell.isStopped) {
    const envelope = pack(system, route, first, second, undefined);
    envelope.ask = pending;
    insert(cell, envelope);
    return pending.promise;
  }
  cell.enqueueBare(pending, first, second, context);
  metrics.mailboxDepth.add(1);
  if (!cell.blocked) system.dispatcher.schedule(cell);
  return pending.promise;
}

/** Returns whether an ask from `context` opens no span: its trace is not recorded or not sampled. */
function isSpanless({ type }: ActorCell, context: Context): boolean {
  const { tracing } = type.system;
  if (context !== ROOT_CONTEXT) return tracing.isUnsampled(context);
  return !tracing.samplesRoot(type.settings.tracing);
}

/**
 * Sends an ask that needs an envelope: for its span, its options, or because it may be refused.
 *
 * @param decision the sampling decision for a trace that starts here, if already made
 */
export function askWithEnvelope(
  cell: ActorCell,
  envelope: Envelope,
  options: CallOptions | undefined,
  decision: RootDecision,
): Promise<unknown> {
  const { system } = cell.type;
  const { route, context } = envelope;
  const timeoutMs = options?.timeoutMs ?? system.askTimeoutMs;
  const pending = new PendingAsk(cell, route, timeoutMs, context);
  pending.from(system.running, callingCell(context, system.running));
  system.askWheel.add(pending, timeoutMs);
  envelope.ask = pending;
  if (system.tracing.active) openAskSpan(cell, envelope, pending, decision);
  if (isInside(cell, envelope.context)) {
    rejectSelfAsk(cell, envelope, pending);
  } else {
    // The outcome of a wait for room reaches the ask itself.
    const outcome = offer(cell, envelope, options);
    if (outcome instanceof DeliveryError) pending.reject(outcome);
    else pending.sentAtMs = envelope.sentAtMs;
  }
  if (options?.signal !== undefined) pending.abortOn(options.signal);
  return pending.promise;
}

/** Opens the span of an ask, unless its trace is not recorded. */
export function openAskSpan(
  cell: ActorCell,
  envelope: Envelope,
  pending: PendingAsk,
  decision: RootDecision,
): void {
  const { system, settings } = cell.type;
  const span = system.tracing.openAsk(cell, envelope, settings.tracing, decision);
  if (span !== envelope.span) pending.under(span);
  envelope.span = span;
}

/** Rejects an ask made by the actor's own handler or hook, which could never be answered. */
function rejectSelfAsk(cell: ActorCell, envelope: Envelope, pending: PendingAsk): void {
  pending.reject(selfAsk(cell, envelope.route.messageType));
  countSent(envelope);
  cell.type.system.deadLetter(cell, envelope, DeadLetterReason.SelfAsk);
}

function selfAsk(cell: ActorCell, messageType: string): UsageError {
  const { actorId, currentMessage } = cell;
  const busy = currentMessage === undefined ? "runs a hook" : `handles ${currentMessage}`;
  return new UsageError(
    `${actorId} asks itself ${messageType} while it ${busy}: ` +
      "it would wait for ever; tell it, or ask from a task",
    { code: ErrorCode.SelfAsk },
  );
}
