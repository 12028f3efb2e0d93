import type { Context, Span } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { callingCell } from "../../actor/delivery/caller.ts";
import { offer } from "../../actor/delivery/offer.ts";
import type { WaitOptions } from "../../actor/delivery/parked-sends.ts";
import type { Envelope } from "../../actor/mailbox/envelope.ts";
import { passReply } from "../../actor/mailbox/reply-holders.ts";
import { countSent } from "../../actor/mailbox/sender.ts";
import type { AbortNotice } from "../../base/async/abort-notice.ts";
import { Deferred } from "../../base/async/deferred.ts";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { DeadLetterReason, MessageKind } from "../../telemetry/attributes.ts";
import type { KeyedType } from "../activation/keyed-type.ts";
import { Parcel } from "../queue/outbox.ts";
import type { Owner } from "../records/record-keys.ts";
import type { Elsewhere } from "./stand-in.ts";

/** A message for a queue, as it is sent to another process. */
export interface ForwardedQueueMessage {
  readonly queue: string;
  /** The body as JSON. */
  readonly text: string;
  /** Whether the sender waits for the reply, or only until the message is stored. */
  readonly awaitsReply: boolean;
  /** Called once it is stored, if the reply is awaited and the sender wants to know. */
  readonly stored?: ((id: string) => void) | undefined;
}

/** What a {@link ForwardedMessage} uses of the process that sends it. */
export interface SendingProcess {
  /** Returns the activation of a key that accepts messages. */
  find(owner: Owner): ActorCell | undefined;
  /** Called once, when the message has ended or has come back to this process. */
  gone(): void;
}

/**
 * A message to a key whose actor is not in this process, on its way out. It counts as sent and as handled here: it has
 * left. Where it comes back, it is sent once more.
 *
 * An ask ends by `reply` or `fail`, a tell by `accepted` or `fail`, and both by `deliverHere`. Whatever comes first
 * counts; a later one has no effect.
 */
export class ForwardedMessage {
  /** When it is no longer waited for, on the monotonic clock of the system; `undefined` for a tell without a limit. */
  readonly deadlineMs: number | undefined;
  readonly #cell: ActorCell;
  readonly #envelope: Envelope;
  readonly #room: Deferred<void> | undefined;
  readonly #process: SendingProcess;
  #listener: (() => void) | undefined;
  #timer: ClockTimer | undefined;
  #ignoreSignal: (() => void) | undefined;
  #hasEnded = false;
  #hasLeft = false;

  /**
   * @param cell stands for the key
   * @param options limits of a tell whose sender waits
   */
  constructor(
    cell: ActorCell,
    envelope: Envelope,
    options: WaitOptions | undefined,
    process: SendingProcess,
  ) {
    this.#cell = cell;
    this.#envelope = envelope;
    this.#process = process;
    const { system, waitsWhenFull } = cell.type;
    const { ask } = envelope;
    envelope.route.series.handledUntimed();
    const timeoutMs = ask?.timeoutMs ?? options?.timeoutMs;
    this.deadlineMs = timeoutMs === undefined ? undefined : system.clock.monotonicMs() + timeoutMs;
    if (ask !== undefined) {
      if (ask.target !== cell) passReply(ask, cell);
      ask.queueUp(() => this.#end());
      return;
    }
    if (!waitsWhenFull && options?.confirmed !== true) return;
    this.#room = new Deferred<void>();
    this.#limit(options ?? {});
  }

  get owner(): Owner {
    return this.#target.owner;
  }

  get type(): KeyedType {
    return this.#cell.type as KeyedType; // only those have stand-ins for keys
  }

  /** For the state of an actor that does not exist yet. */
  get input(): unknown {
    return this.#target.input;
  }

  /** Whether it is refused if there is no such actor. */
  get mustExist(): boolean {
    return this.#target.mustExist;
  }

  get kind(): "ask" | "tell" {
    return this.#envelope.ask === undefined ? "tell" : "ask";
  }

  /** Name of the message; `queue.` and the name of the queue for a queue message. */
  get name(): string {
    return this.#envelope.route.messageType;
  }

  /** The arguments; none for a queue message. */
  get args(): readonly unknown[] {
    return this.queued === undefined ? this.#envelope.args() : [];
  }

  /** Set for a message of a queue. It is an ask: answered with its id when it is stored, or with its reply. */
  get queued(): ForwardedQueueMessage | undefined {
    const { first } = this.#envelope;
    if (!(first instanceof Parcel)) return undefined;
    const { queue, text, awaitsReply, stored } = first;
    return { queue, text: text.text, awaitsReply, stored };
  }

  /** Context of the sender: an actor's scope if an actor sends it. Has where a request from outside comes from. */
  get context(): Context {
    return this.#envelope.context;
  }

  /** Parent of what is done for the message elsewhere: the span of the ask, or of the sender of a tell. */
  get span(): Span | undefined {
    return this.#envelope.span;
  }

  /** Id of the actor that has sent it. */
  get senderId(): string | undefined {
    return callingCell(this.context, this.#envelope.ask?.running)?.actorId;
  }

  /** Resolves when a tell is accepted, for a sender that waits for it; `undefined` where none does. */
  get room(): Promise<void> | undefined {
    return this.#room?.promise;
  }

  /** Whether its outcome is settled, or its time-out has passed. */
  get ended(): boolean {
    return this.#hasEnded;
  }

  /** Calls `listener` when it has ended, immediately if it already has. There is one listener. */
  onEnded(listener: () => void): void {
    if (this.#hasEnded) listener();
    else this.#listener = listener;
  }

  /** Replies to an ask. */
  reply(value: unknown): void {
    this.#envelope.ask?.reply(value);
  }

  /** A tell is in the mailbox of its actor. */
  accepted(): void {
    if (!this.#end()) return;
    this.#room?.resolve();
  }

  /**
   * It could not be delivered, or its handler has failed. An ask is rejected; a tell becomes a dead letter.
   *
   * @param handled whether the handler has run, at least in part, or may have
   */
  fail(error: Error, handled: boolean): void {
    const { ask } = this.#envelope;
    if (ask !== undefined) {
      if (error instanceof DeliveryError) ask.fail(error, undefined, handled);
      else ask.reject(error, handled);
      return;
    }
    if (!this.#end()) return;
    countSent(this.#envelope);
    this.type.system.deadLetter(this.#cell, this.#envelope, DeadLetterReason.Unreachable);
    this.#room?.reject(error);
  }

  /**
   * Gives it to the activation of its key in this process, in the stack of the caller.
   *
   * @returns whether there was one that accepts messages, or the message has ended
   */
  deliverHere(): boolean {
    if (this.#hasEnded) return true;
    const cell = this.#process.find(this.owner);
    if (cell === undefined) return false;
    const { ask } = this.#envelope;
    if (ask !== undefined) passReply(ask, cell);
    else this.#end();
    this.#leave();
    if (cell.blocked) this.type.residence.hasten(cell, this.mustExist);
    // The time-out and the signal of a tell that waits for room end with the message that left.
    const outcome = offer(cell, this.#envelope, undefined);
    if (ask !== undefined) {
      if (outcome instanceof DeliveryError) ask.reject(outcome);
    } else if (outcome instanceof DeliveryError) {
      this.#room?.reject(outcome);
    } else {
      this.#room?.resolve(outcome);
    }
    return true;
  }

  get #target(): Elsewhere {
    return this.#cell.input as Elsewhere; // as the constructor has it
  }

  /** A tell whose sender waits until it is accepted has a limit of its own; an ask has its time-out. */
  #limit({ timeoutMs, signal }: WaitOptions): void {
    const { clock } = this.type.system;
    if (timeoutMs !== undefined) {
      const text = `${this.#name()} was not accepted within ${timeoutMs} ms`;
      const giveUp = (): void => this.#giveUp(ErrorCode.AskTimeout, text, undefined);
      this.#timer = clock.schedule(giveUp, timeoutMs, KeepAlive.Yes);
    }
    if (signal !== undefined) this.#abortOn(signal);
  }

  #abortOn(signal: AbortNotice): void {
    const abort = (): void => {
      const text = `${this.#name()} was aborted before it was accepted`;
      this.#giveUp(ErrorCode.Aborted, text, signal.reason);
    };
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener("abort", abort, { once: true });
    this.#ignoreSignal = () => signal.removeEventListener("abort", abort);
  }

  #giveUp(code: ErrorCode, text: string, cause: unknown): void {
    if (!this.#end()) return;
    const { actorId } = this.#cell;
    this.#room?.reject(new DeliveryError(text, { code, actorId, messageType: this.name, cause }));
  }

  #name(): string {
    return `${MessageKind.Tell} ${this.name} of ${this.#cell.actorId}`;
  }

  /** @returns whether it had not ended before */
  #end(): boolean {
    if (this.#hasEnded) return false;
    this.#hasEnded = true;
    this.#timer?.cancel();
    this.#ignoreSignal?.();
    this.#listener?.();
    this.#leave();
    return true;
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#process.gone();
  }
}
