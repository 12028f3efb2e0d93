import { encodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import { Coordinator } from "../../src/cluster/coordinator/coordinator.ts";
import type { CoordinatorObserver } from "../../src/cluster/coordinator/coordinator-observer.ts";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../../src/cluster/protocol/placement-record.ts";
import { DEFAULT_TIMINGS } from "../../src/cluster/protocol/timings.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { ManualClock } from "../../src/testing.ts";
import { ModelRunner } from "../../test/_support/model-runner.ts";
import { CountedCalls, countedSession } from "./counted-session.ts";

/** How many there are. */
export interface Size {
  readonly actors: number;
  readonly runners: number;
}

const STEP_MS = 250;
const BATCH = 1_000;
const TYPE = "cart";

/** A cluster on the embedded engine and a clock that is moved: the real coordinator, and models of runners. */
export class CostWorld {
  readonly clock: ManualClock = new ManualClock();
  readonly runners: readonly ModelRunner[];
  /** Calls of the coordinator. */
  readonly calls: CountedCalls = new CountedCalls();
  /** Calls of all runners. */
  readonly runnerCalls: CountedCalls = new CountedCalls();
  readonly #engine = embedded({ store: new MemoryStore() });
  readonly #size: Size;
  /** Numbers of placements by status, as the coordinator has told them last. */
  #counts: Readonly<Partial<Record<PlacementStatus, number>>> = {};
  #coordinator: Coordinator | undefined;
  #ids = 0;

  private constructor(size: Size, runners: ModelRunner[]) {
    this.#size = size;
    this.runners = runners;
  }

  /** All actors run, evenly spread. */
  static async open(size: Size): Promise<CostWorld> {
    const runners: ModelRunner[] = [];
    const world = new CostWorld(size, runners);
    for (let at = 0; at < size.runners; at += 1) {
      const runnerId = `runner-${at}-0123456789abcdef`;
      const session = countedSession(await world.#session(runnerId), world.runnerCalls);
      const parts = { session, clock: world.clock, timings: DEFAULT_TIMINGS };
      runners.push(new ModelRunner(runnerId, parts));
    }
    await world.#fill();
    for (const runner of runners) {
      await runner.join();
      await world.clock.advance(DEFAULT_TIMINGS.heartbeatMs / size.runners); // they beat at different times
    }
    return world;
  }

  /** Begins a term, and resolves when all placements are known. Returns its CPU time, in milliseconds. */
  async beginTerm(): Promise<number> {
    const session = countedSession(await this.#session("node-1"), this.calls);
    const before = process.cpuUsage();
    this.#coordinator = new Coordinator({
      session,
      clock: this.clock,
      luck: () => 0.5,
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}-0123456789abcdef`;
      },
      nodeId: "node-1",
      timings: DEFAULT_TIMINGS,
      observer: this.#observer(),
    });
    this.#coordinator.start();
    await this.until(() => this.running === this.#size.actors);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  }

  /** Number of actors that run, as the coordinator knows it. */
  get running(): number {
    return this.#counts[PlacementStatus.Running] ?? 0;
  }

  /** Lets time pass until something is so. Returns how much, in milliseconds. */
  async until(isSo: () => boolean): Promise<number> {
    const startedMs = this.clock.monotonicMs();
    while (!isSo()) await this.clock.advance(STEP_MS);
    return this.clock.monotonicMs() - startedMs;
  }

  /** Makes a runner know its actors, so that it can be asked to stop them. */
  knowActors(runner: number): number {
    const { actors, runners } = this.#size;
    let known = 0;
    for (let at = runner; at < actors; at += runners) {
      const actor = { generation: 1, commandIndex: 1, eventIndex: 1, isRunning: true, told: [] };
      this.runners[runner]?.actors.set(addressAt(at), actor);
      known += 1;
    }
    return known;
  }

  #session(runnerId: string): Promise<EngineSession> {
    const { leaseTtlMs } = DEFAULT_TIMINGS;
    const { clock } = this;
    return this.#engine.open({ clock, luck: () => 0.5, runnerId, leaseTtlMs, onFault: () => {} });
  }

  async #fill(): Promise<void> {
    const { placements } = await this.#session("filler");
    const { actors } = this.#size;
    for (let from = 0; from < actors; from += BATCH) {
      const puts = Array.from({ length: Math.min(BATCH, actors - from) }, (_, at) => {
        const record = this.#record(from + at);
        return placements.put(record.address, encodePlacement(record));
      });
      await Promise.all(puts);
    }
  }

  #record(at: number): PlacementRecord {
    return {
      version: 1,
      address: addressAt(at),
      status: PlacementStatus.Running,
      runnerId: this.runners[at % this.#size.runners]?.runnerId,
      generation: 1,
      commandIndex: 1,
      eventIndex: 1,
      attempts: 0,
      notBeforeMs: 0,
      deadlineMs: 0,
      sinceMs: this.clock.epochMs(),
      reason: PlacementReason.Wanted,
      outbox: [],
      writeId: `write-${at}-0123456789abcdef`,
    };
  }

  #observer(): CoordinatorObserver {
    const told: Partial<Record<string, (counts: never) => void>> = {
      placementsAre: (counts) => {
        this.#counts = counts;
      },
      failed: (what) => console.error(what),
    };
    return new Proxy({} as CoordinatorObserver, {
      get:
        (_target, method) =>
        (...args: readonly unknown[]) => {
          told[String(method)]?.(args[0] as never);
          const last = args.at(-1);
          return typeof last === "function" ? last() : undefined;
        },
    });
  }
}

function addressAt(at: number): string {
  return `${TYPE}.customer-${at}`;
}
