import { systemClock } from "../../src/base/clock.ts";
import { decodeLease } from "../../src/cluster/codec/lease-codec.ts";
import { decodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import { decodeRunner } from "../../src/cluster/codec/runner-codec.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { KeyValueEntry } from "../../src/cluster/engine/key-value.ts";
import type { PlacementRecord } from "../../src/cluster/protocol/placement-record.ts";
import type { RunnerRecord } from "../../src/cluster/protocol/runner-record.ts";
import { COORDINATOR_LEASE } from "../../src/cluster/protocol/subjects.ts";
import { type NatsOptions, nats } from "../../src/cluster.ts";
import { eventually } from "../_support/stack-program.ts";
import type { FaultFile } from "../cluster/faults/records.ts";

export interface WitnessOptions {
  readonly engine: NatsOptions;
  readonly leaseTtlMs: number;
  readonly file: FaultFile;
}

/** Something that was stored: a placement, or the record of a runner. */
export interface Change {
  readonly placement?: PlacementRecord;
  readonly runner?: RunnerRecord;
}

/** What has not happened after this time will not happen. */
const PATIENCE_MS = 60_000;

/** Reads what a cluster stores, from outside of all nodes, and writes down what becomes of placements. */
export class Witness {
  readonly #session: EngineSession;
  readonly #file: FaultFile;
  readonly #names = new Map<string, string>();
  /** Names of the runners that actors are placed on, by address. */
  readonly #places = new Map<string, string>();
  readonly #listeners = new Set<(change: Change) => void>();

  private constructor(session: EngineSession, file: FaultFile) {
    this.#session = session;
    this.#file = file;
  }

  /** Resolves once it follows all placements. Servers that have lost one of them may take seconds to answer. */
  static open(options: WitnessOptions): Promise<Witness> {
    return eventually("a witness", () => Witness.#open(options));
  }

  static async #open({ engine, leaseTtlMs, file }: WitnessOptions): Promise<Witness> {
    const session = await nats(engine).open({
      clock: systemClock,
      luck: Math.random,
      runnerId: "witness",
      leaseTtlMs,
      onFault: () => {},
    });
    const witness = new Witness(session, file);
    try {
      await witness.#follow();
    } catch (error) {
      await session.close();
      throw error;
    }
    return witness;
  }

  async #follow(): Promise<void> {
    const ignore = { removed: () => {}, current: () => {} };
    await this.#session.runners.watch("", {
      ...ignore,
      changed: ({ value }) => {
        const runner = decodeRunner(value);
        this.#names.set(runner.runnerId, runner.name);
        this.#tell({ runner });
      },
    });
    await this.#session.placements.watch("", {
      ...ignore,
      changed: (entry) => this.#placed(entry),
    });
  }

  /** Name of the node that holds the lease of the coordinator; `undefined` if nobody does, or it cannot be read. */
  async coordinator(): Promise<string | undefined> {
    const entry = await this.#session.leases.read(COORDINATOR_LEASE).catch(() => undefined);
    if (entry === undefined) return undefined;
    // The id of a node is its name, and a text that is new at each start.
    return /^(.*)-[^-]*$/.exec(decodeLease(entry.value).nodeId)?.[1];
  }

  /** Number of actors that are placed on a runner. */
  load(name: string): number {
    return [...this.#places.values()].filter((runner) => runner === name).length;
  }

  /** Resolves in the turn in which a change is told that is as wanted. */
  async next(what: string, isWanted: (change: Change) => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`still not ${what}`)), PATIENCE_MS);
    const listener = (change: Change): void => {
      if (isWanted(change)) resolve();
    };
    this.#listeners.add(listener);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#listeners.delete(listener);
    }
  }

  /** What the logs hold: all of them are to be empty in the end. */
  async left(): Promise<readonly string[]> {
    const { commands, events, deadLetters } = this.#session;
    const found: string[] = [];
    for (const [what, log] of Object.entries({ commands, events, deadLetters })) {
      const { messages } = await log.state();
      if (messages > 0) found.push(`${messages} ${what} are in the log`);
    }
    return found;
  }

  async close(): Promise<void> {
    await this.#session.close();
  }

  #placed({ value }: KeyValueEntry): void {
    const placement = decodePlacement(value);
    const { address, generation, eventIndex, commandIndex, status, reason } = placement;
    const runner = this.#names.get(placement.runnerId ?? "") ?? "";
    this.#places.set(address, runner);
    this.#file.append({
      kind: "placement",
      atMs: performance.now(),
      address,
      generation,
      eventIndex,
      commandIndex,
      status,
      runner,
      reason,
    });
    this.#tell({ placement });
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
