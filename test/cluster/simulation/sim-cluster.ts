import type { ClusterTimings } from "../../../src/cluster/protocol/timings.ts";
import type { Random } from "../../../src/cluster/sim/random.ts";
import type { Simulation } from "../../../src/cluster/sim/simulation.ts";
import type { History } from "./history.ts";
import type { Target } from "./nemesis.ts";
import { SimNode } from "./sim-node.ts";

/** What a {@link SimCluster} works with. */
export interface SimClusterParts {
  readonly simulation: Simulation;
  readonly history: History;
  readonly random: Random;
  readonly timings: ClusterTimings;
  /** Number of runners. */
  readonly runners: number;
  /** Number of processes that only call. */
  readonly callers: number;
  readonly repliesEarly: boolean;
}

const SLOWEST = 0.8;
const FASTEST = 1.2;
const MAX_SKEW_MS = 5_000;
/** How long the last events may be on their way. */
const STEP_MS = 500;

/** The processes of a run. One that has crashed, or was restarted, is followed by another one of its name. */
export class SimCluster {
  readonly #parts: SimClusterParts;
  readonly #nodes = new Map<string, SimNode>();
  readonly #former: SimNode[] = [];
  readonly #away = new Set<string>();
  readonly #counts = new Map<string, number>();
  #failingStarts = 0;
  #idleEnds = 0;
  #isHealed = false;

  constructor(parts: SimClusterParts) {
    this.#parts = parts;
  }

  start(): void {
    const { runners, callers, random } = this.#parts;
    for (let at = 1; at <= runners; at += 1) {
      this.#after(random.between(0, 1_500), () => this.#begin(`n${at}`, true));
    }
    for (let at = 1; at <= callers; at += 1) {
      this.#after(random.between(0, 500), () => this.#begin(`c${at}`, false));
    }
  }

  /** How often starts fail, and actors end by themselves. */
  setTroubles(failingStarts: number, idleEnds: number): void {
    this.#failingStarts = failingStarts;
    this.#idleEnds = idleEnds;
  }

  /** One of the processes, for a client. */
  caller(at: number): SimNode | undefined {
    const live = this.#live();
    return live.length === 0 ? undefined : live[at % live.length];
  }

  /** Number of connections of all actors. */
  get connections(): number {
    return this.#live().reduce((sum, { connections }) => sum + connections, 0);
  }

  /** A process that runs actors, and one that does not. */
  lastCallers(): readonly SimNode[] {
    const live = this.#live();
    return [
      ...live.filter(({ isRunner }) => isRunner).slice(0, 1),
      ...live.filter(({ isRunner }) => !isRunner).slice(0, 1),
    ];
  }

  /** What faults can be done to: everything that is not under one already. */
  targets(): readonly Target[] {
    return this.#live()
      .filter(({ name, isOver }) => !isOver && !this.#away.has(name))
      .map((node) => this.#targetOf(node));
  }

  /** Ends all faults. */
  heal(): void {
    this.#isHealed = true;
    this.#away.clear();
    for (const node of this.#nodes.values()) {
      node.process.heal();
      node.process.host.resume();
      node.hear();
    }
    for (const [name, node] of this.#nodes) if (node.isOver) this.#replace(name, node.isRunner);
  }

  /** Lets time pass until something is so. Returns whether it is. */
  async until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    const { time } = this.#parts.simulation;
    const untilMs = time.nowMs + limitMs;
    while (!isSo() && time.nowMs < untilMs) await time.runUntil(time.nowMs + STEP_MS);
    return isSo();
  }

  /** Waits until everything that was sent to a node that runs was handled. */
  async settle(limitMs: number): Promise<void> {
    const { history, simulation } = this.#parts;
    const untilMs = simulation.time.nowMs + limitMs;
    let left = await this.#left();
    while (left.commands + left.events + this.#unsent() > 0 && simulation.time.nowMs < untilMs) {
      await simulation.time.runUntil(simulation.time.nowMs + STEP_MS);
      left = await this.#left();
    }
    history.residues.set("commands in the log", left.commands);
    history.residues.set("events in the log", left.events);
  }

  /** Ends one process after the other. */
  async windUp(limitMs: number): Promise<void> {
    for (const node of this.#live()) {
      let isOver = false;
      void node.end().then(() => {
        isOver = true;
      });
      if (await this.until(() => isOver, limitMs)) continue;
      this.#parts.history.residues.set(`${node.name} has not ended`, 1);
    }
  }

  /** What the processes have reported, in all. */
  counts(): ReadonlyMap<string, number> {
    const counts = new Map(this.#counts);
    const add = (prefix: string, from: ReadonlyMap<string, number>): void => {
      for (const [what, count] of from) {
        const name = `${prefix} ${what}`;
        counts.set(name, (counts.get(name) ?? 0) + count);
      }
    };
    for (const { runnerNotes, coordinatorNotes } of [...this.#former, ...this.#nodes.values()]) {
      add("command", runnerNotes.outcomes);
      add("runner:", runnerNotes.failures);
      add("gave up:", runnerNotes.faults);
      add("coordinator:", coordinatorNotes.failures);
      add("event", coordinatorNotes.arrivals);
      add("placed", coordinatorNotes.placements);
      add(
        "all",
        new Map([
          ["fences", runnerNotes.fences],
          ["terms", coordinatorNotes.terms],
        ]),
      );
    }
    return counts;
  }

  /** Commands that are decided, and that no runner has seen: they are not in the log yet. */
  #unsent(): number {
    const { placements, commands } = this.#parts.history;
    const seen = new Set(commands.map(({ id, generation }) => `${id} ${generation}`));
    const latest = new Map(placements.map((write) => [write.address, write]));
    const decided = [...latest.values()].flatMap(({ outbox }) => outbox);
    return decided.filter(({ id, checkpoint }) => !seen.has(`${id} ${checkpoint.generation}`))
      .length;
  }

  /** A write that comes late may put a command into the log for a runner that has left: it goes when it is too old. */
  async #left(): Promise<{ readonly commands: number; readonly events: number }> {
    const { state } = this.#parts.simulation.server;
    if (state === undefined) return { commands: 1, events: 1 };
    const runners = this.#live().map(({ runnerId }) => `${runnerId}.`);
    const commands = (await state.commands.read({ filter: "", limit: 256 })).filter(({ subject }) =>
      runners.some((runner) => subject.startsWith(runner)),
    );
    return { commands: commands.length, events: (await state.events.state()).messages };
  }

  #live(): SimNode[] {
    return [...this.#nodes.values()].filter(({ isOver }) => !isOver);
  }

  #begin(name: string, isRunner: boolean): void {
    const { simulation, random, history, timings, repliesEarly } = this.#parts;
    const process = simulation.process({
      name,
      rate: random.between(SLOWEST, FASTEST),
      epochOffsetMs: random.between(-MAX_SKEW_MS, MAX_SKEW_MS),
    });
    const node = new SimNode({
      ...{ name, process, history, timings, isRunner, repliesEarly },
      failingStarts: () => this.#failingStarts,
      idleEnds: () => this.#idleEnds,
    });
    this.#nodes.set(name, node);
    void node.start(); // never rejects: a simulated engine always opens
  }

  #replace(name: string, isRunner: boolean): void {
    const former = this.#nodes.get(name);
    if (former === undefined || !former.isOver) return;
    this.#former.push(former);
    this.#nodes.delete(name);
    this.#begin(name, isRunner);
  }

  #targetOf(node: SimNode): Target {
    const { name, process, isRunner } = node;
    const back = (): void => void this.#away.delete(name);
    return {
      name,
      pause: () => {
        this.#away.add(name);
        process.host.pause();
      },
      resume: () => {
        back();
        process.host.resume();
      },
      cut: (directions) => {
        this.#away.add(name);
        process.cut(directions);
      },
      heal: () => {
        back();
        process.heal();
      },
      crash: (afterMs) => {
        node.crash();
        this.#after(afterMs, () => {
          if (!this.#isHealed) this.#replace(name, isRunner);
        });
      },
      restart: () => {
        void node.end().then(() => this.#after(0, () => this.#replace(name, isRunner)));
      },
      deafen: () => node.deafen(),
      hear: () => node.hear(),
      setClock: (ms) => process.host.setClock(ms),
    };
  }

  #after(delayMs: number, callback: () => void): void {
    const { time } = this.#parts.simulation;
    time.at(time.nowMs + delayMs, undefined, callback);
  }
}
