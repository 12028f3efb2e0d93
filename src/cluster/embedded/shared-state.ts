import type { Clock } from "../../base/clock.ts";
import { DAY_MS } from "../../base/clock.ts";
import type { Store } from "../../store/contract/store.ts";
import type { EngineFault } from "../engine/engine.ts";
import { asEngineCall } from "./engine-errors.ts";
import { LeaseTable } from "./lease-table.ts";
import { LocalBus } from "./local-bus.ts";
import { StoreKeyValue } from "./store-key-value.ts";
import { type LogLimits, StoreLog } from "./store-log.ts";

/*
 * The keys of a cluster in a store, beside those of actors:
 *
 *   c/p/<address>    placements           c/c/<sequence>   commands
 *   c/r/<runner>     runners              c/e/<sequence>   events
 *   c/n              numbers up to this   c/x/<sequence>   dead letters
 *                    may have been used
 */
const NUMBERS_KEY = "c/n";
/** Numbers that are reserved with one write. */
const BLOCK = 10_000;

/** Maximum size of a message, in bytes. */
export const MAX_MESSAGE_BYTES: number = 1024 * 1024;

const COMMANDS: LogLimits = {
  maxMessages: 100_000,
  maxPerSubject: 256,
  maxAgeMs: DAY_MS,
  dropsOldest: false,
};
const EVENTS: LogLimits = { ...COMMANDS, maxPerSubject: 1_024, maxAgeMs: 7 * DAY_MS };
const DEAD_LETTERS: LogLimits = {
  maxMessages: 10_000,
  maxPerSubject: 1_000,
  maxAgeMs: 14 * DAY_MS,
  dropsOldest: true,
};

/** What the state of an engine is made with: of the first session. */
export interface SharedParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly leaseTtlMs: number;
  /** Leases of an earlier state that are to go on. Default: none. */
  readonly leases?: LeaseTable;
  readonly onFault: (fault: EngineFault) => void;
}

/** Everything that the sessions of one embedded engine share. */
export class SharedState {
  readonly placements: StoreKeyValue;
  readonly runners: StoreKeyValue;
  readonly leases: LeaseTable;
  readonly commands: StoreLog;
  readonly events: StoreLog;
  readonly deadLetters: StoreLog;
  readonly bus: LocalBus = new LocalBus();
  readonly clock: Clock;
  readonly #store: Store;
  #nextNumber = 1;
  /** Numbers below it may be given out. */
  #reserved = 1;
  #reserving: Promise<void> | undefined;

  private constructor({ store, clock, leaseTtlMs, leases, onFault }: SharedParts) {
    this.#store = store;
    this.clock = clock;
    this.placements = new StoreKeyValue(store, "c/p/", MAX_MESSAGE_BYTES);
    this.runners = new StoreKeyValue(store, "c/r/", MAX_MESSAGE_BYTES);
    this.leases = leases ?? new LeaseTable(clock, leaseTtlMs, MAX_MESSAGE_BYTES);
    const parts = {
      store,
      clock,
      maxBytes: MAX_MESSAGE_BYTES,
      nextSequence: () => this.#number(),
      onFault: (kind: string, text: string, error: Error | undefined) =>
        onFault({ kind, text, error }),
    };
    this.commands = new StoreLog({ ...parts, ...COMMANDS, prefix: "c/c/" });
    this.events = new StoreLog({ ...parts, ...EVENTS, prefix: "c/e/" });
    this.deadLetters = new StoreLog({ ...parts, ...DEAD_LETTERS, prefix: "c/x/" });
  }

  /** Reads what the store has of an earlier process. */
  static async load(parts: SharedParts): Promise<SharedState> {
    const state = new SharedState(parts);
    await asEngineCall(state.#load());
    return state;
  }

  /** Ends all timers and deliveries, then closes the store. */
  async end(): Promise<void> {
    this.endDeliveries();
    this.leases.clear();
    await asEngineCall(this.#store.close());
  }

  /** Ends the deliveries and timers of all logs. */
  endDeliveries(): void {
    for (const log of this.#logs) log.end();
  }

  get #logs(): readonly StoreLog[] {
    return [this.commands, this.events, this.deadLetters];
  }

  async #load(): Promise<void> {
    const numbers = await this.#store.get(NUMBERS_KEY);
    if (numbers !== undefined) this.#nextNumber = Number(Buffer.from(numbers.value).toString());
    this.#reserved = this.#nextNumber;
    for (const log of this.#logs) await log.load();
  }

  /** A number that was never returned before, also not by an earlier process. All logs share them. */
  #number(): Promise<number> | number {
    if (this.#nextNumber >= this.#reserved) return this.#reserve().then(() => this.#number());
    this.#nextNumber += 1;
    return this.#nextNumber - 1;
  }

  #reserve(): Promise<void> {
    this.#reserving ??= this.#writeReserved().finally(() => {
      this.#reserving = undefined;
    });
    return this.#reserving;
  }

  async #writeReserved(): Promise<void> {
    const next = this.#nextNumber + BLOCK;
    await asEngineCall(this.#store.put(NUMBERS_KEY, Buffer.from(String(next))));
    this.#reserved = next;
  }
}
