import { AwaitedPromise } from "../../base/async/awaited-promise.ts";
import type { ActorCell } from "../cell/cell.ts";
import { type Caller, callerOf } from "./caller.ts";

/** Records which actor waits and since when. Written when a wait begins, read when waits are analysed. */
export interface WaitNote extends Caller {
  readonly sinceMs: number;
}

/** Number of notes above which those of actors that no longer wait are removed. */
const TIDY_ABOVE = 32;

/** Records that the running code begins to wait for `cell`; `undefined` outside actors. */
export function noteWait(cell: ActorCell): WaitNote | undefined {
  const { system } = cell.type;
  const caller = callerOf(system);
  if (caller === undefined) return undefined;
  system.cellsBeingAwaited.add(cell);
  return { ...caller, sinceMs: system.clock.monotonicMs() };
}

/** Returns `ended`, the end of `cell`. A wait is noted only when it is awaited, since a stop need not be. */
export function noteStopWait<Value>(cell: ActorCell, ended: Promise<Value>): Promise<Value> {
  const note = noteWait(cell);
  if (note === undefined || cell.isStopped) return ended;
  return new AwaitedPromise(ended, () => {
    const extras = cell.ensureExtras();
    extras.stopWaits ??= new WaitNotes();
    extras.stopWaits.add(note);
  });
}

/** Notes about waits for one thing: the latest of each actor. */
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
