import type { Clock } from "../../base/clock.ts";
import type { Store } from "../../store/contract/store.ts";
import { LeaseTable } from "../embedded/lease-table.ts";
import { MAX_MESSAGE_BYTES, SharedState } from "../embedded/shared-state.ts";
import type { EngineFault } from "../engine/engine.ts";

/**
 * The server of a simulation: the state of an embedded engine, behind connections. A restart keeps what is stored and the
 * leases, and forgets consumers in memory, connections and subscriptions.
 */
export class SimServer {
  readonly store: Store;
  readonly #clock: Clock;
  readonly #leases: LeaseTable;
  readonly #leaseTtlMs: number;
  readonly #faults: EngineFault[] = [];
  #state: SharedState | undefined;

  constructor(clock: Clock, leaseTtlMs: number, store: Store) {
    this.store = store;
    this.#clock = clock;
    this.#leaseTtlMs = leaseTtlMs;
    this.#leases = new LeaseTable(clock, leaseTtlMs, MAX_MESSAGE_BYTES);
  }

  /** `undefined` while it is down. */
  get state(): SharedState | undefined {
    return this.#state;
  }

  /** What the state has reported, such as messages that were too old. */
  get faults(): readonly EngineFault[] {
    return this.#faults;
  }

  async start(): Promise<void> {
    this.#state = await SharedState.load({
      store: this.store,
      clock: this.#clock,
      leaseTtlMs: this.#leaseTtlMs,
      leases: this.#leases,
      onFault: (fault) => this.#faults.push(fault),
    });
  }

  /** Ends it as by a crash. */
  stop(): void {
    this.#state?.endDeliveries();
    this.#state = undefined;
  }
}
