import type { ActorCell } from "../cell/cell.ts";
import type { PendingAsk } from "./pending-ask.ts";

/** The actor responsible for each forwarded or delegated reply; ordinary asks are not included. */
const holders = new WeakMap<PendingAsk, ActorCell>();

/** Makes `holder` responsible for the reply to `ask`. */
export function passReply(ask: PendingAsk, holder: ActorCell): void {
  holders.set(ask, holder);
}

/**
 * Returns the actor the asker waits for if the reply has been passed on: the one the ask was forwarded to, or
 * the one that has delegated the reply. Returns `undefined` for any other ask, which is answered by the actor
 * that was asked.
 */
export function replyHolder(ask: PendingAsk): ActorCell | undefined {
  return holders.get(ask);
}

/** Asks with a delegated reply: any code of the actor, or code it was passed to, may settle them. */
const kept = new WeakSet<PendingAsk>();

/** Records that `holder` has delegated the reply to `ask`. */
export function keepReply(ask: PendingAsk, holder: ActorCell): void {
  passReply(ask, holder);
  kept.add(ask);
}

/** Returns whether the reply to `ask` has been delegated, so that it does not wait for a handler. */
export function isKept(ask: PendingAsk): boolean {
  return kept.has(ask);
}
