import type { Context } from "@opentelemetry/api";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import { DeliveryError } from "../../base/errors.ts";
import { RootDecision } from "../../telemetry/traces/actor-tracing.ts";
import type { ActorCell } from "../cell/cell.ts";
import { Envelope } from "../mailbox/envelope.ts";
import { type AskAnswer, PendingAsk } from "../mailbox/pending-ask.ts";
import type { Route } from "../mailbox/route.ts";
import { offer } from "./offer.ts";
import { openAskSpan } from "./sending.ts";

/** A message from outside of all actors, with a context of its own. */
export interface OutsideMessage {
  readonly route: Route;
  readonly args: readonly unknown[];
  /** Has the span of the request. */
  readonly context: Context;
  readonly timeoutMs: number;
  readonly signal?: AbortNotice | undefined;
}

/**
 * Sends an ask whose result is given to `answer` in the turn in which it is known, instead of by a promise: a promise is
 * settled a microtask later, after what the actor's next handler has given.
 */
export function askFrom(cell: ActorCell, message: OutsideMessage, answer: AskAnswer): PendingAsk {
  const { system } = cell.type;
  const { route, context, timeoutMs, signal } = message;
  const envelope = envelopeFor(message);
  const pending = new PendingAsk(cell, route, timeoutMs, context);
  pending.answerTo(answer);
  system.askWheel.add(pending, timeoutMs);
  envelope.ask = pending;
  if (system.tracing.active) openAskSpan(cell, envelope, pending, RootDecision.Pending);
  // The outcome of a wait for room reaches the ask itself.
  const outcome = offer(cell, envelope, undefined);
  if (outcome instanceof DeliveryError) pending.reject(outcome);
  else pending.sentAtMs = envelope.sentAtMs;
  if (signal !== undefined) pending.abortOn(signal);
  return pending;
}

/** Sends a message without a reply. Answered with `undefined` when it is in the mailbox. */
export function tellFrom(cell: ActorCell, message: OutsideMessage, answer: AskAnswer): void {
  const { route, timeoutMs, signal } = message;
  const { accepting } = cell;
  const limits = { timeoutMs, confirmed: true };
  const options = signal === undefined ? limits : { ...limits, signal };
  const outcome = offer(cell, envelopeFor(message), options);
  if (outcome instanceof DeliveryError) answer.fail(outcome, false);
  else if (outcome !== undefined) {
    outcome.then(
      () => answer.reply(undefined),
      (error: unknown) => answer.fail(error, false),
    );
  } else if (accepting) answer.reply(undefined);
  else answer.fail(cell.type.refusal(cell, route.messageType), false);
}

function envelopeFor({ route, args, context }: OutsideMessage): Envelope {
  const envelope = new Envelope(route);
  if (args.length > 2) envelope.all = args;
  else {
    if (args.length > 0) envelope.first = args[0];
    if (args.length > 1) envelope.second = args[1];
  }
  envelope.address(context);
  return envelope;
}
