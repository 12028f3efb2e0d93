import type { ActorCell } from "../../actor/cell/cell.ts";
import type { SystemRuntime } from "../../actor/system/system-runtime.ts";
import type { BusyPhase, StuckHandler } from "../../wire/snapshot.ts";
import type { Times } from "../rows/times.ts";
import type { LoopBlock, LoopWatch } from "../warnings/loop-watch.ts";
import type { Deadlocks } from "./deadlocks.ts";
import { findCause } from "./stuck-cause.ts";
import type { WaitPicture } from "./wait-picture.ts";
import { busyRow, phaseOf, runningSinceMs } from "./wait-rows.ts";

/** Receives stuck handlers when they are detected and when they end. */
export interface StuckListener {
  stuck(handler: StuckHandler, cell: ActorCell): void;
  unstuck(handler: StuckHandler): void;
}

/** A running handler or hook, identified by its actor and the number of messages taken. */
interface Busy {
  readonly cell: ActorCell;
  readonly phase: BusyPhase;
  readonly turn: number;
  readonly sinceMs: number;
}

/** Detects handlers and hooks that run longer than the `stuckAfterMs` of their type. */
export class StuckHandlers {
  readonly #system: SystemRuntime;
  readonly #times: Times;
  readonly #deadlocks: Deadlocks;
  readonly #loop: LoopWatch;
  readonly #listener: StuckListener;
  /** First sightings of handlers and hooks that the runtime has not timed. */
  #seen = new Map<ActorCell, Busy>();
  readonly #stuck = new Map<ActorCell, { readonly busy: Busy; readonly handler: StuckHandler }>();

  constructor(
    system: SystemRuntime,
    times: Times,
    parts: { readonly deadlocks: Deadlocks; readonly loop: LoopWatch },
    listener: StuckListener,
  ) {
    this.#system = system;
    this.#times = times;
    this.#deadlocks = parts.deadlocks;
    this.#loop = parts.loop;
    this.#listener = listener;
  }

  /** The currently stuck handlers, whether or not their end has been reported. */
  get active(): readonly StuckHandler[] {
    return [...this.#stuck.values()].flatMap(({ busy, handler }) =>
      isStillRunning(busy) ? [handler] : [],
    );
  }

  /** Yields the actors with a stuck handler or hook. */
  *cells(): Generator<ActorCell> {
    for (const [cell, { busy }] of this.#stuck) if (isStillRunning(busy)) yield cell;
  }

  /** Whether there are stuck handlers whose end must be reported. */
  get tracking(): boolean {
    return this.#stuck.size > 0;
  }

  /** Returns the earliest known start of the current phase of `cell`, on the monotonic clock. */
  sinceMs(cell: ActorCell, phase: BusyPhase, nowMs: number): number {
    const known = runningSinceMs(cell) ?? this.#knownSince(cell, phase);
    if (known !== undefined) return known;
    this.#seen.set(cell, { cell, phase, turn: cell.taken, sinceMs: nowMs });
    return nowMs;
  }

  /** Scans all actors, only when some are running a handler or hook. */
  look(picture: WaitPicture, nowMs: number): void {
    this.#forgetEnded();
    const before = this.#seen;
    this.#seen = new Map([...before].filter(([, busy]) => isStillRunning(busy)));
    const found: Busy[] = [];
    this.#system.topLevel.visit((cell) => {
      const phase = phaseOf(cell);
      if (phase === undefined || this.#stuck.has(cell)) return;
      const sinceMs = this.sinceMs(cell, phase, nowMs);
      if (nowMs - sinceMs < cell.type.settings.stuckAfterMs) return;
      found.push({ cell, phase, turn: cell.taken, sinceMs });
    });
    // After the scan, since a listener may end actors.
    for (const busy of found) this.#report(busy, picture, nowMs);
  }

  /** Reports the end of stuck handlers that no longer run. */
  #forgetEnded(): void {
    for (const [cell, { busy, handler }] of this.#stuck) {
      if (isStillRunning(busy)) continue;
      this.#stuck.delete(cell);
      this.#listener.unstuck(handler);
    }
  }

  close(): void {
    this.#forgetEnded();
    for (const { handler } of this.#stuck.values()) this.#listener.unstuck(handler);
    this.#stuck.clear();
    this.#seen.clear();
  }

  #knownSince(cell: ActorCell, phase: BusyPhase): number | undefined {
    const busy = this.#seen.get(cell);
    return busy?.phase === phase && busy.turn === cell.taken ? busy.sinceMs : undefined;
  }

  #report(busy: Busy, picture: WaitPicture, nowMs: number): void {
    const { cell, phase, sinceMs } = busy;
    const block: LoopBlock | undefined = this.#loop.explains(sinceMs, nowMs);
    const handler: StuckHandler = {
      id: cell.actorId,
      type: cell.actorType,
      busy: busyRow(cell, phase, sinceMs, this.#times),
      limitMs: cell.type.settings.stuckAfterMs,
      ...findCause(cell, phase, picture, { deadlocks: this.#deadlocks, block }),
    };
    this.#stuck.set(cell, { busy, handler });
    this.#listener.stuck(handler, cell);
  }
}

function isStillRunning({ cell, phase, turn }: Busy): boolean {
  return cell.taken === turn && phaseOf(cell) === phase;
}
