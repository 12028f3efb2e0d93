import type { ActorCell } from "../../actor/cell/cell.ts";
import type { Clock } from "../../base/clock.ts";
import type { Owner } from "../records/record-keys.ts";

/** How long the error of a start answers further messages to the key, instead of another start. */
const KEPT_MS = 1_000;
/** Maximum number of failed starts that are kept; the oldest is forgotten first. */
const MAX_KEPT = 1_000;

/** A start that has failed. */
interface FailedStart {
  readonly cell: ActorCell;
  readonly untilMs: number;
}

/** The last failed starts: a key whose start fails is not tried again with each message. */
export class FailedStarts {
  readonly #clock: Clock;
  readonly #starts = new Map<string, FailedStart>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#starts.size;
  }

  add(owner: Owner, cell: ActorCell): void {
    const name = nameOf(owner);
    this.#starts.delete(name); // so that it is the newest
    this.#starts.set(name, { cell, untilMs: this.#clock.monotonicMs() + KEPT_MS });
    for (const oldest of this.#starts.keys()) {
      if (this.#starts.size <= MAX_KEPT && !this.#isOver(oldest)) return;
      this.#starts.delete(oldest);
    }
  }

  /** Returns the actor whose start has failed within the last second. */
  find(owner: Owner): ActorCell | undefined {
    const name = nameOf(owner);
    if (!this.#isOver(name)) return this.#starts.get(name)?.cell;
    this.#starts.delete(name);
    return undefined;
  }

  #isOver(name: string): boolean {
    const start = this.#starts.get(name);
    return start === undefined || start.untilMs <= this.#clock.monotonicMs();
  }
}

function nameOf({ type, keyText }: Owner): string {
  return `${type}/${keyText}`;
}
