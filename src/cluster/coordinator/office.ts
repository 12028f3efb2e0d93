import { RepeatedStep } from "../../base/async/repeated-step.ts";
import { type Clock, KeepAlive } from "../../base/clock.ts";
import { SteadyClock } from "../../base/steady-clock.ts";
import { placementIn } from "../codec/placement-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { KeyValueEntry, Watch } from "../engine/key-value.ts";
import { RunnerStatus } from "../protocol/runner-record.ts";
import type { ClusterTimings } from "../protocol/timings.ts";
import type { CoordinatorObserver } from "./coordinator-observer.ts";
import { EventIntake } from "./event-intake.ts";
import type { Member } from "./member.ts";
import { Members } from "./members.ts";
import { Mover } from "./mover.ts";
import { PlacementIndex } from "./placement-index.ts";
import { Placements } from "./placements.ts";
import { Reconciler } from "./reconciler.ts";
import { type RequestLimits, Requests } from "./requests.ts";
import { RunnerChoice } from "./runner-choice.ts";
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
  readonly #steps: readonly RepeatedStep[];
  #watch: Watch | undefined;

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
    this.#requests = new Requests({
      ...shared,
      bus: session.bus,
      limits,
      awaited: (address) => this.#takeover.hurry(address),
    });
    const isThere = (runnerId: string): boolean => choice.isThere(runnerId);
    this.#intake = new EventIntake({ ...shared, isThere });
    this.#takeover = new Takeover({
      ...shared,
      isAwaited: (address) => this.#requests.isAwaited(address),
      monotonicMs: () => clock.monotonicMs(),
    });
    this.#sweeper = new Sweeper(shared);
    this.#mover = new Mover({ ...shared, rebalances });
    this.#steps = this.#sweeps();
  }

  /** Number of requests that wait. */
  get waiting(): number {
    return this.#requests.size;
  }

  /** Begins. Never rejects: what fails is tried again while the term lasts. */
  async open(): Promise<void> {
    // At the same time: where copies elect a leader, each of them may take seconds.
    await Promise.all([this.#followMembers(), this.#followPlacements()]);
  }

  /** Ends, and resolves when nothing is under way. Never rejects. */
  async close(): Promise<void> {
    this.#requests.stop();
    this.#watch?.stop();
    const ends = [this.#members.stop(), this.#takeover.stop(), this.#intake.stop()];
    await Promise.all([...ends, ...this.#steps.map((step) => step.stop())]);
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

  /** Learns of the runners. All that decides where actors are begins after it. */
  async #followMembers(): Promise<void> {
    try {
      await this.#members.start();
    } catch (error) {
      this.#parts.observer.failed("runners could not be read", error);
      this.#later(() => void this.#followMembers());
      return;
    }
    if (!this.#term.isActive) return;
    this.#requests.start();
    this.#intake.start();
    this.#sweepSoon();
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
      this.#sweepSoon();
    } catch (error) {
      observer.failed("placements could not be watched", error);
      this.#later(() => void this.#followPlacements());
    }
  }

  #placementChanged(entry: KeyValueEntry): void {
    const { key, revision } = entry;
    const known = this.#index.find(key);
    if (known !== undefined && known.revision >= revision) return;
    try {
      this.#index.set(placementIn(entry), revision);
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
    if (member.isGone) this.#takeover.take(member.runnerId);
    if (member.status !== RunnerStatus.Ready && member.status !== RunnerStatus.Draining) return;
    this.#requests.notifyAll();
    this.#sweepSoon();
  }

  #sweepSoon(): void {
    if (this.#members.isCurrent) for (const step of this.#steps) step.soon();
  }

  /** Everything that is done again and again, each by itself. */
  #sweeps(): readonly RepeatedStep[] {
    const { clock, timings } = this.#parts;
    const mayGoOn = (): boolean => this.#term.isActive;
    const every = (step: () => Promise<void>, everyMs = (): number => timings.sweepMs) =>
      new RepeatedStep(step, { clock, everyMs, mayGoOn });
    return [
      every(
        async () => this.#sweepRunners(),
        () => this.#members.nextSweepMs,
      ),
      every(() => this.#sweepPlacements()),
      every(() => this.#mover.sweep()),
    ];
  }

  #sweepRunners(): void {
    this.#members.sweep();
    this.#takeover.sweep();
    const { observer } = this.#parts;
    observer.runnersAre(this.#members.counts());
    observer.evictedAre(this.#members.evicted());
    observer.placementsAre(this.#index.counts());
  }

  async #sweepPlacements(): Promise<void> {
    await this.#sweeper.sweep();
    if (this.#term.isActive) this.#requests.sweep();
  }
}
