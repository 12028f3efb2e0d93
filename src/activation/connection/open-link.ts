import type { EventFeed } from "../access/event-feed.ts";
import type { Link, LinkGap } from "../access/link.ts";
import type { DisconnectReason } from "../definition/connection-types.ts";
import type { ActorConnections } from "./actor-connections.ts";
import type { ConnectionRecord } from "./connection-record.ts";
import { resume } from "./resume.ts";

/** A connection that was opened, as its gateway uses it. */
export class OpenLink implements Link {
  readonly start: number;
  readonly formerId: string | undefined;
  readonly gap: LinkGap | undefined;
  readonly feed: EventFeed;
  readonly #record: ConnectionRecord;
  readonly #connections: ActorConnections;

  /** @param eventNames names of all events of the definition */
  constructor(
    record: ConnectionRecord,
    connections: ActorConnections,
    eventNames: readonly string[],
  ) {
    this.#record = record;
    this.#connections = connections;
    const { ring } = connections.events;
    const { last } = record.request;
    const formerEnd =
      last === undefined ? undefined : connections.endOf(last.connectionId, record.caller?.id);
    const { start, formerId, gap } = resume(record, ring, formerEnd, eventNames);
    this.feed = ring;
    this.start = start;
    this.formerId = formerId;
    this.gap = gap;
  }

  get connectionId(): string {
    return this.#record.id;
  }

  subscribe(events: readonly string[]): void {
    for (const event of events) this.#record.subscriptions.add(event);
  }

  unsubscribe(events: readonly string[]): void {
    for (const event of events) this.#record.subscriptions.delete(event);
  }

  close(reason: DisconnectReason): Promise<void> {
    return this.#connections.closeByGateway(this.#record, reason);
  }
}
