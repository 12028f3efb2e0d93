import { DeliveryError, ErrorCode, UsageError } from "../../base/errors.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ActorContext } from "../definition/context.ts";
import { ABSENT, type Envelope } from "../mailbox/envelope.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import { passReply } from "../mailbox/reply-holders.ts";
import type { Route } from "../mailbox/route.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";
import { callPort } from "./calls.ts";
import { CellRef } from "./cell-ref.ts";
import { offer } from "./offer.ts";
import { takeReply } from "./replies.ts";
import { pack } from "./sending.ts";
import { refuseUnknown } from "./unknown-message.ts";

/** Returned by forwarding calls for the handler to return. Its value is never used. */
const FORWARDED: object = Object.freeze({});

/** Returns an object whose calls forward the message being handled to `ref`; see `ActorContext.forward`. */
export function forwardTo(cell: ActorCell, life: ActorContext<unknown>, ref: unknown): object {
  const target = CellRef.targetOf(ref);
  if (target === undefined) {
    throw new UsageError("a message can be forwarded to an ActorRef only", {
      code: ErrorCode.InvalidOption,
    });
  }
  return new target.type.calls((messageType, args) => {
    const route = target.type.asks.get(messageType);
    if (route === undefined) throw refuseUnknown(target, messageType);
    const { ask } = takeReply(cell, life, "forward a message");
    if (ask === undefined) callPort(new CellRef(target, undefined).tell, messageType, args);
    else passOn(target.cell(), packAll(target.type.system, route, args), ask, cell);
    return FORWARDED;
  });
}

function packAll(system: SystemRuntime, route: Route, args: readonly unknown[]): Envelope {
  if (args.length > 2) return pack(system, route, ABSENT, ABSENT, args);
  const [first, second] = args;
  const a = args.length > 0 ? first : ABSENT;
  return pack(system, route, a, args.length > 1 ? second : ABSENT, undefined);
}

/** Sends an ask that was made to another actor. Its time-out and span remain those of the asker. */
function passOn(
  target: ActorCell,
  envelope: Envelope,
  ask: PendingAsk,
  forwarder: ActorCell,
): void {
  envelope.ask = ask;
  envelope.sender = forwarder.type.sender;
  passReply(ask, target);
  const outcome = offer(target, envelope, undefined); // the outcome of a wait reaches the ask itself
  if (outcome instanceof DeliveryError) ask.reject(outcome);
}
