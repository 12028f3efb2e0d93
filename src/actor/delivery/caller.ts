import type { Context } from "@opentelemetry/api";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { ActorScope, ScopeKind } from "../../telemetry/context/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";

/** An actor whose code calls, or has called, the runtime. */
export interface Caller {
  readonly cell: ActorCell;
  readonly part: ScopeKind;
  /** Number of messages the actor had taken at the time of the call; identifies the handler. */
  readonly turn: number;
  /** Context of the call. */
  readonly context: Context;
}

/** Returns the actor whose code is running; `undefined` outside actors. */
export function callerOf({ running }: SystemRuntime): Caller | undefined {
  return callerIn(activeContext(), running);
}

/**
 * Returns the actor whose code runs in `context`. If the context does not identify one, as without a context
 * manager, it is the actor whose handler is on the stack.
 *
 * @param running the actor whose code is on the stack, if it is to be considered
 */
export function callerIn(context: Context, running: ActorCell | undefined): Caller | undefined {
  const cell = callingCell(context, running);
  if (cell === undefined) return undefined;
  return { cell, part: partIn(context), turn: cell.taken, context };
}

/** Returns the actor that made an ask; `undefined` when the ask was made outside actors. */
export function callerOfAsk({ sender, running, senderTurn }: PendingAsk): Caller | undefined {
  const cell = callingCell(sender, running);
  if (cell === undefined) return undefined;
  return { cell, part: partIn(sender), turn: senderTurn, context: sender };
}

/** Returns the actor of {@link callerIn} without allocating an object. */
export function callingCell(
  context: Context,
  running: ActorCell | undefined,
): ActorCell | undefined {
  // Only the runtime creates scopes, and only for cells.
  return context instanceof ActorScope ? (context.actor as ActorCell) : running;
}

function partIn(context: Context): ScopeKind {
  return context instanceof ActorScope ? context.kind : ScopeKind.Handler;
}
