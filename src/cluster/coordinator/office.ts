import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { decodePlacement } from "../codec/placement-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { KeyValueEntry, Watch } from "../engine/key-value.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import { EventIntake } from "./event-intake.ts";
import { type Member, Members } from "./members.ts";
import { Mover } from "./mover.ts";
import { PlacementIndex } from "./placement-index.ts";
import { Placements } from "./placements.ts";
import { Reconciler } from "./reconciler.ts";
import { type RequestLimits, Requests } from "./requests.ts";
import { RunnerChoice } from "./runner-choice.ts";
import { SteadyClock } from "./steady-clock.ts";
import { Sweeper } from "./sweeper.ts";
import { Takeover } from "./takeover.ts";
import type { Term } from "./term.ts";

/** What an {@link Office} works with. */
export interface OfficeParts {
  readonly session: EngineSession;
  readonly clock: Clock;
  readonly luck: () => number;
  readonly newId: () => string;
  readonly timings: ClusterTimings;
  readonly observer: CoordinatorObserver;
  readonly limits: RequestLimits;
  readonly rebalances: boolean;
}

const TRY_AGAIN_MS = 500;

/** Everything that a coordinator does in one term: it is built when the term begins and dropped when it ends. */
export class Office {
  readonly #parts: OfficeParts;
  readonly #term: Term;
  readonly #index: PlacementIndex;
  readonly #members: Members;
  readonly #placements: Placements;
  readonly #requests: Requests;
  readonly #intake: EventIntake;
  readonly #takeover: Takeover;
  readonly #sweeper: Sweeper;
  readonly #mover: Mover;
  #watch: Watch | undefined;
  #timer: ClockTimer | undefined;
  #sweeping: Promise<void> | undefined;
  #isSweepWanted = false;

  constructor(term: Term, parts: OfficeParts) {
    this.#parts = parts;
    this.#term = term;
    const { session, luck, newId, timings, observer, limits, rebalances } = parts;
    const clock = new SteadyClock(parts.clock);
    const index = new PlacementIndex(clock, timings);
    const members = new Members({
      session,
      clock,
      luck,
      timings,
      term,
      observer,
      loadOf: (runnerId) => this.#loadOf(runnerId),
      changed: (member) => this.#memberChanged(member),
    });
    const choice = new RunnerChoice(members);
    const choose = (address: string, avoid: string | undefined): string | undefined =>
      choice.for(address, avoid);
    const isWanted = (address: string): boolean => this.#requests.isWanted(address);
    const notify = (address: string): void => this.#requests.notify(address);
    const changed = notify;
    const common = { session, clock, luck, newId, timings, term, index, members, choice, observer };
    const placements = new Placements({ ...common, changed });
    const reconciler = new Reconciler({
      ...common,
      bus: session.bus,
      placements,
      choose,
      isWanted,
      notify,
    });
    const shared = { ...common, placements, reconciler, choose, isWanted, notify };
    this.#index = index;
    this.#members = members;
    this.#placements = placements;
    this.#requests = new Requests({ ...shared, bus: session.bus, limits });
    const isThere = (runnerId: string): boolean => choice.isThere(runnerId);
    this.#intake = new EventIntake({ ...shared, isThere });
    this.#takeover = new Takeover({ ...shared, monotonicMs: () => clock.monotonicMs() });
    this.#sweeper = new Sweeper(shared);
    this.#mover = new Mover({ ...shared, rebalances });
  }

  /** Number of requests that wait. */
  get waiting(): number {
    return this.#requests.size;
  }

  /** Begins. Never rejects: what fails is tried again while the term lasts. */
  async open(): Promise<void> {
    const { observer } = this.#parts;
    try {
      if (!this.#members.isCurrent) await this.#members.start();
      if (!this.#term.isActive) return;
      this.#requests.start();
      this.#sweepAfter(0);
    } catch (error) {
      this.#members.stop();
      observer.failed("runners could not be read", error);
      this.#later(() => void this.open());
      return;
    }
    this.#intake.start();
    await this.#followPlacements();
  }

  /** Ends, and resolves when nothing is under way. Never rejects. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#requests.stop();
    this.#watch?.stop();
    this.#members.stop();
    await this.#intake.stop();
    await this.#sweeping;
    await this.#placements.idle();
  }

  #later(step: () => void): void {
    if (!this.#term.isActive) return;
    this.#parts.clock.schedule(
      () => {
        if (this.#term.isActive) step();
      },
      TRY_AGAIN_MS,
      KeepAlive.No,
    );
  }

  /** Builds the index. Values that are known already are not decoded again. */
  async #followPlacements(): Promise<void> {
    const { session, observer } = this.#parts;
    try {
      const watch = await session.placements.watch("", {
        changed: (entry) => this.#placementChanged(entry),
        removed: (key) => this.#index.remove(key),
        current: () => {
          this.#index.isCurrent = true;
        },
      });
      if (this.#term.isActive) this.#watch = watch;
      else watch.stop();
      this.#sweepAfter(0);
    } catch (error) {
      observer.failed("placements could not be watched", error);
      this.#later(() => void this.#followPlacements());
    }
  }

  #placementChanged({ key, value, revision }: KeyValueEntry): void {
    const known = this.#index.find(key);
    if (known !== undefined && known.revision >= revision) return;
    try {
      this.#index.set(decodePlacement(value), revision);
    } catch (error) {
      this.#parts.observer.failed("placement could not be read", error);
      return;
    }
    this.#requests.notify(key);
  }

  #loadOf(runnerId: string): number {
    const placed = this.#index.on(runnerId).size;
    if (this.#index.isCurrent) return placed;
    return Math.max(placed, this.#members.find(runnerId)?.beat?.actors ?? 0);
  }

  #memberChanged(member: Member): void {
    if (!this.#members.isCurrent) return;
    if (member.isGone) void this.#takeover.take(member.runnerId); // never rejects
    if (member.status !== RunnerStatus.Ready && member.status !== RunnerStatus.Draining) return;
    this.#requests.notifyAll();
    this.#sweepAfter(0);
  }

  #sweepAfter(delayMs: number): void {
    if (!this.#term.isActive) return;
    if (this.#sweeping !== undefined) {
      if (delayMs === 0) this.#isSweepWanted = true;
      return;
    }
    this.#timer?.cancel();
    this.#timer = this.#parts.clock.schedule(
      () => {
        this.#sweeping = this.#sweep();
      },
      delayMs,
      KeepAlive.No,
    );
  }

  /** Never rejects. */
  async #sweep(): Promise<void> {
    this.#isSweepWanted = false;
    const { observer, timings } = this.#parts;
    if (this.#term.isActive) {
      await this.#members.sweep();
      await this.#takeover.sweep();
      await this.#sweeper.sweep();
      await this.#mover.sweep();
      this.#requests.sweep();
    }
    // Not after the end of a term, which takes what it has reported back to zero.
    if (this.#term.isActive) {
      observer.runnersAre(this.#members.counts());
      observer.evictedAre(this.#members.evicted());
      observer.placementsAre(this.#index.counts());
    }
    this.#sweeping = undefined;
    this.#sweepAfter(this.#isSweepWanted ? 0 : timings.sweepMs);
  }
}
