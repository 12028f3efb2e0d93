import { DeliveryError, ErrorCode, UsageError } from "../../base/errors.ts";
import { ScopeKind } from "../../telemetry/actor-scope.ts";
import { activeContext } from "../../telemetry/api-globals.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { ActorContext } from "../definition/context.ts";
import { Envelope } from "../mailbox/envelope.ts";
import type { PendingAsk } from "../mailbox/pending-ask.ts";
import { keepReply } from "../mailbox/reply-holders.ts";
import { BareTell } from "../mailbox/route.ts";
import { callerIn } from "./caller.ts";

/** The reply of the message being handled, once it is no longer up to what the handler returns. */
export interface TakenReply {
  /** `undefined` when nobody waits: it was a tell. */
  readonly ask: PendingAsk | undefined;
}

/**
 * Takes the reply away from the handler that is running. From then on the message is like a tell: what
 * the handler returns goes nowhere, and what it throws is a failure.
 *
 * @throws {@link UsageError} `ERR_NO_REPLY` outside of a handler, or when its reply is given away already
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
  // An ask without an envelope: its handler ends with an envelope that has no ask.
  const envelope = new Envelope(current.route);
  envelope.address(activeContext());
  envelope.sentAtMs = current.sentAtMs;
  cell.current = envelope;
  return { ask: current };
}

/** Whether the code that runs is the handler's, as far as can be told: a task is not. */
function inHandler(cell: ActorCell): boolean {
  if (cell.type.system.running === cell) return true;
  const caller = callerIn(activeContext(), undefined);
  if (caller === undefined) return cell.blocked;
  return caller.cell === cell && caller.part === ScopeKind.Handler;
}

function noReply(text: string): UsageError {
  return new UsageError(text, { code: ErrorCode.NoReply });
}

/** A reply that somebody gives when the handler is long done. */
export class HeldReply {
  readonly #ask: PendingAsk | undefined;
  readonly #held: HeldReplies | undefined;

  constructor(ask: PendingAsk | undefined, held: HeldReplies | undefined) {
    this.#ask = ask;
    this.#held = held;
  }

  get awaited(): boolean {
    return this.#ask?.settled === false;
  }

  get messageType(): string {
    return this.#ask?.route.messageType ?? "";
  }

  resolve(value: unknown): boolean {
    const { awaited } = this;
    this.#ask?.reply(value);
    this.#held?.delete(this);
    return awaited;
  }

  reject(error: unknown): boolean {
    const { awaited } = this;
    this.#ask?.reject(error);
    this.#held?.delete(this);
    return awaited;
  }
}

/** The replies an actor has kept for later. */
export class HeldReplies {
  readonly #held = new Set<HeldReply>();
  /** Above this many, those that timed out are looked for. */
  #sweepAt = 64;

  add(reply: HeldReply): void {
    this.#held.add(reply);
    if (this.#held.size > this.#sweepAt) this.#sweep();
  }

  delete(reply: HeldReply): void {
    this.#held.delete(reply);
  }

  /** Rejects all that are still awaited. */
  rejectAll(errorFor: (messageType: string) => Error): void {
    for (const reply of this.#held) {
      if (reply.awaited) reply.reject(errorFor(reply.messageType));
    }
    this.#held.clear();
  }

  #sweep(): void {
    for (const reply of this.#held) if (!reply.awaited) this.#held.delete(reply);
    this.#sweepAt = Math.max(64, this.#held.size * 2);
  }
}

/** Lets the message being handled be answered later; see `ActorContext.delegateReply`. */
export function delegateReply(cell: ActorCell, life: ActorContext<unknown>): HeldReply {
  const { ask } = takeReply(cell, life, "delegate a reply");
  if (ask === undefined) return new HeldReply(undefined, undefined);
  const extras = cell.ensureExtras();
  extras.heldReplies ??= new HeldReplies();
  const reply = new HeldReply(ask, extras.heldReplies);
  extras.heldReplies.add(reply);
  keepReply(ask, cell);
  return reply;
}

/** The actor has ended: who still waits for a reply it has kept gets none. */
export function dropReplies(cell: ActorCell): void {
  cell.extrasIfAny?.heldReplies?.rejectAll((messageType) => cell.stoppedError(messageType));
}

/** A restart makes fresh state, and what knew of the replies is gone with the old. */
export function dropRepliesAtRestart(cell: ActorCell, cause: Error): void {
  const { actorId } = cell;
  cell.extrasIfAny?.heldReplies?.rejectAll((messageType) => {
    const text = `${actorId} restarted before it replied to ${messageType}`;
    return new DeliveryError(text, { code: ErrorCode.ReplyLost, actorId, messageType, cause });
  });
}
