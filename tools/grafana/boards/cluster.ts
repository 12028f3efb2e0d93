import { type Board, line, numbers, type Row } from "../board.ts";
import { calls, processes } from "../cluster-rows.ts";
import { type About, lines, stat, Unit } from "../panels.ts";
import { Label, max, of, quantile, rate, sum } from "../promql.ts";

/** Processes that are no node of a cluster report none of these. */
const WIDE: Pick<About, "width" | "quiet"> = { width: 12, quiet: true };
const THIRD: Pick<About, "width" | "quiet"> = { width: 8, quiet: true };
const SIXTH: Pick<About, "width" | "quiet"> = { width: 4, quiet: true };
const REASON = `{{${Label.PlacementReason}}}`;

const fine: Row = {
  title: "Is it fine?",
  lines: [
    numbers(
      stat({
        ...SIXTH,
        title: "Runners ready",
        description: "Runners that take actors, as the coordinator knows them.",
        unit: Unit.Count,
        queries: [
          { expr: sum(of("ClusterRunners", `${Label.RunnerState}="ready"`)), legend: "ready" },
        ],
      }),
      stat({
        ...SIXTH,
        title: "Runners lost",
        description: "Runners whose lease has expired in the last 24 hours.",
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [
          { expr: sum(of("ClusterRunners", `${Label.RunnerState}="lost"`)), legend: "lost" },
        ],
      }),
      stat({
        ...SIXTH,
        title: "Coordinators",
        description: "Must be 1. Without a coordinator, running actors go on, and none is placed.",
        unit: Unit.Count,
        queries: [
          {
            expr: sum(of("ClusterLeaseActive", `${Label.LeaseKind}="coordinator"`)),
            legend: "coordinators",
          },
        ],
      }),
      stat({
        ...SIXTH,
        title: "Least time left of a lease",
        description: "A runner whose lease has no time left fences itself: it drops its actors.",
        unit: Unit.Seconds,
        queries: [{ expr: `min(${of("ClusterLeaseRemaining")})`, legend: "least" }],
      }),
      stat({
        ...SIXTH,
        title: "Worst health score",
        description: "Signs of trouble that a process sees in itself. 0 is healthy.",
        unit: Unit.Count,
        limits: { warn: 1, alarm: 3 },
        queries: [{ expr: max(of("ClusterHealthScore")), legend: "worst" }],
      }),
      stat({
        ...SIXTH,
        title: "Messages in dead letters",
        description:
          "Commands and events that could not be handled. Resend or discard them in the console.",
        unit: Unit.Count,
        limits: { alarm: 1 },
        queries: [
          {
            expr: max(of("ClusterLogDepth", `${Label.ClusterLog}="dead_letters"`)),
            legend: "dead letters",
          },
        ],
      }),
    ),
    line(
      lines({
        ...WIDE,
        title: "Runners by state",
        description: "As the coordinator knows them.",
        unit: Unit.Count,
        stack: true,
        queries: [
          {
            expr: sum(of("ClusterRunners"), Label.RunnerState),
            legend: `{{${Label.RunnerState}}}`,
          },
        ],
      }),
      lines({
        ...WIDE,
        title: "Leases and connections by process",
        description:
          "What each process holds: its lease as a runner, that of the coordinator, a connection to the engine.",
        unit: Unit.Count,
        queries: [
          {
            expr: sum(of("ClusterLeaseActive"), "instance", Label.LeaseKind),
            legend: `{{instance}} {{${Label.LeaseKind}}}`,
          },
          { expr: sum(of("ClusterEngineConnected"), "instance"), legend: "{{instance}} connected" },
        ],
      }),
    ),
  ],
};

const moves: Row = {
  title: "Where do actors run, and why do they move?",
  lines: [
    line(
      lines({
        ...THIRD,
        title: "Placements by reason",
        description: "Decisions of the coordinator where an actor is to run.",
        unit: Unit.PerSecond,
        queries: [
          { expr: sum(rate(of("ClusterPlacements")), Label.PlacementReason), legend: REASON },
        ],
      }),
      lines({
        ...THIRD,
        title: "Moves by reason",
        description: "Actors that were placed on another runner than before.",
        unit: Unit.PerSecond,
        queries: [{ expr: sum(rate(of("ClusterMoves")), Label.PlacementReason), legend: REASON }],
      }),
      lines({
        ...THIRD,
        title: "Placement records by status",
        description: "pending: no runner fits. backoff, failed: the start of the actor has failed.",
        unit: Unit.Count,
        queries: [
          {
            expr: sum(of("ClusterPlacementActive"), Label.PlacementStatus),
            legend: `{{${Label.PlacementStatus}}}`,
          },
        ],
      }),
    ),
    line(
      lines({
        ...THIRD,
        title: "Time of a placement, p99",
        description:
          "From the decision until the runner has told that the actor runs, or that its start has failed.",
        unit: Unit.Seconds,
        queries: [
          {
            expr: quantile(0.99, "ClusterPlacementDuration", Label.PlacementReason),
            legend: REASON,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Time of a failover, p99",
        description:
          "From the last heartbeat of a lost runner until an actor of it runs on another. With default times, up to 17 s.",
        unit: Unit.Seconds,
        queries: [{ expr: quantile(0.99, "ClusterFailoverDuration"), legend: "p99" }],
      }),
      lines({
        ...THIRD,
        title: "Requests for placements",
        description: "Waiting at the coordinator, and refused by code.",
        unit: Unit.Count,
        queries: [
          { expr: sum(of("ClusterPlacementWaiting")), legend: "waiting" },
          {
            expr: sum(rate(of("ClusterPlacementRefused")), Label.Error),
            legend: `refused {{${Label.Error}}}`,
          },
        ],
      }),
    ),
  ],
};

const logs: Row = {
  title: "What becomes of commands and events?",
  lines: [
    line(
      lines({
        ...THIRD,
        title: "Commands by outcome",
        description:
          "sent, replayed: by the coordinator. The others: by runners. gap, future and full come again.",
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("ClusterCommands")), Label.CommandOutcome),
            legend: `{{${Label.CommandOutcome}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Events by outcome",
        description: "stored, resent, abandoned: by runners. The others: by the coordinator.",
        unit: Unit.PerSecond,
        queries: [
          {
            expr: sum(rate(of("ClusterEvents")), Label.ClusterEventOutcome),
            legend: `{{${Label.ClusterEventOutcome}}}`,
          },
        ],
      }),
      lines({
        ...THIRD,
        title: "Lag of commands and events, p99",
        description:
          "Until a command has had its effect, and until the coordinator has applied an event. Clocks of two machines may differ.",
        unit: Unit.Seconds,
        queries: [
          { expr: quantile(0.99, "ClusterCommandLag"), legend: "commands" },
          { expr: quantile(0.99, "ClusterEventLag"), legend: "events" },
        ],
      }),
    ),
    line(
      lines({
        ...THIRD,
        title: "Messages in logs",
        description: "As the coordinator has seen them last.",
        unit: Unit.Count,
        queries: [
          { expr: max(of("ClusterLogDepth"), Label.ClusterLog), legend: `{{${Label.ClusterLog}}}` },
        ],
      }),
      lines({
        ...THIRD,
        title: "Age of the oldest message in logs",
        description:
          "A message that nothing acknowledges is deleted when it is older than its log allows.",
        unit: Unit.Seconds,
        queries: [
          { expr: max(of("ClusterLogAge"), Label.ClusterLog), legend: `{{${Label.ClusterLog}}}` },
        ],
      }),
      lines({
        ...THIRD,
        title: "Commands and events in memory",
        description:
          "Commands that runners have received and not answered, actors with such commands, events that are not stored, and events that the coordinator has received and not answered.",
        unit: Unit.Count,
        queries: [
          { expr: sum(of("ClusterDemultiplexerDepth")), legend: "commands" },
          { expr: sum(of("ClusterDemultiplexerActive")), legend: "actors with commands" },
          { expr: sum(of("ClusterOutboxDepth")), legend: "events to be stored" },
          { expr: sum(of("ClusterEventActive")), legend: "events received" },
        ],
      }),
    ),
  ],
};

export const board: Board = {
  uid: "limelight-cluster",
  title: "Cluster",
  description: "Runners, placements, commands, events and calls of a cluster.",
  variables: [],
  rows: [fine, moves, logs, calls, processes],
};
