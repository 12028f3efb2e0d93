import assert from "node:assert/strict";
import { createSystem, type MonitoredSystem, type SystemOptions } from "../../src/index.ts";
import type {
  ListOptions,
  LoadRequest,
  Store,
  WriteOperation,
  WriteOptions,
} from "../../src/store/contract/store.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../src/testing.ts";
import { JumpingClock } from "./jumping-clock.ts";
import type { StorePlace } from "./keyed-stores.ts";
import { until } from "./telemetry-until.ts";

const QUIET_TURNS = 20;

/** Options of the systems of a {@link KeyedWorld}. */
type WorldOptions = Pick<SystemOptions, "actors">;

/** Systems that follow each other on one store, as a program does that is started again. Time stands still. */
export class KeyedWorld {
  readonly clock: JumpingClock = new JumpingClock();
  readonly telemetry: InMemoryTelemetry = inMemoryTelemetry();
  readonly #place: StorePlace;
  readonly #options: WorldOptions;
  #system: MonitoredSystem | undefined;
  #calls = 0;

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
    const store = this.#watched(await this.#place.open());
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

  /**
   * Moves the clock until `condition` holds. Between two steps, all calls to the store settle: otherwise the deadline of
   * an actor that goes to sleep could pass while its commit is under way.
   */
  async pass(stepMs: number, condition: () => boolean, what: string): Promise<void> {
    for (let step = 0; step < 200 && !condition(); step += 1) {
      await this.clock.advance(stepMs);
      await this.quiet();
    }
    await until(condition, what);
  }

  /**
   * Waits until no call to the store has been under way for a while. Timers that depend on what is stored are set then, so
   * that a following `clock.advance` meets them.
   */
  async quiet(): Promise<void> {
    let quietTurns = 0;
    await until(() => {
      quietTurns = this.#calls === 0 ? quietTurns + 1 : 0;
      return quietTurns > QUIET_TURNS;
    }, "the store is quiet");
  }

  /** Counts the calls to `store` that are under way. */
  #watched(store: Store): Store {
    const watch = <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) => {
      return async (...args: Args): Promise<Result> => {
        this.#calls += 1;
        try {
          return await call(...args);
        } finally {
          this.#calls -= 1;
        }
      };
    };
    return {
      ...(store.directory === undefined ? {} : { directory: store.directory }),
      get: watch((key: string) => store.get(key)),
      load: watch((request: LoadRequest) => store.load(request)),
      list: watch((prefix: string, options?: ListOptions) => store.list(prefix, options)),
      listKeys: watch((prefix: string, options?: ListOptions) => store.listKeys(prefix, options)),
      put: watch((key: string, value: Uint8Array, options?: WriteOptions) =>
        store.put(key, value, options),
      ),
      delete: watch((key: string, options?: WriteOptions) => store.delete(key, options)),
      deletePrefix: watch((prefix: string) => store.deletePrefix(prefix)),
      batch: watch((operations: readonly WriteOperation[]) => store.batch(operations)),
      close: () => store.close(),
    };
  }

  /** Ends everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#place.remove();
  }
}
