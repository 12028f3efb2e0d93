import { PlacementReason, PlacementStatus } from "../../src/cluster/protocol/placement-record.ts";
import { RunnerStatus } from "../../src/cluster/protocol/runner-record.ts";
import {
  CallOutcome,
  CallSide,
  ClusterEventOutcome,
  ClusterLog,
  CommandOutcome,
  DrainOutcome,
  EvictionReason,
  FenceReason,
  LeaseKind,
  RouteSource,
  WriteResolution,
} from "../../src/telemetry/cluster-attributes.ts";
import {
  AuthOutcome,
  ConnectionOutcome,
  PauseReason,
  SocketState,
  Transport,
} from "../../src/telemetry/gateway-attributes.ts";
import { QueueOutcome } from "../../src/telemetry/queue-outcome.ts";
import { Attribute } from "../../src/telemetry.ts";
import { GapReason } from "../../src/wire/gateway-frames.ts";

/** Attributes of requests from outside whose values are closed sets. */
export const OUTSIDE_SETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [Attribute.Transport]: Transport,
  [Attribute.AuthOutcome]: AuthOutcome,
  [Attribute.SocketState]: SocketState,
  [Attribute.PauseReason]: PauseReason,
  [Attribute.ResyncReason]: GapReason,
  [Attribute.ConnectionOutcome]: ConnectionOutcome,
  [Attribute.QueueOutcome]: QueueOutcome,
};

/** The same of clusters. */
export const CLUSTER_SETS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [Attribute.RunnerState]: RunnerStatus,
  [Attribute.PlacementStatus]: PlacementStatus,
  [Attribute.PlacementReason]: PlacementReason,
  [Attribute.CommandOutcome]: CommandOutcome,
  [Attribute.ClusterEventOutcome]: ClusterEventOutcome,
  [Attribute.CallOutcome]: CallOutcome,
  [Attribute.CallSide]: CallSide,
  [Attribute.RouteSource]: RouteSource,
  [Attribute.LeaseKind]: LeaseKind,
  [Attribute.EvictionReason]: EvictionReason,
  [Attribute.FenceReason]: FenceReason,
  [Attribute.DrainOutcome]: DrainOutcome,
  [Attribute.ClusterLog]: ClusterLog,
  [Attribute.WriteResolution]: WriteResolution,
};

/** Attributes that no span of an ordinary actor has that succeeds. */
export const ON_SOME_SPANS: ReadonlySet<string> = new Set<string>([
  Attribute.ErrorType,
  Attribute.ActorKey,
  Attribute.Generation,
  Attribute.StatementClass,
  Attribute.QueueOutcome,
  Attribute.QueueAttempt,
  Attribute.DisconnectReason,
  Attribute.EventName,
  // Of requests from outside.
  ...Object.values(Attribute).filter((name) =>
    /^(?:http|url|server|enduser|rpc)\.|request|connection\.id/.test(name),
  ),
  // Of clusters.
  Attribute.PlacementReason,
  Attribute.RunnerId,
  Attribute.CommandKind,
  Attribute.CommandId,
  Attribute.IsReplay,
  Attribute.CallAttempts,
  Attribute.EventCount,
  Attribute.MessagingSystem,
  Attribute.MessagingOperation,
  Attribute.MessagingOperationType,
  Attribute.MessagingDestination,
]);
