import { Attribute } from "./attributes.ts";
import { Instrument, MESSAGE_BUCKETS_S, type Metric } from "./metric.ts";

const { RunnerState, PlacementStatus, PlacementReason, CommandOutcome } = Attribute;
const { ClusterEventOutcome, CallOutcome, CallSide, RouteSource, LeaseKind } = Attribute;
const { EvictionReason, FenceReason, ClusterLog, WriteResolution, DrainOutcome, FaultKind } =
  Attribute;
const { RpcSystem, RpcMethod, RpcStatus, ErrorType } = Attribute;

/** Buckets for what takes commands and events: 1 ms to 60 s. */
const LAG_BUCKETS_S: readonly number[] = [
  0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];
/** Buckets around the default lease of 15 s, and the 17 s in which a lost runner's actors are placed again. */
const FAILOVER_BUCKETS_S: readonly number[] = [
  0.1, 0.5, 1, 2, 3, 5, 10, 14, 15, 16, 17, 18, 20, 30, 60, 120,
];

type Scale = Pick<Metric, "unit" | "buckets">;
const LAG: Scale = { unit: "s", buckets: LAG_BUCKETS_S };
const FAILOVER: Scale = { unit: "s", buckets: FAILOVER_BUCKETS_S };
const CALL: Scale = { unit: "s", buckets: MESSAGE_BUCKETS_S };

type Text = readonly [description: string, ...attributes: string[]];

function row(instrument: Instrument, name: string, scale: Scale, text: Text): Metric {
  const [description, ...attributes] = text;
  return { name, instrument, ...scale, description, attributes };
}

function counter(name: string, unit: string, ...text: Text): Metric {
  return row(Instrument.Counter, `cluster.${name}`, { unit }, text);
}

function level(name: string, unit: string, ...text: Text): Metric {
  return row(Instrument.UpDownCounter, `cluster.${name}`, { unit }, text);
}

function gauge(name: string, unit: string, ...text: Text): Metric {
  return row(Instrument.Gauge, `cluster.${name}`, { unit }, text);
}

function histogram(name: string, scale: Scale, ...text: Text): Metric {
  return row(Instrument.Histogram, `cluster.${name}`, scale, text);
}

/** Keys of the rows below. */
export type ClusterMetricKey =
  | "ClusterRunners"
  | "ClusterRunnersEvicted"
  | "ClusterPlacementActive"
  | "ClusterPlacements"
  | "ClusterPlacementDuration"
  | "ClusterPlacementWaiting"
  | "ClusterPlacementRefused"
  | "ClusterMoves"
  | "ClusterFailoverDuration"
  | "ClusterCommands"
  | "ClusterCommandLag"
  | "ClusterEvents"
  | "ClusterEventLag"
  | "ClusterEventActive"
  | "ClusterDemultiplexerActive"
  | "ClusterDemultiplexerDepth"
  | "ClusterOutboxDepth"
  | "ClusterCallActive"
  | "ClusterCalls"
  | "ClusterRoutes"
  | "RpcClientDuration"
  | "ClusterLeaseActive"
  | "ClusterLeaseRemaining"
  | "ClusterHeartbeatDuration"
  | "ClusterFences"
  | "ClusterCoordinatorTerm"
  | "ClusterDrained"
  | "ClusterDeadLetters"
  | "ClusterLogDepth"
  | "ClusterLogAge"
  | "ClusterEngineConnected"
  | "ClusterEngineFaults"
  | "ClusterUnknownWrites"
  | "ClusterHealthScore";

/** Rows of the catalogue about clusters. Calls to other processes are those of OpenTelemetry's conventions for RPC. */
export const CLUSTER_METRICS: Readonly<Record<ClusterMetricKey, Metric>> = {
  ClusterRunners: level(
    "runner.active",
    "{runner}",
    "Runners by state, as the coordinator knows them.",
    RunnerState,
  ),
  ClusterRunnersEvicted: level(
    "runner.evicted",
    "{runner}",
    "Runners that are ready and given no further actors, since they are of no use now, by reason.",
    EvictionReason,
  ),
  ClusterPlacementActive: level(
    "placement.active",
    "{actor}",
    "Placement records by status, as the coordinator knows them.",
    PlacementStatus,
  ),
  ClusterPlacements: counter(
    "placements",
    "{placement}",
    "Decisions of the coordinator where an actor is to run, by reason.",
    PlacementReason,
  ),
  ClusterPlacementDuration: histogram(
    "placement.duration",
    LAG,
    "Time from a placement until its runner has told that the actor runs, or that its start has failed.",
    PlacementReason,
    ErrorType,
  ),
  ClusterPlacementWaiting: level(
    "placement.request.active",
    "{request}",
    "Requests for placements that wait at the coordinator.",
  ),
  ClusterPlacementRefused: counter(
    "placement.refused",
    "{request}",
    "Requests for placements that were refused, by code.",
    ErrorType,
  ),
  ClusterMoves: counter(
    "moves",
    "{move}",
    "Actors that were placed on another runner than before, by reason.",
    PlacementReason,
  ),
  ClusterFailoverDuration: histogram(
    "failover.duration",
    FAILOVER,
    "Time from the last heartbeat of a lost runner until an actor of it runs on another.",
  ),
  ClusterCommands: counter(
    "commands",
    "{command}",
    "Commands of the coordinator to runners, by what has become of them.",
    CommandOutcome,
  ),
  ClusterCommandLag: histogram(
    "command.lag",
    LAG,
    "Time from the decision for a command until its effect has happened.",
  ),
  ClusterEvents: counter(
    "events",
    "{event}",
    "Events of runners to the coordinator, by what has become of them.",
    ClusterEventOutcome,
  ),
  ClusterEventLag: histogram(
    "event.lag",
    LAG,
    "Time from an event until the coordinator has applied it.",
  ),
  ClusterDemultiplexerActive: level(
    "demultiplexer.active",
    "{actor}",
    "Actors of a runner whose commands wait or are carried out.",
  ),
  ClusterDemultiplexerDepth: level(
    "demultiplexer.depth",
    "{command}",
    "Commands that runners have received and not answered.",
  ),
  ClusterEventActive: level(
    "event.active",
    "{event}",
    "Events that the coordinator has received and that have no outcome yet.",
  ),
  ClusterOutboxDepth: level(
    "outbox.depth",
    "{event}",
    "Events that runners have not stored in the log yet.",
  ),
  ClusterCallActive: level(
    "call.active",
    "{call}",
    "Messages between processes that are not answered yet, by end.",
    CallSide,
  ),
  ClusterCalls: counter(
    "calls",
    "{call}",
    "Attempts to send a message to an actor of another process, by outcome.",
    CallOutcome,
  ),
  ClusterRoutes: counter(
    "routes",
    "{route}",
    "Runners that were looked up for messages, by where they were found.",
    RouteSource,
  ),
  RpcClientDuration: row(Instrument.Histogram, "rpc.client.call.duration", CALL, [
    "Time of a message to an actor of another process, all attempts included.",
    RpcSystem,
    RpcMethod,
    RpcStatus,
    ErrorType,
  ]),
  ClusterLeaseActive: level(
    "lease.active",
    "{lease}",
    "Leases that processes hold: at most one is that of the coordinator.",
    LeaseKind,
  ),
  ClusterLeaseRemaining: gauge(
    "lease.remaining",
    "s",
    "Time until this process fences itself if no further heartbeat is acknowledged.",
    LeaseKind,
  ),
  ClusterHeartbeatDuration: histogram(
    "heartbeat.duration",
    CALL,
    "Time of a heartbeat until the engine has acknowledged it, or has not.",
    ErrorType,
  ),
  ClusterFences: counter(
    "fences",
    "{fence}",
    "Times that a process has fenced itself, by reason.",
    LeaseKind,
    FenceReason,
  ),
  ClusterCoordinatorTerm: gauge(
    "coordinator.term",
    "{term}",
    "Number of the term of the coordinator, as this process knows it.",
  ),
  ClusterDrained: counter(
    "drained",
    "{actor}",
    "Actors of runners that were drained, by what has become of them.",
    DrainOutcome,
  ),
  ClusterDeadLetters: counter(
    "dead_letters",
    "{message}",
    "Commands and events that were stored as dead letters, by their log.",
    ClusterLog,
  ),
  ClusterLogDepth: gauge(
    "log.depth",
    "{message}",
    "Messages in a log, as the coordinator has seen it last.",
    ClusterLog,
  ),
  ClusterLogAge: gauge(
    "log.oldest_message.age",
    "s",
    "Age of the oldest message in a log, as the coordinator has seen it last.",
    ClusterLog,
  ),
  ClusterEngineConnected: level(
    "engine.connected",
    "{connection}",
    "Processes that reach their engine.",
  ),
  ClusterEngineFaults: counter(
    "engine.faults",
    "{fault}",
    "Faults that the engine has answered itself, such as a consumer that was renewed.",
    FaultKind,
  ),
  ClusterUnknownWrites: counter(
    "engine.unknown_writes",
    "{write}",
    "Writes that were not confirmed, by what was found out about them.",
    WriteResolution,
  ),
  ClusterHealthScore: gauge(
    "health.score",
    "{sign}",
    "Signs of trouble that a process sees in itself; 0 is healthy.",
  ),
};
