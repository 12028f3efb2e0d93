import { type NatsOptions, nats } from "../../src/cluster.ts";
import { createSystem, ErrorCode, LimelightError, type MonitoredSystem } from "../../src/index.ts";
import { type InMemoryTelemetry, inMemoryTelemetry } from "../../src/testing.ts";
import { ledger } from "../_support/cluster-ledger.ts";
import { reportOf } from "../_support/node-report.ts";
import { checkEnded } from "../cluster/faults/accounts.ts";
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
/** Those that only read do not wait for long, so that they look again soon. */
const LOOK_TIMEOUT_MS = 1_000;
const LOOK_PAUSE_MS = 1_000;
/** Of each of the loops, two for each key: a load that two cores carry besides the faults. */
const PAUSE_MS = 250;
/** Errors that say that a message was certainly not handled. */
const REFUSED: ReadonlySet<string> = new Set([ErrorCode.NoRunner, ErrorCode.PlacementOverloaded]);

interface Question {
  readonly key: string;
  readonly client: number;
  readonly reads: boolean;
}

interface Client {
  readonly system: MonitoredSystem;
  readonly telemetry: InMemoryTelemetry;
}

function openClient(at: number, { engine, leaseTtlMs }: TrafficOptions): Client {
  const name = `client-${at}`;
  const telemetry = inMemoryTelemetry({ logLevel: "info" });
  const system = createSystem({
    name,
    actors: [ledger],
    engine: nats(engine(at)),
    cluster: { name, client: true, leaseTtlMs },
    logger: telemetry.logger,
    metrics: { meterProvider: telemetry.meterProvider },
  });
  return { system, telemetry };
}

/** Nodes that run no actors, and write to ledgers until they are stopped. Each key is written to by two of them. */
export class Traffic implements AsyncDisposable {
  readonly #options: TrafficOptions;
  readonly #clients: readonly Client[];
  readonly #loops: readonly Promise<void>[];
  /** Keys that were written to. */
  readonly #written: Set<string>;
  /** Times at which the last operation of each key began that was acknowledged. */
  readonly #answered = new Map<string, number>();
  /** The same for nodes. */
  readonly #heard = new Map<string, number>();
  #acknowledged = 0;
  /** Codes of the writes that were refused, or whose outcome is unknown. */
  readonly #failures: string[] = [];
  #next = 0;
  #isOver = false;

  constructor(options: TrafficOptions) {
    const { clients, keys } = options;
    this.#options = options;
    this.#written = new Set(keys);
    this.#clients = Array.from({ length: clients }, (_, at) => openClient(at, options));
    const writers = [...keys, ...keys];
    this.#loops = writers.flatMap((key, at) => [
      this.#writeTo(key, at % clients),
      this.#lookAt(key, at % clients),
    ]);
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** Codes of the writes that were refused, or whose outcome is unknown. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Lets the calls under way end. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  /** Adds what all actors have stored to the history. */
  async readContents(): Promise<void> {
    const [client] = this.#clients;
    for (const key of this.#written) {
      const written = await client?.system
        .get(ledger, key)
        .with({ timeoutMs: TIMEOUT_MS })
        .ask.written();
      this.#options.file.append({ kind: "content", address: key, written: written ?? [] });
    }
  }

  /** Writes once to each key, also to those that there were not before. */
  async writeToAll(keys: readonly string[] = this.#options.keys): Promise<void> {
    const { clients } = this.#options;
    await Promise.all(keys.map((key, at) => this.#write(key, at % clients)));
  }

  /** Whether each key was answered by an operation that has begun since then. */
  hasAnsweredSince(atMs: number): boolean {
    return this.#options.keys.every((key) => (this.#answered.get(key) ?? -1) >= atMs);
  }

  /** Those of the nodes that have answered an operation that has begun since then. */
  heardSince(nodes: readonly string[], atMs: number): readonly string[] {
    return nodes.filter((node) => (this.#heard.get(node) ?? -1) >= atMs);
  }

  /** Ends all clients. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients.map(({ system }) => system.shutdown()));
  }

  /** Ends all clients, and returns what was wrong with what they have left and written. */
  async shutdown(): Promise<readonly string[]> {
    await this[Symbol.asyncDispose]();
    const reports = this.#clients.map(({ system, telemetry }) => reportOf(system, telemetry));
    const fatal = this.#clients.flatMap(({ telemetry }) =>
      telemetry.logs().filter(({ level }) => level === "fatal"),
    );
    const lines = fatal.map((line) => JSON.stringify(line));
    return [...checkEnded(await Promise.all(reports)), ...lines];
  }

  async #writeTo(key: string, client: number): Promise<void> {
    while (!this.#isOver) {
      await this.#write(key, client);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** A runner that was replaced must not answer from what it remembers. */
  async #lookAt(key: string, client: number): Promise<void> {
    while (!this.#isOver) {
      await this.#ask({ key, client, reads: true });
      await new Promise((resolve) => setTimeout(resolve, LOOK_PAUSE_MS));
    }
  }

  async #write(key: string, client: number): Promise<void> {
    this.#written.add(key);
    await this.#ask({ key, client, reads: false });
  }

  async #ask({ key, client, reads }: Question): Promise<void> {
    const { file } = this.#options;
    const id = `${client}-${this.#next}`;
    this.#next += 1;
    const timeoutMs = reads ? LOOK_TIMEOUT_MS : TIMEOUT_MS;
    const ref = this.#clients[client]?.system.get(ledger, key).with({ timeoutMs });
    if (ref === undefined) throw new Error(`there is no client ${client}`);
    const atMs = performance.now();
    file.append({ kind: "invoke", atMs, id, address: key, client: `client-${client}`, reads });
    try {
      const { version, generation, node } = await (reads ? ref.ask.look() : ref.ask.enter(id));
      file.append({ kind: "ok", atMs: performance.now(), id, version, generation, node });
      if (!reads) this.#acknowledge(key, node, atMs);
    } catch (thrown) {
      const code = thrown instanceof LimelightError ? thrown.code : String(thrown);
      if (!reads) this.#failures.push(code);
      const kind = REFUSED.has(code) ? "refused" : "unknown";
      file.append({ kind, atMs: performance.now(), id, code });
    }
  }

  #acknowledge(key: string, node: string, atMs: number): void {
    this.#acknowledged += 1;
    this.#answered.set(key, Math.max(atMs, this.#answered.get(key) ?? 0));
    this.#heard.set(node, Math.max(atMs, this.#heard.get(node) ?? 0));
  }
}
