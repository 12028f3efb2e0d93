import type { Caller } from "../definition/caller.ts";
import type { Connection, Connections } from "../definition/connection-types.ts";
import type { AnyEvents } from "../definition/event-types.ts";
import type { ActorConnections } from "./actor-connections.ts";
import type { ConnectionRecord } from "./connection-record.ts";

/** A connection as hooks and handlers hold it. */
export type AnyConnection = Connection<AnyEvents, unknown>;

/** A connection as hooks and handlers hold it. */
export class OpenConnection implements AnyConnection {
  readonly #record: ConnectionRecord;
  readonly #connections: ActorConnections;

  constructor(record: ConnectionRecord, connections: ActorConnections) {
    this.#record = record;
    this.#connections = connections;
  }

  get id(): string {
    return this.#record.id;
  }

  get caller(): Caller | undefined {
    return this.#record.caller;
  }

  get state(): unknown {
    return this.#record.state;
  }

  get openedAtMs(): number {
    return this.#record.openedAtMs;
  }

  get subscriptions(): ReadonlySet<string> {
    return this.#record.subscriptions;
  }

  get resumed(): boolean {
    return this.#record.request.last !== undefined;
  }

  send(event: string, body?: unknown): boolean {
    return this.#connections.direct(this.#record, event, body);
  }

  close(reason?: string): void {
    this.#connections.closeByActor(this.#record, reason);
  }
}

/** The open connections of an actor, as `c.connections`. */
export class OpenConnections implements Connections<AnyEvents, unknown> {
  readonly #open: ReadonlyMap<string, AnyConnection>;

  constructor(open: ReadonlyMap<string, AnyConnection>) {
    this.#open = open;
  }

  get size(): number {
    return this.#open.size;
  }

  get(id: string): AnyConnection | undefined {
    return this.#open.get(id);
  }

  [Symbol.iterator](): IterableIterator<AnyConnection> {
    return this.#open.values();
  }
}
