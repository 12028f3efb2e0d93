import type { Activation } from "../activation/activation.ts";
import type { BroadcastOptions } from "../definition/connection-types.ts";
import type { AnyEvents } from "../definition/event-types.ts";
import { connectionsOf } from "./actor-connections.ts";
import type { Audience } from "./event-publisher.ts";
import type { OpenConnections } from "./open-connection.ts";

export type AnyBroadcastOptions = BroadcastOptions<AnyEvents, unknown>;

/** Publishes an event of an actor. Throws as `c.broadcast` does. */
export function broadcast(
  activation: Activation,
  event: string,
  body: unknown,
  options: AnyBroadcastOptions = {},
): void {
  const { events, view } = connectionsOf(activation);
  events.broadcast(event, body, audienceOf(view, options));
}

/** Who is connected now decides, not who is when the event is sent. */
function audienceOf(view: OpenConnections, { except, where }: AnyBroadcastOptions): Audience {
  if (where === undefined) return { only: undefined, except: except?.id };
  const only = new Set<string>();
  for (const connection of view) if (where(connection)) only.add(connection.id);
  return { only, except: except?.id };
}
