import { KeepAlive } from "../../src/base/clock.ts";
import { readCommand } from "../../src/cluster/codec/command-codec.ts";
import { controlAnswer, readControl } from "../../src/cluster/codec/control-codec.ts";
import { eventMessage } from "../../src/cluster/codec/event-codec.ts";
import {
  decodeRunner,
  encodeHeartbeat,
  encodeRunner,
} from "../../src/cluster/codec/runner-codec.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type { Consumption, Delivery } from "../../src/cluster/engine/log.ts";
import { Arrival, arrivalOf } from "../../src/cluster/protocol/checkpoint.ts";
import { type Command, CommandKind, SignalName } from "../../src/cluster/protocol/commands.ts";
import {
  ReportedStatus as Reported,
  type ReportedStatus,
} from "../../src/cluster/protocol/control.ts";
import { EventKind, type RunnerEvent } from "../../src/cluster/protocol/events.ts";
import type { RunnerRecord, RunnerStatus } from "../../src/cluster/protocol/runner-record.ts";
import { controlSubject, runnerLease } from "../../src/cluster/protocol/subjects.ts";
import type { ClusterTimings } from "../../src/cluster/protocol/timings.ts";
import type { ManualClock } from "../../src/testing.ts";
import { runnerRecord } from "./cluster-records.ts";

/** What the model knows of one activation. */
export interface ModelActor {
  generation: number;
  commandIndex: number;
  eventIndex: number;
  isRunning: boolean;
  /** Everything that was told. */
  readonly told: RunnerEvent[];
}

/** How a runner answers. */
export interface ModelBehaviour {
  /** What it tells of a start; `undefined`: nothing. */
  start: (command: Command) => Omit<RunnerEvent, "index" | "atMs"> | undefined;
  /** What it says of itself. */
  healthScore: number;
  /** Whether it carries out stops and signals. */
  isObedient: boolean;
  /** Whether it answers questions of the coordinator. */
  isAnswering: boolean;
}

/** A runner as the coordinator sees it: a record, a lease, a consumer of commands, and events. No actors. */
export class ModelRunner {
  readonly runnerId: string;
  readonly actors: Map<string, ModelActor> = new Map();
  /** Commands that were carried out, in order. */
  readonly applied: Command[] = [];
  readonly behaviour: ModelBehaviour = {
    start: () => ({ kind: EventKind.Running }),
    healthScore: 0,
    isObedient: true,
    isAnswering: true,
  };
  readonly #session: EngineSession;
  readonly #clock: ManualClock;
  readonly #timings: ClusterTimings;
  #isAlive = true;
  #sequence = 0;
  #consumption: Consumption | undefined;
  #batches = 0;

  constructor(
    runnerId: string,
    parts: { session: EngineSession; clock: ManualClock; timings: ClusterTimings },
  ) {
    this.runnerId = runnerId;
    this.#session = parts.session;
    this.#clock = parts.clock;
    this.#timings = parts.timings;
  }

  /** Number of actors that run here. */
  get size(): number {
    return [...this.actors.values()].filter(({ isRunning }) => isRunning).length;
  }

  async join(changes: Partial<RunnerRecord> = {}): Promise<void> {
    const { runnerId } = this;
    const record = runnerRecord({ runnerId, name: runnerId, capacity: undefined, ...changes });
    await this.#session.runners.put(runnerId, encodeRunner(record));
    await this.#beat();
    await this.consume();
    this.#session.bus.subscribe(controlSubject(runnerId), (message) => {
      if (message.replyTo === undefined || !this.#answers) return;
      const request = readControl(message);
      const actor = this.actors.get(request.address);
      if (request.kind === "report") {
        const status: ReportedStatus = actor?.isRunning
          ? Reported.Running
          : actor === undefined
            ? Reported.Unknown
            : Reported.Ended;
        const { generation = 0, commandIndex = 0, eventIndex = 0 } = actor ?? {};
        const { address } = request;
        const report = { runnerId, address, status, generation, commandIndex, eventIndex };
        this.#session.bus.publish(message.replyTo, controlAnswer({ kind: "report", ...report }));
        return;
      }
      const kept = actor?.told.filter(({ index }) => index >= request.fromIndex) ?? [];
      void this.#store(request.address, request.generation, kept);
      const count = kept.length;
      this.#session.bus.publish(message.replyTo, controlAnswer({ kind: "resent", count }));
    });
  }

  get #answers(): boolean {
    return this.#isAlive && this.behaviour.isAnswering;
  }

  async consume(): Promise<void> {
    this.#consumption = await this.#session.commands.consume({
      name: `r_${this.runnerId}`,
      filter: this.runnerId,
      maxInFlight: 256,
      ackWaitMs: 30_000,
      deliver: (delivery) => void this.#take(delivery),
    });
  }

  /** Takes no commands any more, and goes on with its heartbeats. */
  async deafen(): Promise<void> {
    await this.#consumption?.stop();
  }

  async set(status: RunnerStatus): Promise<void> {
    const entry = await this.#session.runners.read(this.runnerId);
    if (entry === undefined) throw new Error("no record");
    const record = { ...decodeRunner(entry.value), status };
    await this.#session.runners.put(this.runnerId, encodeRunner(record));
  }

  /** As SIGKILL. */
  async kill(): Promise<void> {
    this.#isAlive = false;
    await this.#consumption?.stop();
  }

  /** Tells of an actor. */
  async tell(address: string, ...events: Omit<RunnerEvent, "index" | "atMs">[]): Promise<void> {
    const actor = this.actors.get(address);
    if (actor === undefined) throw new Error(`${address} is not here`);
    const told = events.map((event): RunnerEvent => {
      actor.eventIndex += 1;
      return { ...event, index: actor.eventIndex, atMs: this.#clock.epochMs() };
    });
    actor.told.push(...told);
    await this.#store(address, actor.generation, told);
  }

  /** Counts an event that nobody will ever see. */
  lose(address: string): void {
    const actor = this.actors.get(address);
    if (actor !== undefined) actor.eventIndex += 1;
  }

  /** An actor ends by itself. */
  async end(address: string, reason: string): Promise<void> {
    const actor = this.actors.get(address);
    if (actor === undefined || !actor.isRunning) return;
    actor.isRunning = false;
    await this.tell(address, { kind: EventKind.Stopped, reason });
  }

  async #store(address: string, generation: number, events: readonly RunnerEvent[]): Promise<void> {
    if (events.length === 0) return;
    const message = eventMessage({ address, runnerId: this.runnerId, generation, events });
    this.#batches += 1;
    await this.#session.events.append({ ...message, id: `${message.id}:${this.#batches}` });
  }

  async #beat(): Promise<void> {
    if (!this.#isAlive) return;
    const { runnerId } = this;
    this.#sequence += 1;
    await this.#session.leases.put(
      runnerLease(runnerId),
      encodeHeartbeat({
        version: 1,
        runnerId,
        sequence: this.#sequence,
        actors: this.size,
        healthScore: this.behaviour.healthScore,
        atMs: this.#clock.epochMs(),
      }),
    );
    this.#clock.schedule(() => void this.#beat(), this.#timings.heartbeatMs, KeepAlive.No);
  }

  async #take(delivery: Delivery): Promise<void> {
    if (!this.#isAlive) return;
    const command = readCommand(delivery);
    const { address, generation } = command.checkpoint;
    const actor = this.actors.get(address);
    const last = { generation: actor?.generation ?? 0, index: actor?.commandIndex ?? 0 };
    const arrival = arrivalOf(last, command.checkpoint);
    const isStart = command.kind === CommandKind.Start;
    if (arrival === Arrival.Gap || (arrival === Arrival.Future && !isStart)) {
      delivery.retry(100);
      return;
    }
    if (arrival === Arrival.Applied || arrival === Arrival.Future) {
      if (isStart) await this.#start(command, generation);
      else await this.#carryOut(command);
    }
    if (this.#isAlive) await delivery.ack();
  }

  async #start(command: Command, generation: number): Promise<void> {
    const event = this.behaviour.start(command);
    const isRunning = event?.kind === EventKind.Running || event === undefined;
    const { address } = command.checkpoint;
    this.actors.set(address, { generation, commandIndex: 1, eventIndex: 0, isRunning, told: [] });
    this.applied.push(command);
    if (event !== undefined) await this.tell(address, event);
  }

  async #carryOut(command: Command): Promise<void> {
    const { address, index } = command.checkpoint;
    const actor = this.actors.get(address);
    if (actor === undefined) return;
    actor.commandIndex = index;
    this.applied.push(command);
    if (!this.behaviour.isObedient) return;
    if (!actor.isRunning) {
      const { signal, data, id: commandId } = command;
      if (signal !== SignalName.Wake && signal !== SignalName.Destroy) return;
      const kept = { commandId, signal, ...(data === undefined ? {} : { data }) };
      await this.tell(address, {
        kind: EventKind.CommandDropped,
        reason: "not_running",
        data: kept,
      });
      return;
    }
    if (command.kind === CommandKind.Stop) await this.end(address, "drained");
    else if (command.signal === SignalName.Sleep) await this.end(address, "requested");
    else if (command.signal === SignalName.Kill) await this.end(address, "killed");
    else if (command.signal === SignalName.Destroy) await this.end(address, "destroyed");
  }
}
