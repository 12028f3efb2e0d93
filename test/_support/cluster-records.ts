import type { LogMessage, StoredMessage } from "../../src/cluster/engine/log.ts";
import { type Command, CommandKind, SignalName } from "../../src/cluster/protocol/commands.ts";
import { type EventBatch, EventKind } from "../../src/cluster/protocol/events.ts";
import type { PlaceRequest, SignalRequest } from "../../src/cluster/protocol/place.ts";
import {
  PlacementReason,
  type PlacementRecord,
  PlacementStatus,
} from "../../src/cluster/protocol/placement-record.ts";
import {
  type Heartbeat,
  type RunnerRecord,
  RunnerStatus,
} from "../../src/cluster/protocol/runner-record.ts";

/** Address of a cart of `alice`. */
export const ADDRESS = "cart.alice";
export const TRACE_PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/** One record of each kind, with all its fields. */
export function startCommand(changes: Partial<Command> = {}): Command {
  return {
    id: "c-1",
    checkpoint: { address: ADDRESS, generation: 3, index: 1 },
    kind: CommandKind.Start,
    issuedAtMs: 1_767_225_600_000,
    expiresAtMs: 1_767_225_630_000,
    reason: PlacementReason.Wanted,
    data: { currency: "EUR" },
    traceparent: TRACE_PARENT,
    tracestate: "vendor=1",
    ...changes,
  };
}

export function signalCommand(changes: Partial<Command> = {}): Command {
  return {
    id: "c-2",
    checkpoint: { address: ADDRESS, generation: 3, index: 2 },
    kind: CommandKind.Signal,
    signal: SignalName.Wake,
    issuedAtMs: 1_767_225_600_500,
    expiresAtMs: 1_767_229_200_500,
    data: { schedule: "nightly" },
    ...changes,
  };
}

export function eventBatch(changes: Partial<EventBatch> = {}): EventBatch {
  return {
    address: ADDRESS,
    runnerId: "r-1",
    generation: 3,
    events: [
      { index: 1, kind: EventKind.Running, atMs: 1_767_225_600_100 },
      { index: 2, kind: EventKind.Stopped, atMs: 1_767_225_600_200.5, reason: "slept" },
    ],
    traceparent: TRACE_PARENT,
    ...changes,
  };
}

export function placementRecord(changes: Partial<PlacementRecord> = {}): PlacementRecord {
  return {
    version: 1,
    address: ADDRESS,
    status: PlacementStatus.Starting,
    runnerId: "r-1",
    generation: 3,
    commandIndex: 2,
    eventIndex: 0,
    attempts: 0,
    notBeforeMs: 0,
    deadlineMs: 1_767_225_630_000,
    sinceMs: 1_767_225_600_000,
    reason: PlacementReason.Wanted,
    outbox: [startCommand(), signalCommand()],
    writeId: "w-1",
    input: { currency: "EUR" },
    ...changes,
  };
}

export function runnerRecord(changes: Partial<RunnerRecord> = {}): RunnerRecord {
  return {
    version: 1,
    runnerId: "r-1",
    name: "r",
    status: RunnerStatus.Ready,
    protocol: { min: 1, max: 1 },
    types: [{ name: "cart" }, { name: "render", requires: { gpu: "yes" }, movable: false }],
    capacity: 1_000,
    labels: { zone: "a" },
    metadata: { build: { commit: "abc" }, tags: ["one", 2, null, true] },
    joinedAtMs: 1_767_225_600_000,
    changedAtMs: 1_767_225_600_001,
    host: "host-1",
    pid: 42,
    ...changes,
  };
}

export function heartbeat(changes: Partial<Heartbeat> = {}): Heartbeat {
  return {
    version: 1,
    runnerId: "r-1",
    sequence: 7,
    actors: 12,
    healthScore: 0.5,
    atMs: 1_767_225_600_000,
    ...changes,
  };
}

export function placeRequest(changes: Partial<PlaceRequest> = {}): PlaceRequest {
  return {
    kind: "place",
    from: "node-1",
    address: ADDRESS,
    reason: PlacementReason.Wanted,
    input: { currency: "EUR" },
    waitMs: 5_000,
    traceparent: TRACE_PARENT,
    ...changes,
  };
}

export function signalRequest(changes: Partial<SignalRequest> = {}): SignalRequest {
  return {
    kind: "signal",
    from: "node-1",
    address: ADDRESS,
    signal: SignalName.Destroy,
    reason: "requested",
    waitMs: 5_000,
    ...changes,
  };
}

/** The message as its log would return it. */
export function stored(message: LogMessage): StoredMessage {
  return { ...message, sequence: 1, storedAtMs: 0 };
}
