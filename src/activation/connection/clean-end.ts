import type { Activation } from "../activation/activation.ts";
import { DisconnectReason } from "../definition/connection-types.ts";

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

/** Returns the position that the last commit stores; `undefined` if no client can ever ask for it. */
export function lastPosition({
  connections,
  formerPosition: former,
}: Activation): string | undefined {
  return connections?.events.isHeard === true ? connections.events.endPosition : former;
}

/** Ends the connections of a life that has ended, or of an activation that was killed, without hooks. */
export function endConnections({ connections, destroying }: Activation): void {
  connections?.endAll({ reason: DisconnectReason.Ended, again: !destroying, text: undefined });
}
