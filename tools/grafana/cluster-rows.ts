import { line, type Row } from "./board.ts";
import { type About, lines, Unit } from "./panels.ts";
import { countOf, Label, max, of, quantile, rate, sum } from "./promql.ts";

/** Processes that are no node of a cluster report none of these. */
const THIRD: Pick<About, "width" | "quiet"> = { width: 8, quiet: true };

/** Messages from one process to actors of another. */
export const calls: Row = {
  title: "How do messages between processes fare?",
  lines: [
    line(
      lines({
        ...THIRD,
        title: "Attempts by outcome",
        description:
          "not_handled: sent again, at the runner that has the actor now. unknown: it may have been handled.",
        unit: Unit.Messages,
        queries: [
          {
            expr: sum(rate(of("ClusterCalls")), Label.CallOutcome),
            legend: `{{${Label.CallOutcome}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Time of messages by method, p99",
        description:
          "Messages to actors of other processes, all attempts and the start of the actor included.",
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.99, "RpcClientDuration", Label.RpcMethod),
            legend: `{{${Label.RpcMethod}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Messages between processes now, and lookups",
        description: "Not answered yet, by end; and where the runner of an actor was found.",
        unit: Unit.Count,
        queries: [
          { expr: sum(of("ClusterCallActive"), Label.CallSide), legend: `{{${Label.CallSide}}}` },
          {
            expr: sum(rate(of("ClusterRoutes")), Label.RouteSource),
            legend: `lookups {{${Label.RouteSource}}}`,
          },
        ],
      }),
    ),
  ],
};

/** Processes of a cluster, and what they are joined by. */
export const processes: Row = {
  title: "Are processes or the engine the cause?",
  lines: [
    line(
      lines({
        ...THIRD,
        title: "Time left of leases, and health, by process",
        description:
          "The time falls between two heartbeats. The score counts signs of trouble. Evicted: runners that are given no further actors.",
        unit: Unit.Count,
        queries: [
          {
            expr: max(of("ClusterLeaseRemaining"), "instance"),
            legend: "{{instance}} seconds left",
          },
          { expr: max(of("ClusterHealthScore"), "instance"), legend: "{{instance}} score" },
          {
            expr: sum(of("ClusterRunnersEvicted"), Label.EvictionReason),
            legend: `evicted {{${Label.EvictionReason}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Time of heartbeats, p99",
        description: "Those that were not acknowledged have the error.",
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.99, "ClusterHeartbeatDuration", Label.Error),
            legend: `{{${Label.Error}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Fences, drains and terms",
        description:
          "Processes that have fenced themselves, actors of drained runners, memory that was handed over, and the number of the coordinator's term.",
        unit: Unit.Count,
        queries: [
          {
            expr: sum(rate(of("ClusterFences")), Label.LeaseKind, Label.FenceReason),
            legend: `fenced {{${Label.LeaseKind}}} {{${Label.FenceReason}}}`,
          },
          {
            expr: sum(rate(of("ClusterDrained")), Label.DrainOutcome),
            legend: `drained {{${Label.DrainOutcome}}}`,
          },
          {
            expr: sum(rate(of("Handovers")), Label.HandoverOutcome),
            legend: `memory {{${Label.HandoverOutcome}}}`,
          },
          { expr: max(of("ClusterCoordinatorTerm")), legend: "term" },
        ],
      }),
    ),
    line(
      lines({
        ...THIRD,
        title: "Faults of engines by kind",
        description:
          "Faults that the engine has answered itself. consumer_renewed: a consumer was connected and got nothing.",
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("ClusterEngineFaults")), Label.FaultKind),
            legend: `{{${Label.FaultKind}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Unconfirmed writes by what was found out",
        description: "unresolved: an activation that cannot know is dropped, and started again.",
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("ClusterUnknownWrites")), Label.WriteResolution),
            legend: `{{${Label.WriteResolution}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Dead letters, and heartbeats",
        description: "Commands and events that were given up, by their log; heartbeats as a check.",
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("ClusterDeadLetters")), Label.ClusterLog),
            legend: `dead {{${Label.ClusterLog}}}`,
          },
          { expr: sum(rate(countOf("ClusterHeartbeatDuration"))), legend: "heartbeats" },
        ],
      }),
    ),
  ],
};
