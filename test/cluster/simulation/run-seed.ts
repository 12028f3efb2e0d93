import type { Owner } from "../../../src/activation/records/record-keys.ts";
import { addressOf } from "../../../src/cluster/protocol/address.ts";
import { type ClusterTimings, DEFAULT_TIMINGS } from "../../../src/cluster/protocol/timings.ts";
import { MANY_FAULTS, NO_FAULTS } from "../../../src/cluster/sim/fault-rates.ts";
import type { Random } from "../../../src/cluster/sim/random.ts";
import { Simulation } from "../../../src/cluster/sim/simulation.ts";
import { check, type Violation } from "./checker.ts";
import { Clients } from "./clients.ts";
import { SimReader } from "./connections/sim-reader.ts";
import { History } from "./history.ts";
import { Nemesis } from "./nemesis.ts";
import { RecordingStore } from "./recording-store.ts";
import { SimCluster } from "./sim-cluster.ts";

/** Faults of the model that are to be found, and the size of a run. */
export interface RunOptions {
  readonly nodes?: number;
  readonly actors?: number;
  /** Whether the server stores writes of actors without their conditions. */
  readonly isFenceless?: boolean;
  /** Whether actors reply before they have stored what they reply to. */
  readonly repliesEarly?: boolean;
}

/** What a run has shown. */
export interface RunResult {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly history: History;
  /** How often each fault was done, and what else was counted. */
  readonly counts: ReadonlyMap<string, number>;
}

/** Starts are given more time than it takes to lose a runner: what is lost has to be sent again before. */
const PATIENT: ClusterTimings = { ...DEFAULT_TIMINGS, startDeadlineMs: 60_000 };
/** Starts are given up while their runner may still carry them out: they come late, when others have gone on. */
const HASTY: ClusterTimings = { ...DEFAULT_TIMINGS, startDeadlineMs: 12_000 };
/** Every so many seeds is hasty. */
const HASTY_EVERY = 4;
/** Clocks of processes may be slow by a fifth. */
const SLOWEST = 0.8;
const RECOVERY_MS = (2 * PATIENT.leaseTtlMs) / SLOWEST;
/** If events were lost that were stored, it may take until a start or stop is overdue. */
const RECOVERY_AFTER_LOSS_MS = RECOVERY_MS + PATIENT.startDeadlineMs / SLOWEST;
const CALM_MS = 5_000;
const FAULTS_MS = 70_000;
const CLIENTS = 10;
/** How long the end of all operations, and of all processes, is waited for. */
const PATIENCE_MS = 240_000;
const PROBE_MS = 400;
/** Users with connections, and the actors that they are connected to. */
const READERS = 6;
const READ_ACTORS = 4;
/** How long the last events, and the ends of connections whose clients are gone, are waited for. */
const CONNECTIONS_MS = 90_000;
/** Actors at a time that are created and destroyed. */
const FLEETING = 3;

/** Runs one seed, from the first process to the last one, and checks what has happened. */
export async function runSeed(seed: number, options: RunOptions = {}): Promise<RunResult> {
  const run = await Run.start(seed, options);
  await run.all();
  return run.result();
}

function timingsOf(seed: number): ClusterTimings {
  return seed % HASTY_EVERY === 0 ? HASTY : PATIENT;
}

class Run {
  readonly #seed: number;
  readonly #simulation: Simulation;
  readonly #random: Random;
  readonly #history: History;
  readonly #store: RecordingStore;
  readonly #cluster: SimCluster;
  readonly #clients: Clients;
  readonly #nemesis: Nemesis;
  readonly #owners: readonly Owner[];
  #isGoing = true;
  #isFaulty = true;
  #isReading = true;

  private constructor(
    seed: number,
    simulation: Simulation,
    history: History,
    store: RecordingStore,
    { nodes = 5, actors = 20, repliesEarly = false }: RunOptions,
  ) {
    this.#seed = seed;
    this.#simulation = simulation;
    this.#history = history;
    this.#store = store;
    this.#random = simulation.random.fork();
    this.#owners = Array.from({ length: actors }, (_, at) => ({
      type: at % 4 === 0 ? "list" : "counter",
      keyText: `k${at}`,
    }));
    this.#cluster = new SimCluster({
      simulation,
      history,
      random: simulation.random.fork(),
      timings: timingsOf(seed),
      runners: nodes,
      callers: 2,
      repliesEarly,
    });
    const { random, after } = { random: this.#random, after: this.#after };
    this.#clients = new Clients({
      history,
      random: random.fork(),
      owners: this.#owners,
      isGoing: () => this.#isGoing,
    });
    this.#nemesis = new Nemesis({
      random: random.fork(),
      targets: () => this.#cluster.targets(),
      restartServer: (downMs) => void simulation.restartServer(downMs),
      lose: () => store.lose(),
      returning: (target) => this.#probeAll(target.name),
      after,
      leaseTtlMs: PATIENT.leaseTtlMs,
    });
  }

  static async start(seed: number, options: RunOptions): Promise<Run> {
    let now = (): number => 0;
    const history = new History(() => now());
    const store = new RecordingStore(history, options.isFenceless === true);
    const { leaseTtlMs } = PATIENT;
    const simulation = await Simulation.start({ seed, leaseTtlMs, store });
    now = () => simulation.time.nowMs;
    return new Run(seed, simulation, history, store, options);
  }

  /** Users with connections: some actors have several. */
  #read(): void {
    const { notes, random } = { notes: this.#history.connections, random: this.#random.fork() };
    for (let at = 0; at < READERS; at += 1) {
      const reader = new SimReader({
        name: `reader-${at}`,
        owner: this.#owners[at % READ_ACTORS] as Owner,
        notes,
        random: random.fork(),
        nowMs: () => this.#simulation.time.nowMs,
        after: this.#after,
        process: () => this.#cluster.caller(random.integer(0, CLIENTS)),
        isGoing: () => this.#isReading,
        isFaulty: () => this.#isFaulty,
      });
      void reader.run(); // never rejects
    }
  }

  async all(): Promise<void> {
    const { time } = this.#simulation;
    this.#cluster.start();
    await time.runUntil(CALM_MS / 2);
    for (let at = 0; at < CLIENTS; at += 1) this.#work(at);
    this.#read();
    for (let at = 0; at < FLEETING; at += 1) this.#createAndDestroy(at);
    await time.runUntil(CALM_MS);
    await this.#misbehave();
    this.#heal();
    await this.#recover();
    await this.#windUp();
  }

  result(): RunResult {
    const violations = check(this.#history, {
      recoveryMs: this.#store.losses > 0 ? RECOVERY_AFTER_LOSS_MS : RECOVERY_MS,
    });
    const counts = new Map<string, number>([
      ...this.#nemesis.counts,
      ...this.#simulation.faultCounts,
      ...this.#cluster.counts(),
      ["events", this.#simulation.time.fired],
    ]);
    return { seed: this.#seed, violations, history: this.#history, counts };
  }

  readonly #after = (delayMs: number, callback: () => void): void => {
    const { time } = this.#simulation;
    time.at(time.nowMs + delayMs, undefined, callback);
  };

  /** A client works at one process after the other, as they come and go. */
  #work(at: number): void {
    void (async () => {
      while (this.#isGoing) {
        const caller = this.#cluster.caller(at);
        if (caller !== undefined) await Promise.race([this.#clients.work(caller), caller.crashed]);
        await new Promise<void>((resolve) => this.#after(500, resolve));
      }
    })(); // never rejects
  }

  /** One actor after the other, each used by one client only. */
  #createAndDestroy(at: number): void {
    void (async () => {
      for (let round = 1; this.#isGoing; round += 1) {
        const owner: Owner = { type: "list", keyText: `d${at}x${round}` };
        const caller = this.#cluster.caller(this.#random.integer(0, CLIENTS));
        if (caller !== undefined) {
          const done = this.#clients.createAndDestroy(caller, owner);
          await Promise.race([done, caller.crashed]);
        }
        await new Promise<void>((resolve) => this.#after(500, resolve));
      }
    })(); // never rejects
  }

  async #misbehave(): Promise<void> {
    const { time } = this.#simulation;
    // Some seeds have a bad network all the time, some now and then, some never.
    const noise = this.#random.pick([0, 0.3, 1, 1]);
    const untilMs = time.nowMs + FAULTS_MS;
    this.#cluster.setTroubles(this.#random.pick([0, 0.02]), this.#random.pick([0, 0.02, 0.05]));
    this.#probeLater();
    while (time.nowMs < untilMs) {
      this.#simulation.setFaults(this.#random.chance(noise) ? MANY_FAULTS : NO_FAULTS);
      this.#nemesis.strike();
      await time.runUntil(time.nowMs + this.#random.between(1_000, 12_000));
    }
  }

  #heal(): void {
    this.#isFaulty = false;
    this.#isGoing = false;
    this.#simulation.setFaults(NO_FAULTS);
    this.#cluster.setTroubles(0, 0);
    this.#cluster.heal();
    this.#history.healedMs = this.#history.nowMs;
  }

  /** After healing, each actor is called from each kind of process. */
  async #recover(): Promise<void> {
    const { time } = this.#simulation;
    await time.runUntil(time.nowMs + 1);
    this.#history.healedMs = time.nowMs;
    for (const owner of this.#owners) {
      for (const caller of this.#cluster.lastCallers()) {
        void this.#clients.call(caller, owner, "append", RECOVERY_AFTER_LOSS_MS);
      }
    }
    await this.#cluster.until(() => this.#isQuiet(), PATIENCE_MS);
    await this.#cluster.until(() => this.#areReadersCurrent(), CONNECTIONS_MS);
    const { residues, connections } = this.#history;
    connections.conclude();
    residues.set("connections without a client", this.#cluster.connections - READERS);
  }

  #isQuiet(): boolean {
    const { healedMs = Infinity, operations } = this.#history;
    return operations.every(({ outcome, invokedMs }) => outcome !== "open" || invokedMs < healedMs);
  }

  /** Every user has all events, and every connection of an actor is that of a user. */
  #areReadersCurrent(): boolean {
    const { connections } = this.#history;
    const areCurrent = connections.readers.every((reader) => connections.isCurrent(reader));
    return areCurrent && this.#cluster.connections === READERS;
  }

  async #windUp(): Promise<void> {
    await this.#cluster.settle(PATIENCE_MS);
    this.#history.endingMs = this.#history.nowMs;
    await this.#cluster.windUp(PATIENCE_MS);
  }

  #probeLater(): void {
    this.#after(PROBE_MS, () => {
      if (!this.#isFaulty) return;
      this.#probe(this.#random.pick(this.#owners));
      this.#probeLater();
    });
  }

  /** Asks one of the processes that had an actor before, which must not answer with what is old. */
  #probe(owner: Owner): void {
    const address = addressOf(owner);
    const former = this.#history.placements.filter(
      (write) => write.address === address && write.runnerId !== undefined,
    );
    const last = former.at(-1);
    const candidates = former.filter(({ runnerId }) => runnerId !== last?.runnerId).slice(-3);
    const caller = this.#cluster.caller(this.#random.integer(0, CLIENTS));
    if (candidates.length === 0 || caller === undefined) return;
    const { runnerId = "", generation } = this.#random.pick(candidates);
    void this.#clients.probe(caller, owner, runnerId, generation);
  }

  #probeAll(name: string): void {
    for (const owner of this.#owners) {
      const address = addressOf(owner);
      const caller = this.#cluster.caller(this.#random.integer(0, CLIENTS));
      const write = this.#history.placements.findLast(
        ({ address: other, runnerId }) => other === address && runnerId?.startsWith(`${name}-`),
      );
      if (write?.runnerId === undefined || caller === undefined) continue;
      void this.#clients.probe(caller, owner, write.runnerId, write.generation);
    }
  }
}
