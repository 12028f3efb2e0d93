import type { Span } from "@opentelemetry/api";
import type { ActorCell } from "../../actor/cell/cell.ts";
import { Envelope } from "../../actor/mailbox/envelope.ts";
import { ActorState } from "../../telemetry/attributes.ts";
import { traceIdOf } from "../../telemetry/traces/related-spans.ts";
import { BusyPhase, type BusyRow, type WaitRow } from "../../wire/snapshot.ts";
import type { Times } from "../rows/times.ts";
import { cellOf, type WaitEdge } from "./wait-picture.ts";

/** Returns a wait as shown to viewers. */
export function waitRow(edge: WaitEdge, times: Times): WaitRow {
  const { kind, part, messageType, sinceMs, untilMs, span } = edge;
  const { actorId, actorType } = cellOf(edge.to);
  return {
    kind,
    part,
    targetId: actorId,
    targetType: actorType,
    messageType,
    sinceAtMs: times.toEpoch(sinceMs),
    untilAtMs: untilMs === undefined ? null : times.toEpoch(untilMs),
    traceId: traceIdOf(span) ?? null,
  };
}

/** Returns the phase that keeps an actor from its next message; `undefined` when there is none. */
export function phaseOf(cell: ActorCell): BusyPhase | undefined {
  if (!cell.blocked || cell.isStopped) return undefined;
  if (cell.current !== undefined) return BusyPhase.Handler;
  switch (cell.state) {
    case ActorState.Starting:
      return BusyPhase.Start;
    case ActorState.Running:
    case "stopped":
      return undefined;
    case ActorState.Restarting:
      // A delayed restart is not in progress yet.
      return cell.extrasIfAny?.backOff?.waiting === true ? undefined : BusyPhase.Restart;
    case ActorState.Stopping:
      return BusyPhase.Stop;
  }
}

/** Returns the start of the current handler if it is timed. */
export function runningSinceMs({ current }: ActorCell): number | undefined {
  return current instanceof Envelope ? current.runningSinceMs : undefined;
}

/** Returns the span of the message being handled, or the sender's span if it has none. */
export function spanOfHandler({ span, current }: ActorCell): Span | undefined {
  return span ?? (current instanceof Envelope ? current.span : undefined);
}

/** @param sinceMs start of the phase, on the monotonic clock */
export function busyRow(cell: ActorCell, phase: BusyPhase, sinceMs: number, times: Times): BusyRow {
  const { current } = cell;
  return {
    phase,
    messageType: current?.route.messageType ?? null,
    kind: current?.route.kind ?? null,
    sinceAtMs: times.toEpoch(sinceMs),
    traceId: traceIdOf(spanOfHandler(cell)) ?? null,
  };
}
