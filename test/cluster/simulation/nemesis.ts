import { Direction } from "../../../src/cluster/sim/link.ts";
import type { Random } from "../../../src/cluster/sim/random.ts";

/** What a fault can be done to. */
export interface Target {
  readonly name: string;
  pause(): void;
  resume(): void;
  cut(directions: readonly Direction[]): void;
  heal(): void;
  /** Ends the process without a warning; a new one takes its place after a while. */
  crash(afterMs: number): void;
  /** Ends the process in order; a new one takes its place. */
  restart(): void;
  setClock(ms: number): void;
  /** Its consumer of commands gets nothing any more. Other faults may hit it meanwhile. */
  deafen(): void;
  hear(): void;
}

/** What a nemesis works with. */
export interface NemesisParts {
  readonly random: Random;
  /** Processes that run now. */
  readonly targets: () => readonly Target[];
  readonly restartServer: (downMs: number) => void;
  /** Has the server lose a message that it has stored. */
  readonly lose: () => void;
  /** Called shortly before a process that was away goes on, and when it does. */
  readonly returning: (target: Target) => void;
  /** Calls back after a while of the simulation. */
  readonly after: (delayMs: number, callback: () => void) => void;
  readonly leaseTtlMs: number;
}

const KINDS = [
  "pause",
  "pause",
  "pause",
  "cut",
  "cut",
  "cut_up",
  "cut_down",
  "crash",
  "crash",
  "restart",
  "server",
  "clock",
  "clock",
  "lose",
  "deaf",
  "deaf",
] as const;
/** A deaf runner is to be found by what it does not do, which takes longer than a lease. */
const DEAF_LONGER = 3;
/** How long before its return a process is told about to others. */
const NOTICE_MS = 300;

/** Does faults, one after another and side by side. */
export class Nemesis {
  readonly #parts: NemesisParts;
  readonly counts: Map<string, number> = new Map();

  constructor(parts: NemesisParts) {
    this.#parts = parts;
  }

  /** Does one fault. It ends by itself. */
  strike(): void {
    const { random, targets, restartServer, lose, leaseTtlMs } = this.#parts;
    const kind = random.pick(KINDS);
    const all = targets();
    if (all.length === 0) return;
    const target = random.pick(all);
    // Around the times that matter: shorter than the lease, about as long, longer.
    const lengthMs = leaseTtlMs * random.between(0.05, 1.6);
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    switch (kind) {
      case "pause":
        if (random.chance(0.3)) target.setClock(-random.between(leaseTtlMs, 6 * leaseTtlMs));
        target.pause();
        this.#return(target, lengthMs, () => target.resume());
        break;
      case "cut":
        target.cut([Direction.Up, Direction.Down]);
        this.#return(target, lengthMs, () => target.heal());
        break;
      case "cut_up":
        target.cut([Direction.Up]);
        this.#return(target, lengthMs, () => target.heal());
        break;
      case "cut_down":
        target.cut([Direction.Down]);
        this.#return(target, lengthMs, () => target.heal());
        break;
      case "crash":
        target.crash(random.between(500, leaseTtlMs));
        break;
      case "restart":
        target.restart();
        break;
      case "server":
        restartServer(random.between(100, leaseTtlMs / 3));
        break;
      case "lose":
        lose();
        break;
      case "deaf":
        target.deafen();
        this.#parts.after(lengthMs * DEAF_LONGER, () => target.hear());
        break;
      case "clock":
        target.setClock(random.between(-4, 4) * leaseTtlMs);
        break;
    }
  }

  #return(target: Target, afterMs: number, end: () => void): void {
    const { after, returning } = this.#parts;
    after(Math.max(0, afterMs - NOTICE_MS), () => returning(target));
    after(afterMs, () => {
      end();
      returning(target);
    });
  }
}
