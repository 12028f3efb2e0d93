import type { ActorCell } from "../cell/cell.ts";
import type { PendingAsk } from "./pending-ask.ts";

/** Who is to reply to asks whose reply has been given away; no ordinary ask is ever in here. */
const holders = new WeakMap<PendingAsk, ActorCell>();

/** Says that the reply to `ask` is now up to `holder`. */
export function passReply(ask: PendingAsk, holder: ActorCell): void {
  holders.set(ask, holder);
}

/**
 * The actor the asker waits for, where that is not, or not only, the one it asked: the one the ask was
 * forwarded to, or the one that keeps the reply for later. `undefined` for an ask whose reply nobody has
 * given away; it is up to the actor that was asked.
 */
export function replyHolder(ask: PendingAsk): ActorCell | undefined {
  return holders.get(ask);
}

/** Asks whose reply an actor has kept for later: any of its code may give it, or code it was handed to. */
const kept = new WeakSet<PendingAsk>();

/** Says that `holder` has kept the reply to `ask`. */
export function keepReply(ask: PendingAsk, holder: ActorCell): void {
  passReply(ask, holder);
  kept.add(ask);
}

/** Whether the reply to `ask` has been kept for later: it waits for no handler. */
export function isKept(ask: PendingAsk): boolean {
  return kept.has(ask);
}
