import { clusterFaults, moveText, nodeText, nodeTone } from "../../viewer/cluster/cluster-texts.ts";
import { countText, durationText } from "../../viewer/format.ts";
import type { ClusterNodeRow, ClusterRow } from "../../wire/cluster.ts";
import { safeText } from "../text/display-text.ts";
import { line, type StyledLine, span, Tone } from "../text/styled-line.ts";
import type { ScreenParts } from "./screen-parts.ts";

const MOVES = 10;
const ID_CELLS = 30;
const TONES = { calm: Tone.Good, warn: Tone.Warn, bad: Tone.Bad } as const;

/** Returns the lines about the clusters of the process: nodes, what is wrong, and the last moves. */
export function clusterLines({
  clusterLook,
  clusterProblem,
  model,
}: ScreenParts): readonly StyledLine[] {
  if (clusterProblem !== undefined) return [line(span(`  ${safeText(clusterProblem)}`, Tone.Bad))];
  if (clusterLook === undefined) return [line(span("  reading…", Tone.Dim))];
  if (clusterLook.length === 0)
    return [line(span("  no system of this process is in a cluster", Tone.Dim))];
  return clusterLook.flatMap((cluster) => linesOf(cluster, model.capturedAtMs));
}

function linesOf(cluster: ClusterRow, nowAtMs: number): readonly StyledLine[] {
  const { system, engine, coordinator, nodes, moreNodes, moves } = cluster;
  const server = engine.serverVersion === null ? "" : ` ${engine.serverVersion}`;
  const head = `  ${system}  ${engine.name}${server}, ${engine.durability}`;
  const leader = coordinator.nodeId ?? "none";
  return [
    line(span(safeText(head), Tone.Strong), span(safeText(`  coordinator ${leader}`), Tone.Dim)),
    ...clusterFaults(cluster).map((text) => line(span(`    ${safeText(text)}`, Tone.Warn))),
    ...nodes.map((node) => nodeLine(node, nowAtMs)),
    ...(moreNodes ? [line(span("    more nodes are not listed", Tone.Dim))] : []),
    ...moves.slice(0, MOVES).map((move) => {
      const since = durationText(Math.max(0, nowAtMs - move.atMs));
      return line(
        span(`    ${safeText(move.id)}  `),
        span(safeText(moveText(move)), Tone.Wait),
        span(`  ${since} ago`, Tone.Dim),
      );
    }),
  ];
}

function nodeLine(node: ClusterNodeRow, nowAtMs: number): StyledLine {
  const { id, self, actors, leaseRemainingMs, healthScore } = node;
  const facts = [
    actors === null ? "" : `${countText(actors)} actors`,
    leaseRemainingMs === null ? "" : `lease ${durationText(leaseRemainingMs)}`,
    healthScore === null || healthScore === 0 ? "" : `health ${healthScore}`,
  ].filter((text) => text !== "");
  return line(
    span(`  ${self ? "›" : " "} ${safeText(id).padEnd(ID_CELLS)} `),
    span(safeText(nodeText(node, nowAtMs)), TONES[nodeTone(node)]),
    span(`  ${facts.join(", ")}`, Tone.Dim),
  );
}
