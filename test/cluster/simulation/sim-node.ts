import type { LastEvents } from "../../../src/activation/access/link.ts";
import { ActorOperation } from "../../../src/activation/placement/placement.ts";
import type { Owner } from "../../../src/activation/records/record-keys.ts";
import { Deferred } from "../../../src/base/async/deferred.ts";
import type { Clock } from "../../../src/base/clock.ts";
import { ClusterError, ErrorCode } from "../../../src/base/errors.ts";
import { Arrivals } from "../../../src/cluster/calls/arrivals.ts";
import { readCommand } from "../../../src/cluster/codec/command-codec.ts";
import { readEvents } from "../../../src/cluster/codec/event-codec.ts";
import { Coordinator } from "../../../src/cluster/coordinator/coordinator.ts";
import { Door } from "../../../src/cluster/door/door.ts";
import type { EngineSession } from "../../../src/cluster/engine/engine.ts";
import { wait } from "../../../src/cluster/engine/wait.ts";
import { LinkDesk } from "../../../src/cluster/links/link-desk.ts";
import { HostedActors } from "../../../src/cluster/node/hosted-actors.ts";
import type { ClusterTimings } from "../../../src/cluster/protocol/timings.ts";
import { ClusterPlacement } from "../../../src/cluster/routing/cluster-placement.ts";
import { CoordinatorClient } from "../../../src/cluster/routing/coordinator-client.ts";
import { KnownRunners } from "../../../src/cluster/routing/known-runners.ts";
import type { OpenRouting } from "../../../src/cluster/routing/open-routing.ts";
import { Operations } from "../../../src/cluster/routing/operations.ts";
import { Routes } from "../../../src/cluster/routing/routes.ts";
import { Runner } from "../../../src/cluster/runner/runner.ts";
import { Random } from "../../../src/cluster/sim/random.ts";
import type { SimProcess } from "../../../src/cluster/sim/simulation.ts";
import { quietCallTelemetry } from "../../_support/quiet-call-telemetry.ts";
import type { Caller } from "./clients.ts";
import { SimGateway, type SimSocket } from "./connections/sim-gateway.ts";
import { CoordinatorNotes } from "./coordinator-notes.ts";
import type { History } from "./history.ts";
import { ModelHost } from "./model-host.ts";
import {
  ModelAddress,
  ModelMessage,
  type ModelOutcome,
  type ModelRequest,
} from "./model-message.ts";
import { QUIET_DOOR } from "./node/quiet-door.ts";
import { readAt } from "./node/read-at.ts";
import { NotingLog } from "./noting-log.ts";
import { RunnerNotes } from "./runner-notes.ts";

/** What a node works with. */
export interface SimNodeParts {
  readonly name: string;
  readonly process: SimProcess;
  readonly history: History;
  readonly timings: ClusterTimings;
  readonly isRunner: boolean;
  readonly failingStarts: () => number;
  readonly idleEnds: () => number;
  readonly repliesEarly: boolean;
}

const TYPES = ["counter", "list"];
const ASK_MS = 8_000;
const DRAIN_MS = 15_000;
const RETRY_MS = 300;
/** What is at work when a process ends may take this long: a call of the engine waits 5 s for its reply. */
const GRACE_MS = 20_000;
const MAX_ARRIVALS = 10_000;

/** One process of the cluster: the real runner, coordinator and routing, with models of actors. */
export class SimNode implements Caller {
  readonly name: string;
  readonly clock: Clock;
  readonly process: SimProcess;
  readonly runnerNotes: RunnerNotes;
  readonly coordinatorNotes: CoordinatorNotes;
  readonly #parts: SimNodeParts;
  readonly #arrivals: Arrivals;
  readonly #opened = new Deferred<OpenRouting>();
  readonly #placement: ClusterPlacement;
  #session: EngineSession | undefined;
  #commands: NotingLog | undefined;
  #host: ModelHost | undefined;
  #runner: Runner | undefined;
  #door: Door | undefined;
  #desk: LinkDesk | undefined;
  readonly #gateway: SimGateway;
  #coordinator: Coordinator | undefined;
  #runnerId = "";
  #ids = 0;
  #isOver = false;
  readonly #crashed = new Deferred<void>();

  constructor(parts: SimNodeParts) {
    const { name, process, history } = parts;
    this.#parts = parts;
    this.name = name;
    this.process = process;
    this.clock = process.host.clock;
    this.runnerNotes = new RunnerNotes(history, () => this.#runnerId);
    this.coordinatorNotes = new CoordinatorNotes(history, name);
    this.#arrivals = new Arrivals(this.clock, MAX_ARRIVALS);
    this.#placement = new ClusterPlacement({
      runnerId: () => this.#runner?.id,
      nodeId: `${name}-${this.#newId()}`,
      clock: this.clock,
      luck: process.luck,
      opened: this.#opened.promise,
      arrivals: this.#arrivals,
      telemetry: quietCallTelemetry(this.clock),
    });
    this.#gateway = new SimGateway({
      clock: this.clock,
      luck: process.luck,
      newId: () => this.#newId(),
      opened: this.#opened.promise,
      runnerId: () => this.#runner?.id,
      arrivals: this.#arrivals,
      faulted: (fault) => this.runnerNotes.faulted(fault),
      host: () => this.#host,
      failed: (what) => history.errors.push(what),
    });
    this.#opened.promise.catch(() => {}); // whoever waits is told
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Whether the process takes actors. */
  get isRunner(): boolean {
    return this.#parts.isRunner;
  }

  /** Id of the runner that the process is, or was last. */
  get runnerId(): string {
    return this.#runnerId;
  }

  get isReady(): boolean {
    return this.#runner?.isReady === true;
  }

  /** Begins to be a part of the cluster. */
  async start(): Promise<void> {
    const { process, timings, isRunner } = this.#parts;
    const session = this.#noting(
      await process.engine.open({
        clock: this.clock,
        luck: process.luck,
        runnerId: `${this.name}-${this.#newId()}`,
        leaseTtlMs: timings.leaseTtlMs,
        onFault: () => {},
      }),
    );
    this.#session = session;
    this.#host = this.#newHost(session);
    const hosted = new HostedActors(this.#host, this.#arrivals);
    const runners = new KnownRunners({ runners: session.runners, unreadable: () => {} });
    const coordinator = new CoordinatorClient({ nodeId: this.name, bus: session.bus });
    const routes = new Routes({ placements: session.placements, runners, coordinator });
    const operations = new Operations({
      runnerId: () => this.#runner?.id,
      clock: this.clock,
      luck: process.luck,
      session,
      routes,
      runners,
      coordinator,
      host: hosted,
      arrivals: this.#arrivals,
      scans: () => false,
      signal: new AbortController().signal,
      newId: () => this.#newId(),
    });
    if (isRunner) this.#run(session, hosted);
    await this.#repeat(() => runners.open());
    this.#opened.resolve({ session, runners, routes, operations });
  }

  /** Leaves the cluster in order. Resolves when nothing is left of it. */
  async end(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#runner?.drain();
    await this.#coordinator?.close();
    this.#door?.close();
    this.#desk?.close();
    this.#gateway.close();
    this.#placement.close(
      new ClusterError("the process has ended", { code: ErrorCode.SystemStopped }),
    );
    await this.#quiet();
    this.#noteResidues();
    await this.#session?.close();
  }

  /** Its runner gets no commands any more, and keeps its lease. */
  deafen(): void {
    this.#commands?.deafen();
  }

  hear(): void {
    this.#commands?.hear();
  }

  /** Resolves when it has crashed; not as a part of it. */
  get crashed(): Promise<void> {
    return this.#crashed.promise;
  }

  /** Ends it without a warning. */
  crash(): void {
    this.#isOver = true;
    this.#crashed.resolve();
    this.process.host.crash();
  }

  async send(request: ModelRequest): Promise<ModelOutcome> {
    const { clock } = this;
    const { owner } = request;
    const message = new ModelMessage({ clock, host: this.#host, timeoutMs: ASK_MS }, request);
    // As in a system: what is here is called here, as long as this process may run it.
    const isHere = this.#host?.has(owner) === true && this.#runner?.isValid() === true;
    if (!isHere || !message.deliverHere()) this.#placement.forward(message.forwarded());
    return await message.outcome;
  }

  connect(owner: Owner, socket: SimSocket, last: LastEvents | undefined): void {
    this.#gateway.connect(owner, socket, last);
  }

  /** Number of connections of actors of this process, whatever process they come from. */
  get connections(): number {
    return this.#host?.connections ?? 0;
  }

  async askAt(
    owner: Owner,
    runnerId: string,
    generation: number,
    id: string,
  ): Promise<{ readonly version: number } | undefined> {
    if (this.#session === undefined) return undefined;
    const callId = `${this.name}-probe-${this.#newId()}`;
    return await readAt(this.#session, { callId, owner, runnerId, generation, id });
  }

  async destroy(owner: Owner): Promise<void> {
    const { operations } = await this.#opened.promise;
    await operations.perform(owner, ActorOperation.Destroy);
  }

  async wake(owner: Owner, id: string): Promise<void> {
    const { operations } = await this.#opened.promise;
    await operations.wake({ owner, id, dueAtMs: Math.floor(this.clock.epochMs()) });
  }

  #run(session: EngineSession, hosted: HostedActors): void {
    const { process, timings } = this.#parts;
    const runner = new Runner(
      {
        session,
        host: hosted,
        clock: this.clock,
        luck: process.luck,
        newId: () => this.#newId(),
        timings,
        observer: this.runnerNotes,
      },
      { name: this.name, host: "sim", pid: 1, drainMs: DRAIN_MS },
      {
        idChanged: (runnerId) => {
          if (runnerId === undefined) {
            this.#door?.close();
            this.#desk?.close();
            return;
          }
          this.#runnerId = runnerId;
          this.#door?.open(runnerId);
          this.#desk?.open(runnerId);
        },
        hereChanged: () => {},
      },
    );
    this.#runner = runner;
    this.#door = new Door({
      clock: this.clock,
      bus: session.bus,
      maxBytes: session.capabilities.maxMessageBytes,
      addressOf: (owner) => this.#host && new ModelAddress(this.#host, owner),
      host: hosted,
      arrivals: this.#arrivals,
      isLeaseValid: () => runner.isValid(),
      isDraining: () => runner.isDraining,
      telemetry: QUIET_DOOR,
    });
    this.#desk = new LinkDesk({
      clock: this.clock,
      bus: session.bus,
      maxBytes: session.capabilities.maxMessageBytes,
      addressOf: (owner) => this.#host && new ModelAddress(this.#host, owner),
      arrivals: this.#arrivals,
      isLeaseValid: () => runner.isValid(),
      faulted: (fault) => this.runnerNotes.faulted(fault),
    });
    runner.start().catch(() => {}); // it was drained before it has joined
    this.#coordinator = new Coordinator({
      session,
      clock: this.clock,
      luck: process.luck,
      newId: () => this.#newId(),
      nodeId: `${this.name}-${this.#newId()}`,
      timings,
      observer: this.coordinatorNotes,
    });
    this.#coordinator.start();
  }

  #newHost({ store }: EngineSession): ModelHost {
    const { name, failingStarts, idleEnds, repliesEarly, history } = this.#parts;
    const process = `${name}-${this.#newId()}`;
    return new ModelHost({
      store,
      clock: this.clock,
      random: new Random(Math.floor(this.#parts.process.luck() * 2 ** 32)),
      name: process,
      fired: (address, id) => history.fires.push({ process, address, id }),
      started: (address, generation) => history.started({ process, address, generation }),
      types: TYPES,
      newId: () => this.#newId(),
      failingStarts,
      idleEnds,
      repliesEarly,
      connections: history.connections,
    });
  }

  /** A session that notes what its runner and its coordinator acknowledge. */
  #noting(session: EngineSession): EngineSession {
    const { capabilities, connection, placements, runners, leases } = session;
    const { deadLetters, bus, store } = session;
    const { history } = this.#parts;
    const commands = new NotingLog(session.commands, (delivery) =>
      this.runnerNotes.acknowledged(readCommand(delivery)),
    );
    const events = new NotingLog(session.events, (delivery) =>
      history.acknowledged(readEvents(delivery)),
    );
    this.#commands = commands;
    return {
      ...{ capabilities, connection, placements, runners, leases, commands },
      ...{ events, deadLetters, bus, store },
      close: () => session.close(),
    };
  }

  async #repeat(task: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        await task();
        return;
      } catch {
        await wait(this.clock, RETRY_MS);
      }
    }
  }

  /** Resolves when nothing is at work any more, or the time for that is over. */
  async #quiet(): Promise<void> {
    const untilMs = this.clock.monotonicMs() + GRACE_MS;
    const { runnerNotes } = this;
    do await wait(this.clock, RETRY_MS);
    while (runnerNotes.ended < runnerNotes.received && this.clock.monotonicMs() < untilMs);
  }

  #noteResidues(): void {
    const { residues, balances } = this.#parts.history;
    const { received, ended, created, eventsDone, waiting, active } = this.runnerNotes;
    const levels: Readonly<Record<string, number>> = {
      actors: this.#host?.size ?? 0,
      "calls at the door": this.#door?.size ?? 0,
      "messages that wait for a place": this.#placement.waiting,
      "calls under way": this.#placement.inFlight,
      "calls that wait for a start": this.#arrivals.size,
      "actors with commands": active,
      "events that wait": waiting,
      "requests that wait": this.#coordinator?.waiting ?? 0,
    };
    for (const [what, level] of Object.entries(levels))
      residues.set(`${this.name}: ${what}`, level);
    balances.push({ what: `${this.name}: outcomes of commands`, expected: received, found: ended });
    balances.push({
      what: `${this.name}: outcomes of events`,
      expected: created,
      found: eventsDone,
    });
  }

  #newId(): string {
    this.#ids += 1;
    const random = Math.floor(this.#parts.process.luck() * 36 ** 8).toString(36);
    return `${random}${this.#ids.toString(36)}`;
  }
}
