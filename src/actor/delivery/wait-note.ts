import { AwaitedPromise } from "../../base/awaited-promise.ts";
import type { ActorCell } from "../cell/cell.ts";
import { type Caller, callerOf } from "./caller.ts";

/** Who has begun to wait, and since when: noted where a wait begins, read when it is asked who waits. */
export interface WaitNote extends Caller {
  readonly sinceMs: number;
}

/** How many notes of one thing are kept before those of actors that wait no more are thrown out. */
const TIDY_ABOVE = 32;

/** Notes that the code running now begins to wait for `cell`; `undefined` when it is not an actor's. */
export function noteWait(cell: ActorCell): WaitNote | undefined {
  const { system } = cell.type;
  const caller = callerOf(system);
  if (caller === undefined) return undefined;
  system.cellsBeingAwaited.add(cell);
  return { ...caller, sinceMs: system.clock.monotonicMs() };
}

/** `ended`, the end of `cell`, whose waiting is noted once somebody begins to: a stop need not be awaited. */
export function noteStopWait<Value>(cell: ActorCell, ended: Promise<Value>): Promise<Value> {
  const note = noteWait(cell);
  if (note === undefined || cell.isStopped) return ended;
  return new AwaitedPromise(ended, () => {
    const extras = cell.ensureExtras();
    extras.stopWaits ??= new WaitNotes();
    extras.stopWaits.add(note);
  });
}

/** Notes of those who wait for one thing, one an actor: the latest. */
export class WaitNotes {
  readonly #notes = new Map<ActorCell, WaitNote>();

  add(note: WaitNote | undefined): void {
    if (note === undefined) return;
    if (this.#notes.size > TIDY_ABOVE) this.#tidy();
    this.#notes.set(note.cell, note);
  }

  [Symbol.iterator](): Iterator<WaitNote> {
    return this.#notes.values();
  }

  #tidy(): void {
    for (const [waiting, { turn }] of this.#notes) {
      if (waiting.isStopped || waiting.taken !== turn) this.#notes.delete(waiting);
    }
  }
}
