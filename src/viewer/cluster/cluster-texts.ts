import type {
  ClusterMoveRow,
  ClusterNodeRow,
  ClusterRow,
  EvictionRow,
  KeyPlacement,
} from "../../wire/cluster.ts";
import { durationText, plural } from "../format.ts";

/** How much attention a node or a cluster needs. */
export type ClusterTone = "calm" | "warn" | "bad";

/** States of a runner that is not there any more. */
const GONE: ReadonlySet<string | null> = new Set(["left", "lost"]);

/** Returns in a few words how a node is: `unreachable, last seen 12 s ago`. */
export function nodeText(node: ClusterNodeRow, nowAtMs: number): string {
  const { status, role, reachable, lastSeenAtMs, evicted } = node;
  const state = `${status ?? role}${evicted === null ? "" : `, ${evictionText(evicted, nowAtMs)}`}`;
  if (reachable) return state;
  const seen =
    lastSeenAtMs === null
      ? "never seen"
      : `last seen ${durationText(Math.max(0, nowAtMs - lastSeenAtMs))} ago`;
  return GONE.has(status) ? `${state}, ${seen}` : `unreachable, ${seen}`;
}

function evictionText({ reason, sinceAtMs }: EvictionRow, nowAtMs: number): string {
  const since = durationText(Math.max(0, nowAtMs - sinceAtMs));
  return `given no actors for ${since}: ${reason.replaceAll("_", " ")}`;
}

/** Returns how much attention a node needs. */
export function nodeTone({ status, reachable, healthScore, evicted }: ClusterNodeRow): ClusterTone {
  if (status === "lost" || (!reachable && status !== "left")) return "bad";
  const isUneasy = status === "joining" || status === "draining" || (healthScore ?? 0) > 0;
  return isUneasy || evicted !== null ? "warn" : "calm";
}

/** Returns what is wrong with a cluster, worst first; empty when nothing is. */
export function clusterFaults(cluster: ClusterRow): readonly string[] {
  const { nodes, coordinator, engine, logs, problems } = cluster;
  const silent = nodes.filter(
    ({ reachable, status }) => !reachable && status !== "left" && status !== "lost",
  ).length;
  const lost = nodes.filter(({ status }) => status === "lost").length;
  const evicted = nodes.filter((node) => node.evicted !== null).length;
  const dead = logs.find(({ log }) => log === "dead_letters")?.messages ?? 0;
  const pending = coordinator.placements?.["pending"] ?? 0;
  return [
    engine.connected ? "" : "this node does not reach the engine",
    coordinator.nodeId === null ? "no node says that it is the coordinator" : "",
    silent === 0 ? "" : `${plural(silent, "node")} cannot be reached`,
    lost === 0 ? "" : `${plural(lost, "runner")} lost in the last 24 hours`,
    evicted === 0 ? "" : `${plural(evicted, "runner")} given no further actors`,
    pending === 0 ? "" : `${plural(pending, "actor")} waiting for a runner`,
    dead === 0 ? "" : `${plural(dead, "dead letter")}`,
    problems.length === 0 ? "" : `not read: ${problems.join(", ")}`,
  ].filter((text) => text !== "");
}

/** Returns where an actor went, and why: `r-1 → r-2, runner lost`. */
export function moveText({ from, to, reason }: ClusterMoveRow): string {
  return `${from ?? "nowhere"} → ${to ?? "nowhere"}, ${reason.replaceAll("_", " ")}`;
}

/** Returns how an actor is placed, and why: `running, runner lost; its runner does not answer`. */
export function placementText({ status, reason, reachable }: KeyPlacement): string {
  const why = `${status}, ${reason.replaceAll("_", " ")}`;
  return reachable ? why : `${why}; its runner does not answer`;
}
