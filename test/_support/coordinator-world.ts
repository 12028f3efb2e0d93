import { readAnswer, requestMessage } from "../../src/cluster/codec/place-codec.ts";
import { decodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import { Coordinator, type CoordinatorParts } from "../../src/cluster/coordinator/coordinator.ts";
import type { CoordinatorObserver } from "../../src/cluster/coordinator/coordinator-observer.ts";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { EngineSession } from "../../src/cluster/engine/engine.ts";
import type {
  CoordinatorAnswer,
  PlaceRequest,
  SignalRequest,
} from "../../src/cluster/protocol/place.ts";
import type { PlacementRecord } from "../../src/cluster/protocol/placement-record.ts";
import type { RunnerRecord } from "../../src/cluster/protocol/runner-record.ts";
import { PLACE_SUBJECT } from "../../src/cluster/protocol/subjects.ts";
import { type ClusterTimings, timingsFor } from "../../src/cluster/protocol/timings.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { ManualClock } from "../../src/testing.ts";
import { settleTurns } from "./actor-waiting.ts";
import { placeRequest, signalRequest } from "./cluster-records.ts";
import { CrashingSession } from "./crashing-session.ts";
import { ModelRunner } from "./model-runner.ts";

/** Everything that a coordinator has told, by method. */
export class RecordingObserver {
  readonly told: { readonly method: string; readonly args: readonly unknown[] }[] = [];
  readonly observer: CoordinatorObserver;

  constructor() {
    this.observer = new Proxy({} as CoordinatorObserver, {
      get:
        (_target, method) =>
        (...args: unknown[]) => {
          this.told.push({ method: String(method), args });
          const work = args.at(-1);
          return typeof work === "function" ? work() : undefined;
        },
    });
  }

  /** First arguments of all calls of a method. */
  of<Method extends keyof CoordinatorObserver>(
    method: Method,
  ): Parameters<CoordinatorObserver[Method]>[] {
    return this.told
      .filter((call) => call.method === method)
      .map(({ args }) => args as Parameters<CoordinatorObserver[Method]>);
  }
}

/** A node with a coordinator, and its own session. */
export interface Node {
  readonly nodeId: string;
  readonly session: CrashingSession;
  readonly coordinator: Coordinator;
  readonly observer: RecordingObserver;
}

/** A cluster in one process: an engine in memory, nodes with coordinators, and models of runners, on a clock of the test. */
export class CoordinatorWorld implements AsyncDisposable {
  readonly clock: ManualClock;
  readonly timings: ClusterTimings;
  readonly nodes: Node[] = [];
  /** As a process that only calls has it. */
  readonly client: EngineSession;
  readonly #open: (id: string) => Promise<EngineSession>;
  #ids = 0;
  #luck = 0.5;

  private constructor(
    clock: ManualClock,
    timings: ClusterTimings,
    client: EngineSession,
    open: (id: string) => Promise<EngineSession>,
  ) {
    this.clock = clock;
    this.timings = timings;
    this.client = client;
    this.#open = open;
  }

  static async open(changes: Partial<ClusterTimings> = {}): Promise<CoordinatorWorld> {
    const engine = embedded({ store: new MemoryStore() });
    const clock = new ManualClock();
    const open = (runnerId: string): Promise<EngineSession> =>
      engine.open({ clock, luck: () => 0.5, runnerId, leaseTtlMs: 15_000, onFault: () => {} });
    const timings = { ...timingsFor(15_000), ...changes };
    return new CoordinatorWorld(clock, timings, await open("client"), open);
  }

  async node(nodeId: string, changes: Partial<CoordinatorParts> = {}): Promise<Node> {
    const session = new CrashingSession(await this.#open(nodeId));
    const observer = new RecordingObserver();
    const coordinator = new Coordinator({
      session,
      clock: this.clock,
      luck: () => this.#nextLuck(),
      newId: () => {
        this.#ids += 1;
        return `id-${this.#ids}`;
      },
      nodeId,
      timings: this.timings,
      observer: observer.observer,
      ...changes,
    });
    const node = { nodeId, session, coordinator, observer };
    this.nodes.push(node);
    return node;
  }

  /** A node that is the coordinator. */
  async leader(nodeId = "node-1", changes: Partial<CoordinatorParts> = {}): Promise<Node> {
    const node = await this.node(nodeId, changes);
    node.coordinator.start();
    await this.until(() => node.coordinator.term !== undefined);
    return node;
  }

  async runner(runnerId: string, changes: Partial<RunnerRecord> = {}): Promise<ModelRunner> {
    const { clock, timings } = this;
    const session = await this.#open(runnerId);
    const runner = new ModelRunner(runnerId, { session, clock, timings });
    await runner.join(changes);
    await settleTurns();
    return runner;
  }

  async place(address: string, changes: Partial<PlaceRequest> = {}): Promise<CoordinatorAnswer> {
    return await this.#ask(placeRequest({ address, ...changes }));
  }

  async signal(address: string, changes: Partial<SignalRequest> = {}): Promise<CoordinatorAnswer> {
    return await this.#ask(signalRequest({ address, ...changes }));
  }

  async record(address: string): Promise<PlacementRecord | undefined> {
    const entry = await this.client.placements.read(address);
    return entry && decodePlacement(entry.value);
  }

  /** Lets time pass until a condition holds, at most `limitMs`. */
  async until(
    condition: () => boolean | Promise<boolean>,
    limitMs = 120_000,
    stepMs = 50,
  ): Promise<void> {
    for (let passedMs = 0; passedMs <= limitMs; passedMs += stepMs) {
      await settleTurns();
      if (await condition()) return;
      await this.clock.advance(stepMs);
    }
    throw new Error(`did not come true within ${limitMs} ms: ${condition.toString()}`);
  }

  /** Lets time pass until a record has a status. */
  async untilStatus(address: string, status: string | undefined): Promise<PlacementRecord> {
    let found: PlacementRecord | undefined;
    await this.until(async () => {
      found = await this.record(address);
      return found?.status === status;
    });
    return found as PlacementRecord;
  }

  /** Lets time pass until a promise settles. */
  async settled<Value>(promise: Promise<Value>): Promise<Value> {
    let isDone = false;
    promise.then(
      () => {
        isDone = true;
      },
      () => {
        isDone = true;
      },
    );
    await this.until(() => isDone);
    return await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { coordinator } of this.nodes) {
      await this.settled(coordinator.close());
    }
  }

  async #ask(request: PlaceRequest | SignalRequest): Promise<CoordinatorAnswer> {
    const timeoutMs = request.waitMs + 1_000;
    const asked = this.client.bus.request(PLACE_SUBJECT, requestMessage(request), { timeoutMs });
    return readAnswer(await this.settled(asked));
  }

  #nextLuck(): number {
    this.#luck = (this.#luck * 16_807 + 0.13) % 1;
    return this.#luck;
  }
}
