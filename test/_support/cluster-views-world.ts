import { encodePlacement } from "../../src/cluster/codec/placement-codec.ts";
import { encodeHeartbeat, encodeRunner } from "../../src/cluster/codec/runner-codec.ts";
import { embedded } from "../../src/cluster/embedded/embedded.ts";
import type { Engine, EngineSession } from "../../src/cluster/engine/engine.ts";
import type { CoordinatorRequest } from "../../src/cluster/protocol/place.ts";
import type { PlacementRecord } from "../../src/cluster/protocol/placement-record.ts";
import { RunnerStatus } from "../../src/cluster/protocol/runner-record.ts";
import { runnerLease } from "../../src/cluster/protocol/subjects.ts";
import type { NodeFacts } from "../../src/cluster/views/node-facts.ts";
import { type OpenViews, openViews } from "../../src/cluster/views/open-views.ts";
import { MemoryStore } from "../../src/store/memory/memory-store.ts";
import { ManualClock } from "../../src/testing.ts";
import { heartbeat, placementRecord, runnerRecord } from "./cluster-records.ts";
import { FakeKeys } from "./console-keys.ts";

const LEASE_TTL_MS = 60_000;

/** A node with views, whose runner and coordinator are only what is said of them. */
export interface ViewedNode extends OpenViews {
  readonly local: FakeKeys;
  readonly asked: CoordinatorRequest[];
  /** May be changed: it is read at each question. */
  facts: NodeFacts;
}

/** Nodes of a cluster in one process, on virtual time. */
export class ClusterViewsWorld implements AsyncDisposable {
  readonly clock: ManualClock = new ManualClock();
  readonly #engine: Engine = embedded({ store: new MemoryStore() });
  readonly #sessions: EngineSession[] = [];
  readonly #nodes: ViewedNode[] = [];

  /** Opens a node; a runner has its record and its lease. */
  async node(id: string, changes: Partial<NodeFacts> = {}): Promise<ViewedNode> {
    const session = await this.session(id);
    const local = new FakeKeys();
    const asked: CoordinatorRequest[] = [];
    const facts: NodeFacts = { ...factsOf(id), ...changes };
    const parts = { session, clock: this.clock, nodeId: id, leaseTtlMs: LEASE_TTL_MS, keys: local };
    const node: ViewedNode = {
      ...openViews({
        ...parts,
        facts: () => node.facts,
        ask: async (request) => {
          asked.push(request);
          return { kind: "placed", runnerId: "r-2", generation: 4, status: "running" };
        },
      }),
      local,
      asked,
      facts,
    };
    this.#nodes.push(node);
    if (facts.role === "runner") await this.runner(id);
    return node;
  }

  /** Writes the record and the lease of a runner, which may have no process. */
  async runner(
    runnerId: string,
    status: RunnerStatus = RunnerStatus.Ready,
    changedAtMs = 0,
  ): Promise<void> {
    const session = await this.any();
    const atMs = this.clock.epochMs();
    const record = runnerRecord({
      runnerId,
      name: runnerId,
      status,
      joinedAtMs: 0,
      changedAtMs,
    });
    await session.runners.put(runnerId, encodeRunner(record));
    if (status === RunnerStatus.Left || status === RunnerStatus.Lost) return;
    await session.leases.put(runnerLease(runnerId), encodeHeartbeat(heartbeat({ runnerId, atMs })));
  }

  async place(changes: Partial<PlacementRecord> & Pick<PlacementRecord, "address">): Promise<void> {
    const record = placementRecord({ status: "running", outbox: [], ...changes });
    await (await this.any()).placements.put(record.address, encodePlacement(record));
  }

  async any(): Promise<EngineSession> {
    return this.#sessions[0] ?? (await this.session("first"));
  }

  /** Lets time pass until `promise` settles; at most 20 s. */
  async settled<Value>(promise: Promise<Value>): Promise<Value> {
    let isOver = false;
    const end = (): void => {
      isOver = true;
    };
    promise.then(end, end);
    for (let at = 0; at < 400 && !isOver; at += 1) await this.clock.advance(50);
    if (!isOver) throw new Error("it does not settle");
    return await promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const node of this.#nodes) node.stop();
    for (const session of this.#sessions) await session.close();
  }

  async session(runnerId: string): Promise<EngineSession> {
    const { clock } = this;
    const parts = { clock, luck: () => 0, runnerId, leaseTtlMs: LEASE_TTL_MS, onFault: () => {} };
    const session = await this.#engine.open(parts);
    this.#sessions.push(session);
    return session;
  }
}

function factsOf(id: string): NodeFacts {
  return {
    id,
    name: id,
    role: "runner",
    status: "ready",
    leaseRemainingMs: 8_000,
    healthScore: 0,
    actors: 2,
    capacity: undefined,
    types: [{ type: "cart", actors: 2 }],
    labels: { zone: "a" },
    joinedAtMs: 1_000,
    host: "host-1",
    pid: 42,
    protocol: { min: 1, max: 1 },
  };
}
