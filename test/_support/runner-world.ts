import assert from "node:assert/strict";
import { commandMessage } from "../../src/cluster/codec/command-codec.ts";
import { readEvents } from "../../src/cluster/codec/event-codec.ts";
import { decodeRunner } from "../../src/cluster/codec/runner-codec.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import { type Command, CommandKind } from "../../src/cluster/protocol/commands.ts";
import type { RunnerEvent } from "../../src/cluster/protocol/events.ts";
import type { RunnerRecord } from "../../src/cluster/protocol/runner-record.ts";
import { type ClusterTimings, DEFAULT_TIMINGS } from "../../src/cluster/protocol/timings.ts";
import { Runner } from "../../src/cluster/runner/runner.ts";
import type { RunnerOptions } from "../../src/cluster/runner/runner-settings.ts";
import { type SimProcess, Simulation } from "../../src/cluster/sim/simulation.ts";
import { type Claims, ModelHost } from "./model-host.ts";
import { RecordingObserver } from "./recording-observer.ts";

/** A runner in a simulation, with all that it uses. */
export interface RunnerKit {
  readonly runner: Runner;
  readonly host: ModelHost;
  readonly observer: RecordingObserver;
  readonly process: SimProcess;
  readonly session: EngineSession;
  /** Ids that it has had, and `undefined` for each time without one. */
  readonly ids: (string | undefined)[];
  /** What has changed of its actors. */
  readonly here: string[];
}

/** How a runner of a {@link RunnerWorld} is made. */
export interface KitOptions extends Partial<RunnerOptions> {
  readonly types?: readonly string[];
  /** Changes the session that the runner is given. */
  readonly wrap?: (session: EngineSession) => EngineSession;
}

const WAITS = 20_000;

/** Runners in a simulation, and a test that plays the coordinator. */
export class RunnerWorld {
  readonly simulation: Simulation;
  /** A session that no fault hits. */
  readonly boss: EngineSession;
  readonly timings: ClusterTimings;
  readonly claims: Claims = new Map();
  #names = 0;

  private constructor(simulation: Simulation, boss: EngineSession, timings: ClusterTimings) {
    this.simulation = simulation;
    this.boss = boss;
    this.timings = timings;
  }

  static async start(timings: ClusterTimings = DEFAULT_TIMINGS, seed = 1): Promise<RunnerWorld> {
    const simulation = await Simulation.start({ seed, leaseTtlMs: timings.leaseTtlMs });
    const process = simulation.process({ name: "boss" });
    const boss = await open(process, timings);
    return new RunnerWorld(simulation, boss, timings);
  }

  get nowMs(): number {
    return this.simulation.time.nowMs;
  }

  /** Makes a runner that has not been started. */
  async make(options: KitOptions = {}): Promise<RunnerKit> {
    this.#names += 1;
    const { types, wrap = (session) => session, name = `r${this.#names}`, ...rest } = options;
    const process = this.simulation.process({ name });
    const session = wrap(await open(process, this.timings));
    const host = new ModelHost(types, this.claims);
    const observer = new RecordingObserver();
    const ids: (string | undefined)[] = [];
    const here: string[] = [];
    let numbers = 0;
    const runner = new Runner(
      {
        ...{ session, host, observer, timings: this.timings },
        clock: process.host.clock,
        luck: process.luck,
        newId: () => {
          numbers += 1;
          return `${numbers}`;
        },
      },
      { name, host: "machine", pid: 1, ...rest },
      {
        idChanged: (id) => ids.push(id),
        hereChanged: (address, now) => here.push(`${address} ${now?.status ?? "gone"}`),
      },
    );
    return { runner, host, observer, process, session, ids, here };
  }

  /** Makes a runner, and waits until it is ready. */
  async ready(options: KitOptions = {}): Promise<RunnerKit> {
    const kit = await this.make(options);
    await this.value(kit.runner.start());
    return kit;
  }

  pass(ms: number): Promise<void> {
    return this.simulation.time.runUntil(this.simulation.time.nowMs + ms);
  }

  /** Lets time pass until a promise has settled. */
  async settled<Value>(promise: Promise<Value>): Promise<PromiseSettledResult<Value>> {
    let outcome: PromiseSettledResult<Value> | undefined;
    void Promise.allSettled([promise]).then(([settled]) => {
      outcome = settled;
    });
    await this.pass(0); // it may need no time
    for (let events = 0; outcome === undefined && events < WAITS; events += 1) {
      if (!(await this.simulation.time.step())) await this.pass(1);
    }
    assert.ok(outcome, "the promise has never settled");
    return outcome;
  }

  async value<Value>(promise: Promise<Value>): Promise<Value> {
    const outcome = await this.settled(promise);
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  }

  async codeOf(promise: Promise<unknown>): Promise<unknown> {
    const outcome = await this.settled(promise);
    return outcome.status === "rejected" ? (outcome.reason.code ?? outcome.reason) : "fulfilled";
  }

  /** Lets time pass until something is true. */
  async until(what: string, isTrue: () => boolean): Promise<void> {
    for (let events = 0; !isTrue(); events += 1) {
      assert.ok(events < WAITS, `not in time: ${what}`);
      if (!(await this.simulation.time.step())) await this.pass(1);
    }
  }

  async record(runnerId: string | undefined): Promise<RunnerRecord | undefined> {
    const entry = await this.value(this.boss.runners.read(runnerId ?? "none"));
    return entry === undefined ? undefined : decodeRunner(entry.value);
  }

  async lease(runnerId: string | undefined): Promise<boolean> {
    return (await this.value(this.boss.leases.read(`r.${runnerId}`))) !== undefined;
  }

  /** Sends a command to a runner. */
  async send(
    { runner }: RunnerKit,
    command: Partial<Command> & Pick<Command, "checkpoint">,
  ): Promise<void> {
    const { index } = command.checkpoint;
    await this.value(
      this.boss.commands.append(
        commandMessage(runner.id ?? "none", {
          id: `${command.checkpoint.address}-${command.checkpoint.generation}-${index}`,
          kind: index === 1 ? CommandKind.Start : CommandKind.Stop,
          issuedAtMs: 0,
          expiresAtMs: 4_000_000_000_000,
          ...command,
        }),
      ),
    );
  }

  start(kit: RunnerKit, address = "cart.a", generation = 1): Promise<void> {
    return this.send(kit, { checkpoint: { address, generation, index: 1 } });
  }

  /** Starts an actor, and waits until it runs and that is stored. */
  async running(kit: RunnerKit, address = "cart.a", generation = 1): Promise<void> {
    await this.start(kit, address, generation);
    await this.until(
      `${address} runs`,
      () => kit.runner.here(address)?.status === "running" && kit.observer.waiting === 0,
    );
  }

  /** The events of an actor that are stored: `<generation>:<index> <kind> <reason>`. */
  async events(address = "cart.a"): Promise<string[]> {
    const stored = await this.value(this.boss.events.read({ filter: "", limit: 256 }));
    return stored
      .map((message) => readEvents(message))
      .filter((batch) => batch.address === address)
      .flatMap(({ generation, events }) => events.map((event) => told(generation, event)));
  }

  /** The number of commands that are stored. */
  async commandsLeft(): Promise<number> {
    return (await this.value(this.boss.commands.state())).messages;
  }
}

function told(generation: number, { index, kind, reason }: RunnerEvent): string {
  return `${generation}:${index} ${kind}${reason === undefined ? "" : ` ${reason}`}`;
}

function open({ engine, host, luck }: SimProcess, timings: ClusterTimings): Promise<EngineSession> {
  return engine.open({
    ...{ clock: host.clock, luck, runnerId: host.name, leaseTtlMs: timings.leaseTtlMs },
    onFault: () => {},
  });
}
