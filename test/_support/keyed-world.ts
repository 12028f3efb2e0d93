import assert from "node:assert/strict";
import { createSystem, type MonitoredSystem, type SystemOptions } from "../../src/index.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../src/testing.ts";
import { JumpingClock } from "./jumping-clock.ts";
import type { StorePlace } from "./keyed-stores.ts";
import { until } from "./telemetry-until.ts";

/** Options of the systems of a {@link KeyedWorld}. */
type WorldOptions = Pick<SystemOptions, "actors">;

/** Systems that follow each other on one store, as a program does that is started again. Time stands still. */
export class KeyedWorld {
  readonly clock: JumpingClock = new JumpingClock();
  readonly telemetry: InMemoryTelemetry = inMemoryTelemetry();
  readonly #place: StorePlace;
  readonly #options: WorldOptions;
  #system: MonitoredSystem | undefined;

  constructor(place: StorePlace, options: WorldOptions) {
    this.#place = place;
    this.#options = options;
  }

  /** The system that runs now. */
  get system(): MonitoredSystem {
    assert.ok(this.#system !== undefined, "the world has been started");
    return this.#system;
  }

  /** Starts a system; ends the one before. @param options those of the world by default */
  async start(options: WorldOptions = this.#options): Promise<MonitoredSystem> {
    await this.stop();
    const { systemOptions } = this.telemetry;
    const store = await this.#place.open();
    this.#system = createSystem({ ...systemOptions, ...options, store, clock: this.clock });
    return this.#system;
  }

  /** Ends the system and checks its books. */
  async stop(): Promise<void> {
    const system = this.#system;
    this.#system = undefined;
    if (system === undefined) return;
    await system.shutdown();
    expectBooks(system);
  }

  /** Waits until no actor is awake. */
  async untilAsleep(): Promise<void> {
    await until(() => this.system.books().active === 0, "all actors are asleep");
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#place.remove();
  }
}
