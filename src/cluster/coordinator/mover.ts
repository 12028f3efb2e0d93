import { eachLimited } from "../../base/async/each-limited.ts";
import type { Clock } from "../../base/clock.ts";
import { LOAD_BOUND } from "../decisions/choose.ts";
import { stop } from "../decisions/transitions.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../protocol/placement-record.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import type { Member } from "./member.ts";
import type { Members } from "./members.ts";
import type { IndexEntry, PlacementIndex } from "./placement-index.ts";
import type { Placements } from "./placements.ts";
import type { RunnerChoice } from "./runner-choice.ts";
import type { Term } from "./term.ts";

/** Draining runners that are dealt with at a time. */
const MAX_RUNNERS = 16;
/** Actors of draining runners that are being stopped at a time, for each runner. */
const MAX_DRAINING = 64;
/** Actors that are moved in one sweep to even out the load. */
const MAX_MOVES = 16;
/** An actor is left where it is for this time at least, in milliseconds. */
const MIN_STAY_MS = 60_000;
/** Actors above the mean that are no imbalance, however low the mean is. */
const SLACK = 2;

/** What a {@link Mover} works with. */
export interface MoverParts {
  readonly clock: Clock;
  readonly term: Term;
  readonly members: Members;
  readonly index: PlacementIndex;
  readonly placements: Placements;
  readonly choice: RunnerChoice;
  readonly observer: CoordinatorObserver;
  /** Whether the load is evened out. */
  readonly rebalances: boolean;
}

/** Moves running actors to other runners: all of those that drain, and some of those that have too many. */
export class Mover {
  readonly #parts: MoverParts;

  constructor(parts: MoverParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async sweep(): Promise<void> {
    const { members } = this.#parts;
    const draining = [...members.all()].filter(({ status }) => status === RunnerStatus.Draining);
    await eachLimited(draining, MAX_RUNNERS, (member) => this.drain(member));
    if (draining.length === 0 && members.isCurrent) await this.#rebalance();
  }

  /** Stops actors of a runner that drains, as many as may be under way. Never rejects. */
  async drain({ runnerId }: Member): Promise<void> {
    const { index } = this.#parts;
    let underWay = 0;
    const running: IndexEntry[] = [];
    for (const entry of index.on(runnerId)) {
      if (entry.status === PlacementStatus.Stopping) underWay += 1;
      if (entry.status === PlacementStatus.Running) running.push(entry);
    }
    const room = Math.max(0, MAX_DRAINING - underWay);
    await this.#stopAll(running.slice(0, room), PlacementReason.RunnerDraining);
  }

  /**
   * Moves some actors away from runners whose load is above the bound that new actors are placed by, while others are
   * below the mean.
   */
  async #rebalance(): Promise<void> {
    const { rebalances, index, members, clock } = this.#parts;
    if (!rebalances || !index.isCurrent) return;
    const ready = [...members.all()].filter(
      ({ status, isEvicted }) => status === RunnerStatus.Ready && !isEvicted,
    );
    if (ready.length < 2) return;
    const total = ready.reduce((sum, { load }) => sum + load, 0);
    const mean = total / ready.length;
    // Rounded as for new actors: what was moved away could come back otherwise.
    const bound = Math.max(Math.ceil(mean * LOAD_BOUND), mean + SLACK);
    const nowMs = clock.epochMs();
    const moves: IndexEntry[] = [];
    for (const member of ready) {
      // A move that is under way counts as done.
      let excess = Math.ceil(member.load - this.#stopping(member.runnerId) - bound);
      for (const entry of index.on(member.runnerId)) {
        if (excess <= 0 || moves.length >= MAX_MOVES) break;
        if (!this.#mayMove(entry, nowMs)) continue;
        moves.push(entry);
        excess -= 1;
      }
    }
    await this.#stopAll(moves, PlacementReason.Rebalanced);
  }

  #stopping(runnerId: string): number {
    let count = 0;
    for (const { status } of this.#parts.index.on(runnerId)) {
      if (status === PlacementStatus.Stopping) count += 1;
    }
    return count;
  }

  #mayMove({ address, status, sinceMs, runnerId }: IndexEntry, nowMs: number): boolean {
    const { choice } = this.#parts;
    if (status !== PlacementStatus.Running || nowMs - sinceMs < MIN_STAY_MS) return false;
    if (!choice.isMovable(address)) return false;
    const target = choice.for(address, runnerId);
    return target !== undefined && target !== runnerId;
  }

  async #stopAll(entries: readonly IndexEntry[], reason: PlacementReason): Promise<void> {
    const { term, placements, observer } = this.#parts;
    await eachLimited(entries, MAX_MOVES, async ({ address, runnerId, generation }) => {
      if (!term.isActive) return;
      const isSame = (record: PlacementRecord | undefined): record is PlacementRecord =>
        record?.status === PlacementStatus.Running &&
        record.runnerId === runnerId &&
        record.generation === generation;
      try {
        await placements.update(address, (record, parts) =>
          isSame(record) ? stop(parts, record, reason) : undefined,
        );
      } catch (error) {
        observer.failed("actor could not be moved", error);
      }
    });
  }
}
