import { StopReason } from "../../telemetry/attributes.ts";
import type { Activation } from "../activation/activation.ts";
import { DisconnectReason } from "../definition/connection-types.ts";
import type { MetaRecord } from "../records/meta-record.ts";
import { abortRequests } from "./open-request.ts";

/**
 * Returns the position at which the activation before this one has ended, if that was stored. After a crash it was not:
 * events may have been sent since the last commit.
 */
export function formerPosition({ generation = 1, meta }: Activation): string | undefined {
  const { eventsAt } = meta ?? {};
  if (eventsAt === undefined || generation !== eventsAt.generation + 1) return undefined;
  // After a restart the record is that of this activation.
  return meta?.generation === eventsAt.generation ? eventsAt.at : undefined;
}

/** Returns the position that a record has, if the activation that has written it last has stored it at its end. */
export function positionIn({ eventsAt, generation }: MetaRecord): string | undefined {
  return eventsAt?.generation === generation ? eventsAt.at : undefined;
}

/** Returns the position that the last commit stores; `undefined` if no client can ever ask for it. */
export function lastPosition({
  connections,
  formerPosition: former,
}: Activation): string | undefined {
  return connections?.events.isHeard === true ? connections.events.endPosition : former;
}

/** Returns why connections end with their actor. */
export function reasonOf(reason: StopReason | undefined): DisconnectReason {
  return reason === StopReason.Shutdown ? DisconnectReason.Drained : DisconnectReason.Ended;
}

/** Ends the connections and requests of a life that has ended, or of an activation that was killed, without hooks. */
export function endConnections(activation: Activation): void {
  const { cell, connections, destroying } = activation;
  abortRequests(activation);
  const reason = reasonOf(cell.stopReason);
  connections?.endAll({ reason, again: !destroying, text: undefined });
}
