import type { ActorCell } from "./cell.ts";
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
