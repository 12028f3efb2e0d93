import type { ClusterNodeRow } from "../../wire/cluster.ts";
import { type Heartbeat, type RunnerRecord, RunnerStatus } from "../protocol/runner-record.ts";
import type { NodeAnswer } from "./ask-nodes.ts";

/** What is known of one node. At least one of `answer`, `record` and `seen` is there. */
export interface KnownNode {
  readonly id: string;
  readonly answer: NodeAnswer | undefined;
  readonly record: RunnerRecord | undefined;
  readonly beat: Heartbeat | undefined;
  /** A node without a record that has answered before. */
  readonly seen: SeenNode | undefined;
}

/** A node as it was when it answered last. */
export interface SeenNode {
  readonly name: string;
  readonly atMs: number;
}

/** Returns the row of a node. */
export function nodeRow(known: KnownNode, selfId: string, nowAtMs: number): ClusterNodeRow {
  const { id, answer, record, beat } = known;
  const node = answer?.node;
  return {
    id,
    name: node?.name ?? record?.name ?? known.seen?.name ?? id,
    role: node?.role ?? (record === undefined ? "client" : "runner"),
    // A runner that answers may be taken for lost: the record decides where actors are placed.
    status: record?.status ?? node?.status ?? null,
    self: id === selfId,
    coordinator: node?.coordinator !== undefined,
    reachable: node !== undefined,
    answerMs: answer === undefined ? null : Math.round(answer.answerMs * 1_000) / 1_000,
    lastSeenAtMs: node === undefined ? lastSeenAtMs(known) : nowAtMs,
    leaseRemainingMs: node?.leaseRemainingMs ?? null,
    healthScore: node?.healthScore ?? beat?.healthScore ?? null,
    actors: node?.actors ?? beat?.actors ?? null,
    capacity: node?.capacity ?? record?.capacity ?? null,
    types: node?.types ?? (record?.types ?? []).map(({ name }) => ({ type: name, actors: null })),
    labels: node?.labels ?? record?.labels ?? {},
    joinedAtMs: node?.joinedAtMs ?? record?.joinedAtMs ?? null,
    host: node?.host ?? record?.host ?? null,
    pid: node?.pid ?? record?.pid ?? null,
    protocol: node?.protocol ?? record?.protocol ?? null,
  };
}

function lastSeenAtMs({ beat, record, seen }: KnownNode): number | null {
  return beat?.atMs ?? record?.changedAtMs ?? seen?.atMs ?? null;
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

/** Orders nodes: those that should answer and do not come first, then those that change, ready, lost and left ones. */
export function byAttention(one: ClusterNodeRow, other: ClusterNodeRow): number {
  return attentionOf(one) - attentionOf(other) || one.id.localeCompare(other.id, "en");
}

function attentionOf({ status, reachable }: ClusterNodeRow): number {
  const rank = status === null ? CLIENT : rankOf(status as RunnerStatus);
  return !reachable && rank <= CLIENT ? 0 : rank;
}
