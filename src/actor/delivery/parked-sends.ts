import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { DeliveryError, ErrorCode } from "../../base/errors.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { CallOptions } from "../definition/ref.ts";
import type { Envelope } from "../mailbox/envelope.ts";
import { accept, refuse } from "./admission.ts";
import { noteWait, type WaitNote } from "./wait-note.ts";

/** A sender that waits for room in a mailbox. */
export class ParkedSend {
  readonly envelope: Envelope;
  /** Who waits, if it is an actor; an ask says so itself. */
  readonly note: WaitNote | undefined;
  /** How long it waits at most; an ask gives up by itself. */
  timeoutMs: number | undefined = undefined;
  readonly promise: Promise<void>;
  readonly #resolve: () => void;
  readonly #reject: (error: unknown) => void;
  #timer: ClockTimer | undefined;
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;
  readonly #queue: ParkedSends;

  constructor(queue: ParkedSends, envelope: Envelope, note: WaitNote | undefined) {
    this.#queue = queue;
    this.envelope = envelope;
    this.note = note;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.promise = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Gives up as a tell's options say; an ask gives up by itself. */
  limit(cell: ActorCell, options: CallOptions): void {
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
   * Makes the sender of a tell give up: its message is refused.
   *
   * @param error what the sender is told; by default that the mailbox is full
   */
  giveUp(cell: ActorCell, error?: Error): void {
    if (!this.#queue.remove(this)) return;
    const refusal = refuse(cell, this.envelope);
    this.#release();
    this.#reject(error ?? refusal);
  }

  /** Nobody waits for the reply to an ask any more: its message is a dead letter. */
  abandon(cell: ActorCell): void {
    if (!this.#queue.remove(this)) return;
    this.envelope.route.series.sent.value += 1;
    cell.type.system.deadLetter(cell, this.envelope, DeadLetterReason.Abandoned);
    this.admitted();
  }

  #abort(cell: ActorCell, signal: AbortSignal): void {
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

/** Senders that wait for room, in the order they came. Their messages do not count as sent yet. */
export class ParkedSends {
  readonly #waiting = new Set<ParkedSend>();

  /** Number of senders that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Those that wait, in the order they came. */
  [Symbol.iterator](): Iterator<ParkedSend> {
    return this.#waiting.values();
  }

  add(parked: ParkedSend): void {
    this.#waiting.add(parked);
  }

  /**
   * Takes out a sender that gives up, at once: while an actor is stuck, those that gave up would pile up.
   *
   * @returns whether it was still waiting
   */
  remove(parked: ParkedSend): boolean {
    return this.#waiting.delete(parked);
  }

  /** Lets in as many as there is room for. */
  admit(cell: ActorCell): void {
    const { mailboxLimit } = cell.type.settings;
    for (const parked of this.#waiting) {
      if (cell.depth >= mailboxLimit) return;
      this.#waiting.delete(parked);
      const { ask } = parked.envelope;
      accept(cell, parked.envelope);
      // One that was forwarded counts from where it was asked.
      if (ask !== undefined) ask.sentAtMs ??= parked.envelope.sentAtMs;
      parked.admitted();
    }
  }

  /** The actor ends: the messages are undelivered, and their senders wait no longer. */
  dismiss(cell: ActorCell): void {
    for (const parked of this.#waiting) {
      const { envelope } = parked;
      this.#waiting.delete(parked); // before the ask is rejected, which would take it out as abandoned
      envelope.route.series.sent.value += 1;
      cell.type.undelivered(cell, envelope, DeadLetterReason.Undelivered);
      parked.admitted();
    }
  }
}

/** Makes the sender of `envelope` wait for room in the full mailbox of `cell`. */
export function park(
  cell: ActorCell,
  envelope: Envelope,
  options: CallOptions | undefined,
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
