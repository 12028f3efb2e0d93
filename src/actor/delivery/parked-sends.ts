import type { AbortNotice } from "../../base/async/abort-notice.ts";
import { Deferred } from "../../base/async/deferred.ts";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { countSent } from "../mailbox/sender.ts";
import { accept, refuse } from "./admission.ts";
import { noteWait, type WaitNote } from "./wait-note.ts";

/** Limits of the wait for room. */
export interface WaitOptions {
  /** Default: without limit. */
  readonly timeoutMs?: number;
  readonly signal?: AbortNotice;
  /**
   * Whether the sender also waits until an actor of another process has the message, if senders of its type do not wait for
   * room. Default `false`.
   */
  readonly confirmed?: boolean;
}

/** A sender waiting for room in a mailbox. */
export class ParkedSend {
  readonly envelope: Envelope;
  /** The waiting actor, if any. Absent for an ask, which records its own sender. */
  readonly note: WaitNote | undefined;
  /** Longest wait of a tell. An ask has its own time-out. */
  timeoutMs: number | undefined = undefined;
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #timer: ClockTimer | undefined;
  #signal: AbortNotice | undefined;
  #onAbort: (() => void) | undefined;
  readonly #queue: ParkedSends;

  constructor(queue: ParkedSends, envelope: Envelope, note: WaitNote | undefined) {
    this.#queue = queue;
    this.envelope = envelope;
    this.note = note;
    const { promise, resolve, reject } = new Deferred<void>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Applies the time-out and abort signal of a tell. An ask has its own. */
  limit(cell: ActorCell, options: WaitOptions): void {
    const { timeoutMs, signal } = options;
    if (timeoutMs !== undefined) {
      this.timeoutMs = timeoutMs;
      this.#timer = cell.type.system.clock.schedule(
        () => this.giveUp(cell),
        timeoutMs,
        KeepAlive.Yes,
      );
    }
    if (signal === undefined) return;
    this.#signal = signal;
    this.#onAbort = () => this.#abort(cell, signal);
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  admitted(): void {
    this.#release();
    this.#resolve();
  }

  /**
   * Ends the wait of a tell: its message is refused.
   *
   * @param error rejection of the tell; by default the error for a full mailbox
   */
  giveUp(cell: ActorCell, error?: Error): void {
    if (!this.#queue.remove(this)) return;
    const refusal = refuse(cell, this.envelope);
    this.#release();
    this.#reject(error ?? refusal);
  }

  /** Turns the message of an ask that has settled while it was parked into a dead letter. */
  abandon(cell: ActorCell): void {
    if (!this.#queue.remove(this)) return;
    countSent(this.envelope);
    cell.type.system.deadLetter(cell, this.envelope, DeadLetterReason.Abandoned);
    this.admitted();
  }

  #abort(cell: ActorCell, signal: AbortNotice): void {
    const { actorId } = cell;
    const { messageType } = this.envelope.route;
    const text = `tell ${messageType} of ${actorId} was aborted while it waited for room`;
    const code = ErrorCode.Aborted;
    const { reason: cause } = signal;
    this.giveUp(cell, new DeliveryError(text, { code, actorId, messageType, cause }));
  }

  #release(): void {
    this.#timer?.cancel();
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Senders waiting for room, in order of arrival. Their messages are not counted as sent yet. */
export class ParkedSends {
  readonly #waiting = new Set<ParkedSend>();
  /** Position of the dismissal. A new iterator would pass over all removed entries again. */
  #leaving: Iterator<ParkedSend, undefined> | undefined;

  /** Number of waiting senders. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Iterates over the waiting senders in order of arrival. */
  [Symbol.iterator](): Iterator<ParkedSend> {
    return this.#waiting.values();
  }

  add(parked: ParkedSend): void {
    this.#waiting.add(parked);
  }

  /**
   * Removes a sender that gives up, immediately, so that they do not accumulate while an actor is stuck.
   *
   * @returns whether it was still waiting
   */
  remove(parked: ParkedSend): boolean {
    return this.#waiting.delete(parked);
  }

  /** Admits as many senders as there is room for. */
  admit(cell: ActorCell): void {
    const { mailboxLimit } = cell.type.settings;
    for (const parked of this.#waiting) {
      if (cell.depth >= mailboxLimit) return;
      this.#waiting.delete(parked);
      const { ask } = parked.envelope;
      accept(cell, parked.envelope);
      // The time of a forwarded ask counts from the original send.
      if (ask !== undefined) ask.sentAtMs ??= parked.envelope.sentAtMs;
      parked.admitted();
    }
  }

  /**
   * Ends the longest wait because the actor ends: the message is undelivered.
   *
   * @returns whether a sender was waiting
   */
  dismissNext(cell: ActorCell): boolean {
    this.#leaving ??= this.#waiting.values();
    const { value: parked } = this.#leaving.next();
    if (parked === undefined) return false;
    const { envelope } = parked;
    this.#waiting.delete(parked); // before the ask is rejected, which would remove it as abandoned
    countSent(envelope);
    cell.type.undelivered(cell, envelope, DeadLetterReason.Undelivered);
    parked.admitted();
    return true;
  }
}

/** Makes the sender of `envelope` wait for room in the full mailbox of `cell`. */
export function park(
  cell: ActorCell,
  envelope: Envelope,
  options: WaitOptions | undefined,
): Promise<void> {
  const extras = cell.ensureExtras();
  const { system } = cell.type;
  extras.parked ??= new ParkedSends();
  system.cellsWithParkedSenders.add(cell);
  const parked = new ParkedSend(extras.parked, envelope, noteWait(cell));
  extras.parked.add(parked);
  const { ask } = envelope;
  if (ask !== undefined) ask.queueUp(() => parked.abandon(cell));
  else if (options !== undefined) parked.limit(cell, options);
  return parked.promise;
}
