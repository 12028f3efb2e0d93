import type { Clock } from "../../base/clock.ts";
import { errorType } from "../../base/errors.ts";
import type {
  ClusterViews,
  DeadLetterPage,
  PlacementPage,
  PlacementQuery,
  PlacementReading,
} from "../../monitor/cluster/cluster-views.ts";
import type { ClusterLogRow, ClusterMoveRow, ClusterRow } from "../../wire/cluster.ts";
import { keyIdOf } from "../../wire/keys.ts";
import { decodeHeartbeat, decodeRunner } from "../codec/runner-codec.ts";
import type { EngineSession } from "../engine/engine.ts";
import type { KeyValueEntry } from "../engine/key-value.ts";
import type { Log } from "../engine/log.ts";
import { addressOf } from "../protocol/address.ts";
import type { Heartbeat, RunnerRecord } from "../protocol/runner-record.ts";
import { askAllNodes, type NodeAnswer } from "./ask-nodes.ts";
import { DeadLetterDesk, type DeadLetterParts } from "./dead-letter-desk.ts";
import { type MoveBook, newestMoves } from "./move-book.ts";
import { byAttention, isExpected, type KnownNode, nodeRow, type SeenNode } from "./node-rows.ts";
import { placementPage, placementReading } from "./placement-pages.ts";

/** What the views of a cluster are made from. */
export interface ClusterViewsParts extends Pick<DeadLetterParts, "ask"> {
  readonly session: EngineSession;
  readonly clock: Clock;
  readonly nodeId: string;
  /** Returns the id of this process as it is in its facts. */
  readonly selfId: () => string;
  /** How long a runner that is not heard of keeps its lease, in milliseconds. */
  readonly leaseTtlMs: number;
  /** What this node knows of moves itself. */
  readonly moves: MoveBook;
  /** How long a node may take to answer. Default: {@link ANSWER_TIMEOUT_MS}. */
  readonly answerTimeoutMs?: number;
}

/** How long a node may take to answer a viewer, in milliseconds. */
export const ANSWER_TIMEOUT_MS = 1_000;
const MAX_NODES = 1_000;
/** Nodes that are remembered since they answered, and for how long. */
const MAX_SEEN = 256;
const KEEP_SEEN_MS = 600_000;

/** The cluster of a system for viewers: what its engine stores, and what its nodes answer. */
export class SystemClusterViews implements ClusterViews {
  readonly #parts: ClusterViewsParts;
  readonly #desk: DeadLetterDesk;
  readonly #seen = new Map<string, SeenNode>();

  constructor(parts: ClusterViewsParts) {
    this.#parts = parts;
    this.#desk = new DeadLetterDesk(parts);
  }

  async overview(): Promise<Omit<ClusterRow, "system">> {
    const { session, clock, leaseTtlMs } = this.#parts;
    const selfId = this.#parts.selfId();
    const { engine: name, durability, serverVersion, replicas } = session.capabilities;
    const problems = new Set<string>();
    const note = (error: unknown): [] => {
      problems.add(errorType(error));
      return [];
    };
    const reading = session.runners
      .list("")
      .then((entries) => readAll(entries, decodeRunner, note));
    const [records, beats, answers, logs] = await Promise.all([
      reading.catch(note),
      session.leases
        .list("r")
        .then((entries) => readAll(entries, decodeHeartbeat, note))
        .catch(note),
      this.#ask(reading),
      logRows(session).catch(note),
    ]);
    const known = this.#nodes(records, beats, answers);
    const nowAtMs = clock.epochMs();
    const nodes = known.map((node) => nodeRow(node, selfId, nowAtMs, leaseTtlMs)).sort(byAttention);
    const coordinator = [...answers.values()].find(({ node }) => node.coordinator !== undefined);
    return {
      self: selfId,
      engine: {
        name,
        durability,
        serverVersion: serverVersion ?? null,
        replicas,
        connected: session.connection.isConnected,
      },
      coordinator: {
        nodeId: coordinator?.node.id ?? null,
        term: coordinator?.node.coordinator?.term ?? null,
        placements: coordinator?.node.coordinator?.placements ?? null,
      },
      nodes: nodes.slice(0, MAX_NODES),
      moreNodes: nodes.length > MAX_NODES,
      logs,
      moves: this.#moves(answers),
      problems: [...problems].sort(),
    };
  }

  async placements(query: PlacementQuery): Promise<PlacementPage> {
    return await placementPage(this.#parts.session.placements, query);
  }

  async placement(type: string, key: string): Promise<PlacementReading | undefined> {
    const { session } = this.#parts;
    const entry = await session.placements.read(addressOf({ type, keyText: key }));
    if (entry === undefined) return undefined;
    const reading = session.runners.list("").then((entries) => readAll(entries, decodeRunner));
    const id = keyIdOf(type, key);
    const answers = await this.#ask(reading, id);
    return { ...placementReading(entry), moves: this.#moves(answers, id) };
  }

  async deadLetters(after: string | undefined, limit: number): Promise<DeadLetterPage> {
    return await this.#desk.page(after, limit);
  }

  async resend(id: string): Promise<boolean> {
    return await this.#desk.resend(id);
  }

  async discard(id: string): Promise<boolean> {
    return await this.#desk.discard(id);
  }

  /** Asks all nodes, and remembers those that have answered. */
  async #ask(
    records: Promise<readonly RunnerRecord[]>,
    id?: string,
  ): Promise<ReadonlyMap<string, NodeAnswer>> {
    const { session, clock, answerTimeoutMs: timeoutMs = ANSWER_TIMEOUT_MS } = this.#parts;
    const expected = records.then((all) => {
      const runners = all.filter(isExpected).map(({ runnerId }) => runnerId);
      const clients = [...this.#seen].filter(([, { role }]) => role === "client");
      return new Set([...runners, ...clients.map(([id]) => id)]);
    });
    const asked = { timeoutMs, expected, ...(id === undefined ? {} : { id }) };
    const answers = await askAllNodes(session.bus, clock, asked);
    const atMs = clock.epochMs();
    for (const [nodeId, { node }] of answers) {
      this.#seen.delete(nodeId);
      this.#seen.set(nodeId, { name: node.name, role: node.role, atMs });
    }
    for (const [nodeId, seen] of this.#seen) {
      if (this.#seen.size <= MAX_SEEN && atMs - seen.atMs < KEEP_SEEN_MS) break;
      this.#seen.delete(nodeId);
    }
    return answers;
  }

  #moves(answers: ReadonlyMap<string, NodeAnswer>, id?: string): readonly ClusterMoveRow[] {
    const known = this.#parts.moves.last(id === undefined ? {} : { id });
    return newestMoves([...known, ...[...answers.values()].flatMap(({ moves }) => moves)]);
  }

  #nodes(
    records: readonly RunnerRecord[],
    beats: readonly Heartbeat[],
    answers: ReadonlyMap<string, NodeAnswer>,
  ): readonly KnownNode[] {
    const recordOf = new Map(records.map((record) => [record.runnerId, record]));
    const beatOf = new Map(beats.map((beat) => [beat.runnerId, beat]));
    // A runner whose record is gone is no part of the cluster any more.
    const clients = [...this.#seen].filter(([, { role }]) => role === "client");
    const ids = new Set([
      ...recordOf.keys(),
      ...answers.keys(),
      ...clients.map(([clientId]) => clientId),
    ]);
    const evictionOf = new Map(
      [...answers.values()]
        .flatMap(({ node }) => node.coordinator?.evictions ?? [])
        .map((eviction) => [eviction.runnerId, eviction]),
    );
    return [...ids].map((id) => ({
      id,
      eviction: evictionOf.get(id),
      answer: answers.get(id),
      record: recordOf.get(id),
      beat: beatOf.get(id),
      seen: this.#seen.get(id),
    }));
  }
}

/** Returns the records that can be read; the others are told to `onError`. */
function readAll<Value>(
  entries: readonly KeyValueEntry[],
  read: (bytes: Uint8Array) => Value,
  onError: (error: unknown) => void = () => {},
): readonly Value[] {
  return entries.flatMap(({ value }) => {
    try {
      return [read(value)];
    } catch (error) {
      onError(error);
      return [];
    }
  });
}

async function logRows(session: EngineSession): Promise<readonly ClusterLogRow[]> {
  const rowOf = async (name: string, log: Log): Promise<ClusterLogRow> => {
    const { messages, oldestAtMs } = await log.state();
    return { log: name, messages, oldestAtMs: oldestAtMs ?? null };
  };
  return await Promise.all([
    rowOf("commands", session.commands),
    rowOf("events", session.events),
    rowOf("dead_letters", session.deadLetters),
  ]);
}
