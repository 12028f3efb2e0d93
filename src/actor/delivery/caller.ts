import type { Context } from "@opentelemetry/api";
import { ActorScope, ScopeKind } from "../../telemetry/actor-scope.ts";
import { activeContext } from "../../telemetry/api-globals.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";

/** Code of an actor that calls the runtime, or has called it. */
export interface Caller {
  readonly cell: ActorCell;
  readonly part: ScopeKind;
  /** Messages the actor had taken by then: tells its handlers apart. */
  readonly turn: number;
  /** Where the call was made. */
  readonly context: Context;
}

/** The actor whose code runs now; `undefined` outside of actors. */
export function callerOf({ running }: SystemRuntime): Caller | undefined {
  return callerIn(activeContext(), running);
}

/**
 * The actor whose code runs in `context`. Where no context tells, as without a context manager, it is a
 * handler of the actor on the stack.
 *
 * @param running the actor whose code is on the stack, if it counts
 */
export function callerIn(context: Context, running: ActorCell | undefined): Caller | undefined {
  const cell = callingCell(context, running);
  if (cell === undefined) return undefined;
  return { cell, part: partIn(context), turn: cell.taken, context };
}

/** The actor that has made an ask; `undefined` when no actor did. */
export function callerOfAsk({ sender, running, senderTurn }: PendingAsk): Caller | undefined {
  const cell = callingCell(sender, running);
  if (cell === undefined) return undefined;
  return { cell, part: partIn(sender), turn: senderTurn, context: sender };
}

/** The actor of {@link callerIn}, without making an object. */
export function callingCell(
  context: Context,
  running: ActorCell | undefined,
): ActorCell | undefined {
  // The runtime makes scopes for cells only.
  return context instanceof ActorScope ? (context.actor as ActorCell) : running;
}

function partIn(context: Context): ScopeKind {
  return context instanceof ActorScope ? context.kind : ScopeKind.Handler;
}
