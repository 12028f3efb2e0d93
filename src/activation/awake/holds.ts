import { AwakeReason } from "../../telemetry/attributes.ts";
import type { AwakeHold } from "../definition/keyed-context.ts";
import { AWAKE_ORDER } from "./awake-table.ts";

/** Reasons that are not derived from what an actor has, but taken and released. */
export type HoldReason =
  | typeof AwakeReason.Internal
  | typeof AwakeReason.QueueMessage
  | typeof AwakeReason.Connection
  | typeof AwakeReason.HttpRequest;

/** Something that keeps one activation awake until it is released. A second release has no effect. */
export class Hold implements Disposable {
  readonly reason: HoldReason;
  /** When it was taken, in milliseconds since the epoch. */
  readonly sinceMs: number;
  readonly detail: string | undefined;
  readonly #holds: Set<Hold>;
  readonly #onRelease: () => void;

  constructor(
    holds: Set<Hold>,
    onRelease: () => void,
    { reason, sinceMs, detail }: Pick<Hold, "reason" | "sinceMs" | "detail">,
  ) {
    this.#holds = holds;
    this.#onRelease = onRelease;
    this.reason = reason;
    this.sinceMs = sinceMs;
    this.detail = detail;
  }

  release(): void {
    if (this.#holds.delete(this)) this.#onRelease();
  }

  [Symbol.dispose](): void {
    this.release();
  }
}

/**
 * The holds of one activation.
 *
 * Their number is derived from the set of the holds there are. A count that is moved up and down would be wrong for
 * ever after a hold was released twice.
 */
export class Holds {
  readonly #holds = new Set<Hold>();
  #taken = 0;
  readonly #epochMs: () => number;
  readonly #onRelease: () => void;

  /** @param onRelease called after each release, which may have been of the last one */
  constructor(epochMs: () => number, onRelease: () => void) {
    this.#epochMs = epochMs;
    this.#onRelease = onRelease;
  }

  get size(): number {
    return this.#holds.size;
  }

  /** A number that differs after each hold that was taken or released. */
  get changes(): number {
    return 2 * this.#taken - this.#holds.size;
  }

  /** @param detail what it is for, shown by `c.awakeReasons()` */
  take(reason: HoldReason, detail: string | undefined): Hold {
    const parts = { reason, sinceMs: this.#epochMs(), detail };
    const hold = new Hold(this.#holds, this.#onRelease, parts);
    this.#holds.add(hold);
    this.#taken += 1;
    return hold;
  }

  /** Returns the first reason, in the order of the table; `idle` if there are no holds. */
  first(): AwakeReason {
    if (this.#holds.size === 0) return AwakeReason.Idle;
    const taken = new Set<AwakeReason>([...this.#holds].map(({ reason }) => reason));
    return AWAKE_ORDER.find((reason) => taken.has(reason)) ?? AwakeReason.Idle;
  }

  /** Returns the number of holds for `reason`. */
  count(reason: HoldReason): number {
    let count = 0;
    for (const hold of this.#holds) if (hold.reason === reason) count += 1;
    return count;
  }

  /** Returns the holds by reason, in the order of the table. */
  list(): AwakeHold[] {
    const byReason = new Map<AwakeReason, AwakeHold>();
    // Holds are in the order in which they were taken, so the first of a reason is its oldest.
    for (const { reason, sinceMs, detail } of this.#holds) {
      const oldest = byReason.get(reason);
      if (oldest === undefined) byReason.set(reason, { reason, count: 1, sinceMs, detail });
      else byReason.set(reason, { ...oldest, count: oldest.count + 1 });
    }
    return AWAKE_ORDER.flatMap((reason) => byReason.get(reason) ?? []);
  }

  /** Releases all holds of an activation that has ended. */
  releaseAll(): void {
    this.#holds.clear();
  }
}
