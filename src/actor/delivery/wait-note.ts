import type { Context } from "@opentelemetry/api";
import { AwaitedPromise } from "../../base/awaited-promise.ts";
import { ActorScope } from "../../telemetry/actor-scope.ts";
import { activeContext } from "../../telemetry/api-globals.ts";
import type { ActorCell } from "../cell/cell.ts";

/** Who has begun to wait, and since when: noted where a wait begins, read by whoever asks who waits. */
export interface WaitNote {
  /** Where the wait began; the actor whose handler was running where no context tells. */
  readonly sender: Context | ActorCell;
  /** Messages the waiting actor had taken by then: tells its handlers apart. */
  readonly senderTurn: number;
  readonly sinceMs: number;
}

/** How many notes of one thing are kept before those of actors that wait no more are thrown out. */
const TIDY_ABOVE = 32;

/** The actor that waits, by where its wait began; `undefined` when it is no actor's wait. */
export function waitingActor(sender: Context | ActorCell): ActorCell | undefined {
  // The runtime makes scopes for cells only.
  if (sender instanceof ActorScope) return sender.actor as ActorCell;
  return "getValue" in sender ? undefined : sender;
}

/** Notes that the code running now begins to wait for `cell`; `undefined` when it is not an actor's. */
export function noteWait(cell: ActorCell): WaitNote | undefined {
  const { system } = cell.type;
  const context = activeContext();
  const sender = context instanceof ActorScope ? context : system.running;
  if (sender === undefined) return undefined;
  system.awaited.add(cell);
  const senderTurn = waitingActor(sender)?.taken ?? 0;
  return { sender, senderTurn, sinceMs: system.clock.monotonicMs() };
}

/** `ended`, the end of `cell`, whose waiting is noted once somebody begins to: a stop need not be awaited. */
export function noteStopWait<Value>(cell: ActorCell, ended: Promise<Value>): Promise<Value> {
  const note = noteWait(cell);
  if (note === undefined || cell.state === "stopped") return ended;
  return new AwaitedPromise(ended, () => {
    const { extras } = cell;
    extras.stopWaits ??= new WaitNotes();
    extras.stopWaits.add(note);
  });
}

/** Notes of those who wait for one thing, one an actor: the latest. */
export class WaitNotes {
  readonly #notes = new Map<ActorCell, WaitNote>();

  add(note: WaitNote | undefined): void {
    if (note === undefined) return;
    const waiting = waitingActor(note.sender);
    if (waiting === undefined) return;
    if (this.#notes.size > TIDY_ABOVE) this.#tidy();
    this.#notes.set(waiting, note);
  }

  [Symbol.iterator](): Iterator<WaitNote> {
    return this.#notes.values();
  }

  #tidy(): void {
    for (const [waiting, { senderTurn }] of this.#notes) {
      if (waiting.state === "stopped" || waiting.taken !== senderTurn) this.#notes.delete(waiting);
    }
  }
}
