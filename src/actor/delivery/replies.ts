import { DeliveryError, ErrorCode, UsageError } from "../../base/errors.ts";
import { activeContext } from "../../telemetry/context/active-context.ts";
import { ScopeKind } from "../../telemetry/context/actor-scope.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ActorContext } from "../definition/context.ts";
import { Envelope } from "../mailbox/envelope.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import { keepReply } from "../mailbox/reply-holders.ts";
import { BareTell } from "../mailbox/route.ts";
import { callerIn } from "./caller.ts";

/** A reply that has been taken from the handler of its message. */
export interface TakenReply {
  /** `undefined` for a tell, whose reply is discarded. */
  readonly ask: PendingAsk | undefined;
}

/**
 * Takes the reply from the running handler. From then on the message is treated like a tell: the handler's
 * return value is ignored, and an error it throws is a failure.
 *
 * @throws {@link UsageError} `ERR_NO_REPLY` outside a handler, or when the reply is already taken
 */
export function takeReply(cell: ActorCell, life: ActorContext<unknown>, verb: string): TakenReply {
  const { current } = cell;
  if (current === undefined || cell.life !== life || !inHandler(cell)) {
    throw noReply(`${cell.actorId} cannot ${verb}: it is not in a handler`);
  }
  if (current instanceof BareTell) return { ask: undefined };
  if (current instanceof Envelope) {
    const { ask, route } = current;
    if (ask === undefined && route.isAsk) {
      throw noReply(`${cell.actorId} has given the reply to ${route.messageType} away already`);
    }
    current.ask = undefined;
    return { ask };
  }
  // An ask without an envelope gets one that has no ask, with which its handler then ends.
  const envelope = new Envelope(current.route);
  envelope.address(activeContext());
  envelope.sentAtMs = current.sentAtMs;
  cell.current = envelope;
  return { ask: current };
}

/** Returns whether the running code belongs to the handler, as far as can be determined; a task does not. */
function inHandler(cell: ActorCell): boolean {
  if (cell.type.system.running === cell) return true;
  const caller = callerIn(activeContext(), undefined);
  if (caller === undefined) return cell.blocked;
  return caller.cell === cell && caller.part === ScopeKind.Handler;
}

function noReply(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.NoReply });
}

/** A reply that is given after the handler has ended. */
export class HeldReply {
  readonly #cell: ActorCell;
  readonly #ask: PendingAsk | undefined;
  readonly #held: HeldReplies | undefined;
  /** Whether it has been given, which a kind of actor may pass on to the asker later. */
  #given = false;

  constructor(cell: ActorCell, ask: PendingAsk | undefined, held: HeldReplies | undefined) {
    this.#cell = cell;
    this.#ask = ask;
    this.#held = held;
  }

  get awaited(): boolean {
    return !this.#given && this.#ask?.settled === false;
  }

  get messageType(): string {
    return this.#ask?.route.messageType ?? "";
  }

  resolve(value: unknown): boolean {
    const { awaited } = this;
    this.#given = true;
    if (awaited) this.#reply(this.#ask as PendingAsk, value);
    this.#held?.delete(this);
    return awaited;
  }

  /** Rejects because the actor cannot reply any more. */
  fail(error: DeliveryError): void {
    this.#ask?.fail(error, undefined, true);
    this.#held?.delete(this);
  }

  reject(error: unknown): boolean {
    const { awaited } = this;
    this.#ask?.reject(error, true);
    this.#held?.delete(this);
    return awaited;
  }

  #reply(ask: PendingAsk, value: unknown): void {
    const { type } = this.#cell;
    if (type.holdsReplies) type.reply(this.#cell, ask, value);
    else ask.reply(value);
  }
}

/** The replies an actor has delegated. */
export class HeldReplies {
  readonly #held = new Set<HeldReply>();
  /** Number of replies above which settled ones are removed. */
  #sweepAt = 64;

  /** Whether any reply is still awaited. */
  get awaited(): boolean {
    for (const reply of this.#held) {
      if (reply.awaited) return true;
      this.#held.delete(reply);
    }
    return false;
  }

  /** Number of replies that are still awaited. */
  get awaitedCount(): number {
    let count = 0;
    for (const reply of this.#held) if (reply.awaited) count += 1;
    return count;
  }

  add(reply: HeldReply): void {
    this.#held.add(reply);
    if (this.#held.size > this.#sweepAt) this.#sweep();
  }

  delete(reply: HeldReply): void {
    this.#held.delete(reply);
  }

  /** Rejects all pending replies. */
  rejectAll(errorFor: (messageType: string) => DeliveryError): void {
    for (const reply of this.#held) {
      if (reply.awaited) reply.fail(errorFor(reply.messageType));
    }
    this.#held.clear();
  }

  #sweep(): void {
    for (const reply of this.#held) if (!reply.awaited) this.#held.delete(reply);
    this.#sweepAt = Math.max(64, this.#held.size * 2);
  }
}

/** Delegates the reply to the message being handled; see `ActorContext.delegateReply`. */
export function delegateReply(cell: ActorCell, life: ActorContext<unknown>): HeldReply {
  const { ask } = takeReply(cell, life, "delegate a reply");
  if (ask === undefined) return new HeldReply(cell, undefined, undefined);
  const extras = cell.ensureExtras();
  if (extras.heldReplies === undefined) {
    extras.heldReplies = new HeldReplies();
    cell.type.system.heldReplies.add(extras.heldReplies);
  }
  const reply = new HeldReply(cell, ask, extras.heldReplies);
  extras.heldReplies.add(reply);
  // The reply may have been all that kept the actor awake, and its asker may give up.
  if (cell.type.sleeps) ask.queueUp(() => cell.noticeIdle());
  keepReply(ask, cell);
  return reply;
}

/** Rejects the delegated replies of an actor that has ended. */
export function dropReplies(cell: ActorCell): void {
  const replies = cell.extrasIfAny?.heldReplies;
  if (replies === undefined) return;
  cell.type.system.heldReplies.delete(replies);
  replies.rejectAll((messageType) => cell.stoppedError(messageType));
}

/** Rejects delegated replies at a restart, which discards the state that may have referred to them. */
export function dropRepliesAtRestart(cell: ActorCell, cause: Error): void {
  const { actorId } = cell;
  cell.extrasIfAny?.heldReplies?.rejectAll((messageType) => {
    const text = `${actorId} restarted before it replied to ${messageType}`;
    return new DeliveryError(text, { code: ErrorCode.ReplyLost, actorId, messageType, cause });
  });
}
