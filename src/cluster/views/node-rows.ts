import type { ClusterNodeRow, EvictionRow } from "../../wire/cluster.ts";
import { type Heartbeat, type RunnerRecord, RunnerStatus } from "../protocol/runner-record.ts";
import type { NodeAnswer } from "./ask-nodes.ts";
import type { Eviction } from "./node-facts.ts";

/** What is known of one node. At least one of `answer`, `record` and `seen` is there. */
export interface KnownNode {
  readonly id: string;
  readonly answer: NodeAnswer | undefined;
  readonly record: RunnerRecord | undefined;
  readonly beat: Heartbeat | undefined;
  /** When it has answered before. */
  readonly seen: SeenNode | undefined;
  /** What the coordinator has told of it. */
  readonly eviction: Eviction | undefined;
}

/** A node as it was when it answered last. */
export interface SeenNode {
  readonly name: string;
  readonly role: "runner" | "client";
  readonly atMs: number;
}

/** Returns the row of a node. */
export function nodeRow(
  known: KnownNode,
  selfId: string,
  nowAtMs: number,
  leaseTtlMs: number,
): ClusterNodeRow {
  const { id, answer, record } = known;
  return {
    ...(record === undefined ? unknownRow(known) : recordRow(known, record)),
    lastSeenAtMs: lastSeenAtMs(known, leaseTtlMs),
    ...(answer === undefined ? {} : answerRow(answer, nowAtMs)),
    // A runner that answers may be taken for lost: the record decides where actors are placed.
    ...(record === undefined ? {} : { status: record.status }),
    evicted: evictionRow(known.eviction),
    self: id === selfId,
  };
}

function unknownRow(known: KnownNode): ClusterNodeRow {
  const { id, seen } = known;
  return {
    id,
    name: seen?.name ?? id,
    role: seen?.role ?? "client",
    status: null,
    self: false,
    coordinator: false,
    reachable: false,
    answerMs: null,
    lastSeenAtMs: null,
    leaseRemainingMs: null,
    healthScore: null,
    evicted: null,
    actors: null,
    capacity: null,
    types: [],
    labels: {},
    joinedAtMs: null,
    host: null,
    pid: null,
    protocol: null,
  };
}

function recordRow(known: KnownNode, record: RunnerRecord): ClusterNodeRow {
  const { name, status, capacity = null, labels, joinedAtMs, host, pid, protocol } = record;
  return {
    ...unknownRow(known),
    ...{ name, status, capacity, labels, joinedAtMs, host, pid, protocol },
    role: "runner",
    healthScore: known.beat?.healthScore ?? null,
    actors: known.beat?.actors ?? null,
    types: record.types.map((type) => ({ type: type.name, actors: null })),
  };
}

function evictionRow(eviction: Eviction | undefined): EvictionRow | null {
  return eviction === undefined ? null : { reason: eviction.reason, sinceAtMs: eviction.sinceMs };
}

function answerRow(
  { node, answerMs }: NodeAnswer,
  nowAtMs: number,
): Omit<ClusterNodeRow, "self" | "evicted"> {
  const { coordinator, ...facts } = node;
  return {
    ...facts,
    status: facts.status ?? null,
    capacity: facts.capacity ?? null,
    leaseRemainingMs: facts.leaseRemainingMs ?? null,
    coordinator: coordinator !== undefined,
    reachable: true,
    answerMs: Math.round(answerMs * 1_000) / 1_000,
    lastSeenAtMs: nowAtMs,
  };
}

function lastSeenAtMs({ beat, record, seen }: KnownNode, leaseTtlMs: number): number | null {
  const own = record === undefined ? undefined : ownMoment(record, leaseTtlMs);
  const moments = [beat?.atMs, own, seen?.atMs].filter((atMs) => atMs !== undefined);
  return moments.length === 0 ? null : Math.max(...moments);
}

/**
 * Returns when a runner was certainly there by its record. That of a lost one was changed by the coordinator, after the
 * lease had expired: its last heartbeat was at that time at the latest.
 */
function ownMoment({ status, joinedAtMs, changedAtMs }: RunnerRecord, leaseTtlMs: number): number {
  if (status !== RunnerStatus.Lost) return changedAtMs;
  return Math.max(joinedAtMs, changedAtMs - leaseTtlMs);
}

/** Returns whether a runner with this record should answer. */
export function isExpected({ status }: RunnerRecord): boolean {
  return rankOf(status) <= LIVE;
}

const LIVE = 2;
const CLIENT = 3;

function rankOf(status: RunnerStatus): number {
  switch (status) {
    case RunnerStatus.Joining:
    case RunnerStatus.Draining:
      return 1;
    case RunnerStatus.Ready:
      return LIVE;
    case RunnerStatus.Lost:
      return 4;
    case RunnerStatus.Left:
      return 5;
  }
}

/** Orders nodes: those that should answer and do not come first, then those that change or are evicted, ready, lost and left ones. */
export function byAttention(one: ClusterNodeRow, other: ClusterNodeRow): number {
  return attentionOf(one) - attentionOf(other) || one.id.localeCompare(other.id, "en");
}

function attentionOf({ status, reachable, evicted }: ClusterNodeRow): number {
  const rank = status === null ? CLIENT : rankOf(status as RunnerStatus);
  if (reachable && evicted !== null) return 1;
  return !reachable && rank <= CLIENT ? 0 : rank;
}
