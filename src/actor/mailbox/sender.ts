import { type Context, ROOT_CONTEXT } from "@opentelemetry/api";
import { ActorScope } from "../../telemetry/context/actor-scope.ts";
import { hasContextManager } from "../../telemetry/context/api-globals.ts";
import { requestOf } from "../../telemetry/context/request-origin.ts";
import {
  type MessageEdge,
  OUTSIDE,
  PROGRAM,
  type Sender,
} from "../../telemetry/metrics/senders.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Envelope } from "./envelope.ts";
import type { PendingAsk } from "./pending-ask.ts";

/** An actor, or what stands for one. */
type Receiver = Pick<ActorCell, "type">;

/**
 * Returns who sends from `context`: a type of actors, a client of a gateway, or the program.
 *
 * @param running the actor whose handler is on the stack; the only identification without a context manager
 */
export function senderIn(context: Context, running: ActorCell | undefined): Sender {
  if (running !== undefined) return running.type.sender;
  return context === ROOT_CONTEXT ? PROGRAM : senderOf(context);
}

function senderOf(context: Context): Sender {
  // Only the runtime creates scopes, and only for cells.
  if (context instanceof ActorScope) return (context.actor as ActorCell).type.sender;
  return requestOf(context) === undefined ? PROGRAM : OUTSIDE;
}

/** Counts a message as sent, on the edge of its sender. Returns the edge if the message is to be timed. */
export function countSent({ route, sender, context }: Envelope): MessageEdge | undefined {
  const edge = route.series.from(sender ?? senderIn(context, undefined));
  return edge.due() ? edge : undefined;
}

/** Counts an ask that has settled on the edge of its asker. */
export function countSettled(ask: PendingAsk, elapsedMs: number | undefined, error: unknown): void {
  const { running, route, sentAtMs } = ask;
  const sender = senderIn(ask.sender, running);
  const { edge: last } = route.series;
  const { edge } = last.sender === sender ? last : route.series.from(sender);
  // A time that is known without measuring would make slow asks more frequent than they are.
  const timedMs = sentAtMs === undefined ? undefined : elapsedMs;
  edge.settled(timedMs, error);
}

/**
 * Counts a message that was lost, refused, or whose handler failed, on the edge of its sender. Asks are counted when
 * they settle; an ask that was forwarded is also counted here, on the edge of the actor that forwarded it.
 */
export function countFailed({ type }: Receiver, envelope: Envelope): void {
  const { ask, route, sender = senderIfKnown(envelope.context) } = envelope;
  if (sender === undefined) return;
  if (ask === undefined ? route.isAsk : !isForwarded(envelope, ask)) return;
  const edge = type.senders.from(sender);
  // A context that was changed on the way may name another sender than the call did.
  if (edge.failed < edge.sent) edge.failed += 1;
}

function isForwarded({ sender }: Envelope, ask: PendingAsk): boolean {
  return sender !== undefined && sender !== senderIn(ask.sender, ask.running);
}

/** Without a context manager, the context of a tell does not tell who sent it. */
function senderIfKnown(context: Context): Sender | undefined {
  if (context === ROOT_CONTEXT && !hasContextManager()) return undefined;
  return senderIn(context, undefined);
}
