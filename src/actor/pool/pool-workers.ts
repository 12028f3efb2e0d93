import { ROOT_CONTEXT } from "@opentelemetry/api";
import { type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { toError } from "../../base/errors.ts";
import { StopReason } from "../../telemetry/attributes.ts";
import { context as otel } from "../../telemetry/context/api.ts";
import type { ActorCell } from "../cell/cell.ts";
import type { Cancellable } from "../definition/context.ts";
import type { WhenFull } from "../definition/messages.ts";
import type { CellRef } from "../delivery/cell-ref.ts";
import type { SystemRuntime } from "../system/system-runtime.ts";

/** Lifetime after which a worker counts as stable. */
const STEADY_MS = 1_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 30_000;

/** Starts the worker of a place. */
export type StartWorker<Messages, Full extends WhenFull> = (
  place: number,
) => readonly [ref: CellRef<Messages, Full>, cell: ActorCell];

/** One place of a pool: its current worker, or the last one while there is no current one. */
interface Place<Messages, Full extends WhenFull> {
  readonly index: number;
  ref: CellRef<Messages, Full>;
  cell: ActorCell;
  startedMs: number;
  /** Number of successive workers that ended early. */
  shortLives: number;
}

/**
 * Returns how long a place stays empty. The first replacement is immediate, except after a failed start,
 * so that a start that always fails does not cause a hot loop.
 */
function pauseMs(shortLives: number, reason: StopReason | undefined): number {
  const doublings = reason === StopReason.StartFailed ? shortLives - 1 : shortLives - 2;
  return doublings < 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** doublings);
}

/** The workers of a pool. Replaces those that end before the pool does, each in a new trace. */
export class PoolWorkers<Messages, Full extends WhenFull> implements Cancellable {
  /** The worker of each place; may have ended. */
  readonly cells: ActorCell[] = [];
  readonly #system: SystemRuntime;
  /** Set of cancellables that are cancelled when the parent or the system begins to end. */
  readonly #endings: Set<Cancellable>;
  readonly #start: StartWorker<Messages, Full>;
  readonly #places: Place<Messages, Full>[] = [];
  readonly #timers = new Map<Place<Messages, Full>, ClockTimer>();
  #over = false;

  /** @param parent actor with which the pool ends; `undefined` for a top-level pool */
  constructor(
    system: SystemRuntime,
    parent: ActorCell | undefined,
    size: number,
    start: StartWorker<Messages, Full>,
  ) {
    this.#system = system;
    this.#endings = parent?.ensureExtras().endings ?? system.endings;
    this.#endings.add(this);
    this.#start = start;
    try {
      for (let index = 0; index < size; index += 1) {
        const [ref, cell] = start(index);
        const place = { index, ref, cell, startedMs: system.clock.monotonicMs(), shortLives: 0 };
        this.#places.push(place);
        this.cells.push(cell);
        this.#watch(place);
      }
    } catch (error) {
      this.kill(); // an incomplete pool is not kept
      throw error;
    }
  }

  /** Returns the address of the worker at `index`. */
  ref(index: number): CellRef<Messages, Full> {
    return (this.#places[index] as Place<Messages, Full>).ref;
  }

  /** Returns the addresses of the workers that accept messages. */
  living(): CellRef<Messages, Full>[] {
    return this.#places.filter(({ cell }) => cell.accepting).map(({ ref }) => ref);
  }

  async stop(): Promise<void> {
    this.cancel();
    await Promise.all(this.#places.map(({ ref }) => ref.stop()));
  }

  kill(): void {
    this.cancel();
    for (const { ref } of this.#places) ref.kill();
  }

  /** Ends replacement. */
  cancel(): void {
    this.#over = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#endings.delete(this);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  #watch(place: Place<Messages, Full>): void {
    const extras = place.cell.ensureExtras();
    extras.replaceable = true;
    // Runs outside the spawner's trace, which would never end, and without its stores. `#lost` never throws.
    this.#system.dispatcher.frame.run(() => {
      void extras.stopped.promise.then((reason) => this.#lost(place, reason));
    });
  }

  #lost(place: Place<Messages, Full>, reason: StopReason): void {
    const { clock } = this.#system;
    const withParent = reason === StopReason.ParentStopped || reason === StopReason.Shutdown;
    if (withParent || this.#isEnding(place)) this.cancel();
    if (this.#over) return;
    const steady = clock.monotonicMs() - place.startedMs >= STEADY_MS;
    if (reason !== StopReason.StartFailed && steady) place.shortLives = 0;
    place.shortLives += 1;
    this.#replaceAfter(place, pauseMs(place.shortLives, reason), { reason });
  }

  #replaceAfter(place: Place<Messages, Full>, delayMs: number, why: object): void {
    const { cell } = place;
    const fields = { target_id: cell.actorId, ...why, pause_ms: delayMs };
    this.#system.warn("actor.pool.replacing", cell.actorType, fields, "pool replaces a worker");
    if (delayMs === 0) {
      this.#replace(place);
      return;
    }
    const replace = (): void => {
      this.#timers.delete(place);
      this.#replace(place);
    };
    this.#timers.set(place, this.#system.clock.schedule(replace, delayMs, KeepAlive.No));
  }

  #replace(place: Place<Messages, Full>): void {
    try {
      const [ref, cell] = otel.with(ROOT_CONTEXT, () => this.#start(place.index));
      Object.assign(place, { ref, cell, startedMs: this.#system.clock.monotonicMs() });
      this.cells[place.index] = cell;
      this.#watch(place);
    } catch (thrown) {
      this.#couldNotSpawn(place, toError(thrown));
    }
  }

  /** Handles a failed replacement: the name is taken, or the pool is ending with its parent or system. */
  #couldNotSpawn(place: Place<Messages, Full>, err: Error): void {
    if (this.#isEnding(place)) {
      this.cancel();
      return;
    }
    place.shortLives += 1;
    this.#replaceAfter(place, pauseMs(place.shortLives, StopReason.StartFailed), { err });
  }

  #isEnding({ cell: { parent } }: Place<Messages, Full>): boolean {
    return parent === undefined ? this.#system.closing : !parent.accepting;
  }
}
