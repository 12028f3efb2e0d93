import { AwakeReason } from "../../telemetry/attributes.ts";
import type { AwakeHold } from "../definition/keyed-context.ts";

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

/** All reasons to be awake, in the order in which one is reported for an actor. */
export const AWAKE_ORDER: readonly AwakeReason[] = Object.values(AwakeReason);

const HOLD_REASONS: readonly HoldReason[] = AWAKE_ORDER.filter(isHoldReason);

/**
 * The holds of one activation.
 *
 * Their number is derived from the sets of the holds there are, one for each reason. A count that is moved up and down
 * would be wrong for ever after a hold was released twice.
 */
export class Holds {
  /** Sets that are empty stay, since what was held once is likely to be held again. */
  readonly #holds = new Map<HoldReason, Set<Hold>>();
  #taken = 0;
  readonly #epochMs: () => number;
  readonly #onRelease: () => void;

  /** @param onRelease called after each release, which may have been of the last one */
  constructor(epochMs: () => number, onRelease: () => void) {
    this.#epochMs = epochMs;
    this.#onRelease = onRelease;
  }

  get size(): number {
    let size = 0;
    for (const holds of this.#holds.values()) size += holds.size;
    return size;
  }

  /** A number that differs after each hold that was taken or released. */
  get changes(): number {
    return 2 * this.#taken - this.size;
  }

  /** @param detail what it is for, shown by `c.awakeReasons()` */
  take(reason: HoldReason, detail: string | undefined): Hold {
    const parts = { reason, sinceMs: this.#epochMs(), detail };
    let holds = this.#holds.get(reason);
    if (holds === undefined) {
      holds = new Set();
      this.#holds.set(reason, holds);
    }
    const hold = new Hold(holds, this.#onRelease, parts);
    holds.add(hold);
    this.#taken += 1;
    return hold;
  }

  /** Returns the first reason, in the order of the table; `idle` if there are no holds. It is asked after each message. */
  first(): AwakeReason {
    if (this.#holds.size === 0) return AwakeReason.Idle;
    return HOLD_REASONS.find((reason) => this.count(reason) > 0) ?? AwakeReason.Idle;
  }

  /** Returns the number of holds for `reason`. */
  count(reason: HoldReason): number {
    return this.#holds.get(reason)?.size ?? 0;
  }

  /** Returns the holds by reason, in the order of the table. */
  list(): AwakeHold[] {
    return HOLD_REASONS.flatMap((reason) => {
      // Holds are in the order in which they were taken.
      const [oldest] = this.#holds.get(reason) ?? [];
      if (oldest === undefined) return [];
      const { sinceMs, detail } = oldest;
      return { reason, count: this.count(reason), sinceMs, detail };
    });
  }

  /** Releases all holds of an activation that has ended. */
  releaseAll(): void {
    for (const holds of this.#holds.values()) holds.clear();
  }
}

function isHoldReason(reason: AwakeReason): reason is HoldReason {
  switch (reason) {
    case AwakeReason.Internal:
    case AwakeReason.QueueMessage:
    case AwakeReason.Connection:
    case AwakeReason.HttpRequest:
      return true;
    default:
      return false;
  }
}
