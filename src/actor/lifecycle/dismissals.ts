import { Deferred } from "../../base/async/deferred.ts";
import { monotonicMs, runInNextTurn } from "../../base/node-timers.ts";
import { DeadLetterReason } from "../../telemetry/attributes.ts";
import type { SystemFrame } from "../../telemetry/context/frames.ts";
import type { ActorCell } from "../cell/cell.ts";

/** Messages dismissed in every turn of the event loop, however long it takes. */
const AT_LEAST = 256;
/** Duration after which no further messages are dismissed in a turn: that of a turn of the dispatcher. */
const TURN_MS = 5;
/** Messages between two readings of the clock. */
const STRIDE = 64;

/**
 * Passes the queued messages of actors that end to their types. A backlog is dismissed over several turns, so
 * that it does not block the event loop. Until then its messages count as waiting.
 */
export class Dismissals {
  readonly #frame: SystemFrame;
  readonly #cells = new Set<ActorCell>();
  /** Messages dismissed in this turn, and when the first one was. */
  #inTurn = 0;
  #turnBeganMs = 0;
  #running = false;
  #scheduled = false;
  #done: Deferred<void> | undefined;

  constructor(frame: SystemFrame) {
    this.#frame = frame;
  }

  /** Dismisses the messages of `cell` and of its waiting senders, as many as possible immediately. */
  add(cell: ActorCell): void {
    this.#cells.add(cell);
    this.#run();
  }

  /** Resolves when no message is left to dismiss. */
  async whenDone(): Promise<void> {
    if (this.#cells.size === 0) return;
    this.#done ??= new Deferred();
    await this.#done.promise;
  }

  #run(): void {
    // A listener of dead letters may end another actor, whose messages then follow in the loop below.
    if (this.#running) return;
    this.#running = true;
    try {
      for (const cell of this.#cells) {
        if (!this.#dismissAll(cell)) break;
        this.#cells.delete(cell);
      }
    } finally {
      this.#running = false;
      if (this.#inTurn > 0) this.#schedule();
    }
  }

  /** @returns whether all messages of `cell` are dismissed */
  #dismissAll(cell: ActorCell): boolean {
    while (!this.#isTurnOver()) {
      if (!dismissNext(cell)) return true;
      this.#inTurn += 1;
    }
    return false;
  }

  #isTurnOver(): boolean {
    const count = this.#inTurn;
    if (count === 0) this.#turnBeganMs = monotonicMs();
    if (count < AT_LEAST || count % STRIDE !== 0) return false;
    return monotonicMs() - this.#turnBeganMs >= TURN_MS;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#frame.run(() => runInNextTurn(() => this.#beginTurn()));
  }

  #beginTurn(): void {
    this.#scheduled = false;
    this.#inTurn = 0;
    this.#run();
    if (this.#cells.size > 0) return;
    this.#done?.resolve();
    this.#done = undefined;
  }
}

/** @returns whether there was a message */
function dismissNext(cell: ActorCell): boolean {
  const envelope = cell.dequeue();
  if (envelope === undefined) return cell.extrasIfAny?.parked?.dismissNext(cell) === true;
  const { type } = cell;
  type.metrics.mailboxDepth.add(-1);
  type.undelivered(cell, envelope, DeadLetterReason.Undelivered);
  return true;
}
