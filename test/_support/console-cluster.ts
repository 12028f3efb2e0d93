import { ClusterError, ErrorCode } from "../../src/base/errors.ts";
import type {
  ClusterViews,
  DeadLetterPage,
  PlacementPage,
  PlacementQuery,
  PlacementReading,
} from "../../src/monitor/cluster/cluster-views.ts";
import type { ClusterMoveRow, ClusterNodeRow, ClusterRow } from "../../src/wire/cluster.ts";

/** Returns a node that answers. */
export function clusterNode(id: string, parts: Partial<ClusterNodeRow> = {}): ClusterNodeRow {
  return {
    id,
    name: id.slice(0, 3),
    role: "runner",
    status: "ready",
    self: false,
    coordinator: false,
    reachable: true,
    answerMs: 1.5,
    lastSeenAtMs: 5_000,
    leaseRemainingMs: 8_000,
    healthScore: 0,
    evicted: null,
    actors: 3,
    capacity: null,
    types: [{ type: "cart", actors: 3 }],
    labels: { zone: "a" },
    joinedAtMs: 1_000,
    host: "host-1",
    pid: 42,
    protocol: { min: 1, max: 1 },
    ...parts,
  };
}

const MOVE: ClusterMoveRow = {
  id: "cart/alice",
  from: "r-2-bbb",
  to: "r-1-aaa",
  generation: 4,
  reason: "runner_lost",
  atMs: 4_000,
  by: "r-1-aaa",
};

/** A cluster that exists only for viewers: two runners that answer, one that does not, and a dead letter. */
export class FakeCluster implements ClusterViews {
  readonly asked: PlacementQuery[] = [];
  readonly done: string[] = [];
  /** Set to let every read of the engine fail. */
  failing = false;

  async overview(): Promise<Omit<ClusterRow, "system">> {
    return {
      self: "r-1-aaa",
      engine: {
        name: "nats",
        durability: "machine",
        serverVersion: "2.15.2",
        replicas: 1,
        connected: true,
      },
      coordinator: { nodeId: "r-1-aaa", term: 3, placements: { running: 6, pending: 1 } },
      nodes: [
        clusterNode("r-3-ccc", {
          reachable: false,
          answerMs: null,
          leaseRemainingMs: null,
          types: [{ type: "cart", actors: null }],
        }),
        clusterNode("r-1-aaa", { self: true, coordinator: true }),
        clusterNode("r-2-bbb", { healthScore: 2 }),
      ],
      moreNodes: false,
      logs: [{ log: "events", messages: 2, oldestAtMs: 3_000 }],
      moves: [MOVE],
      problems: [],
    };
  }

  async placements(query: PlacementQuery): Promise<PlacementPage> {
    this.#read();
    this.asked.push(query);
    return { placements: [this.#placement()], cursor: "cart.alice" };
  }

  async placement(type: string, key: string): Promise<PlacementReading | undefined> {
    this.#read();
    if (type !== "cart" || key !== "alice") return undefined;
    return { placement: this.#placement(), outbox: [], moves: [MOVE] };
  }

  async deadLetters(): Promise<DeadLetterPage> {
    this.#read();
    const row = {
      id: "12",
      log: "commands",
      key: "cart/alice",
      what: "signal destroy",
      reason: "ERR_TEST",
      text: "it throws",
      attempts: 6,
      storedAtMs: 2_000,
      bytes: 200,
    };
    return { deadLetters: this.done.length === 0 ? [row] : [], cursor: undefined };
  }

  async resend(id: string): Promise<boolean> {
    return this.#take(`resend ${id}`, id);
  }

  async discard(id: string): Promise<boolean> {
    return this.#take(`discard ${id}`, id);
  }

  #take(what: string, id: string): boolean {
    this.#read();
    if (id !== "12" || this.done.length > 0) return false;
    this.done.push(what);
    return true;
  }

  #placement(): PlacementReading["placement"] {
    return {
      id: "cart/alice",
      type: "cart",
      status: "running",
      runnerId: "r-1-aaa",
      generation: 4,
      reason: "runner_lost",
      sinceAtMs: 4_000,
      attempts: 0,
      notBeforeAtMs: null,
    };
  }

  #read(): void {
    if (!this.failing) return;
    throw new ClusterError("the server is away", { code: ErrorCode.EngineUnavailable });
  }
}
