import { type NatsOptions, nats } from "../../src/cluster.ts";
import { createSystem, ErrorCode, LimelightError, type MonitoredSystem } from "../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../src/testing.ts";
import { ledger } from "../_support/cluster-ledger.ts";
import type { FaultFile } from "../cluster/faults/records.ts";

export interface TrafficOptions {
  /** What a client connects with. */
  readonly engine: (client: number) => NatsOptions;
  readonly leaseTtlMs: number;
  readonly clients: number;
  readonly keys: readonly string[];
  readonly file: FaultFile;
}

const TIMEOUT_MS = 10_000;
/** Of each of the loops, two for each key: a load that two cores carry besides the faults. */
const PAUSE_MS = 250;
/** Errors that say that a message was certainly not handled. */
const REFUSED: ReadonlySet<string> = new Set([ErrorCode.NoRunner, ErrorCode.PlacementOverloaded]);

/** Nodes that run no actors, and write to ledgers until they are stopped. Each key is written to by two of them. */
export class Traffic {
  readonly #options: TrafficOptions;
  readonly #systems: readonly MonitoredSystem[];
  readonly #loops: readonly Promise<void>[];
  #acknowledged = 0;
  #next = 0;
  #isOver = false;

  constructor(options: TrafficOptions) {
    const { leaseTtlMs, clients, keys } = options;
    this.#options = options;
    this.#systems = Array.from({ length: clients }, (_, at) =>
      createSystem({
        ...inMemoryTelemetry().systemOptions,
        actors: [ledger],
        engine: nats(options.engine(at)),
        cluster: { name: `client-${at}`, client: true, leaseTtlMs },
      }),
    );
    const writers = [...keys, ...keys];
    this.#loops = writers.map((key, at) => this.#writeTo(key, at % clients));
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Lets the calls under way end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  /** Adds what all actors have stored to the history. */
  async readContents(): Promise<void> {
    const [system] = this.#systems;
    for (const key of this.#options.keys) {
      const written = await system?.get(ledger, key).with({ timeoutMs: TIMEOUT_MS }).ask.written();
      this.#options.file.append({ kind: "content", address: key, written: written ?? [] });
    }
  }

  /** Writes once to each key. */
  async writeToAll(): Promise<void> {
    const { keys, clients } = this.#options;
    await Promise.all(keys.map((key, at) => this.#write(key, at % clients)));
  }

  /** @throws `AssertionError` if a client has anything left */
  async shutdown(): Promise<void> {
    for (const system of this.#systems) expectBooks(system);
    await Promise.all(this.#systems.map((system) => system.shutdown()));
  }

  async #writeTo(key: string, client: number): Promise<void> {
    while (!this.#isOver) {
      await this.#write(key, client);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #write(key: string, client: number): Promise<void> {
    const { file } = this.#options;
    const id = `${client}-${this.#next}`;
    this.#next += 1;
    const ref = this.#systems[client]?.get(ledger, key).with({ timeoutMs: TIMEOUT_MS });
    if (ref === undefined) throw new Error(`there is no client ${client}`);
    const atMs = performance.now();
    file.append({ kind: "invoke", atMs, id, address: key, client: `client-${client}` });
    try {
      const { version, generation, node } = await ref.ask.enter(id);
      file.append({ kind: "ok", atMs: performance.now(), id, version, generation, node });
      this.#acknowledged += 1;
    } catch (thrown) {
      const code = thrown instanceof LimelightError ? thrown.code : String(thrown);
      const kind = REFUSED.has(code) ? "refused" : "unknown";
      file.append({ kind, atMs: performance.now(), id, code });
    }
  }
}
