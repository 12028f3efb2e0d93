import { AwakeReason } from "../../telemetry/attributes.ts";
import type { LinkEnding } from "../access/link.ts";
import type { Activation } from "../activation/activation.ts";
import type { Hold } from "../awake/holds.ts";
import { DisconnectReason } from "../definition/connection-types.ts";
import { sendDisconnect } from "./close-route.ts";
import { type ConnectionParts, ConnectionRecord } from "./connection-record.ts";
import { EventPublisher } from "./event-publisher.ts";
import { type AnyConnection, OpenConnection, OpenConnections } from "./open-connection.ts";
import { endTogether } from "./outlets.ts";

/** Number of connections that have ended whose last event is known. */
const MAX_ENDED = 1_000;
const CLOSED_BY_VIEWER = "closed by an operator";

/** The end of a connection. */
interface End {
  /** Number of the last event before it. */
  readonly number: number;
  /** Whose connection it was. */
  readonly callerId: string | undefined;
}

/** The connections of one activation, and its events. */
export class ActorConnections {
  readonly events: EventPublisher;
  /** What handlers see of the connections. */
  readonly view: OpenConnections;
  readonly #activation: Activation;
  /** Those that have not ended, the oldest first. */
  readonly #records = new Set<ConnectionRecord>();
  /** Those of them that handlers see, by id. */
  readonly #open = new Map<string, AnyConnection>();
  /** Where connections have ended, by id. */
  readonly #ends = new Map<string, End>();
  /** Keeps the actor awake for all of them: thousands of holds would be looked at after each message. */
  #hold: Hold | undefined;

  constructor(activation: Activation) {
    this.#activation = activation;
    this.events = new EventPublisher(activation);
    this.view = new OpenConnections(this.#open);
  }

  /** Those that have not ended, the oldest first. */
  get records(): ReadonlySet<ConnectionRecord> {
    return this.#records;
  }

  /** Those that handlers see, the oldest first. */
  *openRecords(): Generator<ConnectionRecord, undefined> {
    for (const record of this.#records) if (this.#open.has(record.id)) yield record;
  }

  /**
   * Returns the number of the last event before a connection has ended, if that is remembered, and it was the same caller's:
   * what was for it alone is for no one else who knows its id.
   */
  endOf(connectionId: string, callerId: string | undefined): number | undefined {
    const end = this.#ends.get(connectionId);
    return end?.callerId === callerId ? end?.number : undefined;
  }

  /** Adds a connection that was admitted. It keeps the actor awake from here on. */
  register(parts: ConnectionParts): ConnectionRecord {
    const record = new ConnectionRecord(parts, (self) => new OpenConnection(self, this));
    const { events } = this;
    this.#records.add(record);
    this.#open.set(record.id, record.connection);
    this.#hold ??= this.#activation.holds.take(AwakeReason.Connection, undefined);
    events.isHeard = true;
    events.outlets.add(record.outlet);
    events.inOrder(() => {
      record.start = events.ring.last;
    });
    return record;
  }

  /** Ends a connection: its hook has run, or does not run. */
  conclude(record: ConnectionRecord): void {
    this.hide(record);
    if (!this.#records.delete(record)) return;
    this.events.outlets.remove(record.outlet);
    record.conclude();
    if (record.opened) this.#activation.type.activationMetrics.connectionActive.add(-1);
    if (this.#records.size > 0) return;
    this.#hold?.release();
    this.#hold = undefined;
  }

  /** Takes a connection from what handlers see. */
  hide(record: ConnectionRecord): void {
    if (!this.#open.delete(record.id)) return;
    this.#ends.set(record.id, { number: this.events.ring.last, callerId: record.caller?.id });
    if (this.#ends.size <= MAX_ENDED) return;
    for (const oldest of this.#ends.keys()) {
      this.#ends.delete(oldest);
      return;
    }
  }

  /** Sends an event to one connection. Returns whether it is open. */
  direct(record: ConnectionRecord, event: string, body: unknown): boolean {
    if (record.closing !== undefined || !this.#open.has(record.id)) return false;
    this.events.direct(record, event, body);
    return true;
  }

  /** Ends a connection for its gateway. */
  async closeByGateway(record: ConnectionRecord, reason: DisconnectReason): Promise<void> {
    record.told = true;
    if (record.closing === undefined) {
      record.closing = reason;
      if (this.#records.has(record)) sendDisconnect(this.#activation, record);
    }
    await record.whenEnded;
  }

  /** Ends a connection for the actor. */
  closeByActor(record: ConnectionRecord, text: string | undefined): void {
    if (record.closing !== undefined || !this.#records.has(record)) return;
    const reason = DisconnectReason.Actor;
    record.closing = reason;
    this.hide(record);
    this.events.inOrder(() => record.end({ reason, again: false, text }));
    sendDisconnect(this.#activation, record);
  }

  /** Ends a connection at the request of a viewer, as its actor would. Returns whether it was open. */
  closeByViewer(connectionId: string): boolean {
    for (const record of this.openRecords()) {
      if (record.id !== connectionId || record.closing !== undefined) continue;
      this.closeByActor(record, CLOSED_BY_VIEWER);
      return true;
    }
    return false;
  }

  /** Ends all connections, without hooks. */
  endAll(ending: LinkEnding): void {
    endTogether(this.#records, ending, this.events.guard);
    for (const record of [...this.#records]) this.conclude(record);
  }
}

/** Returns the connections of an activation, which most never have. */
export function connectionsOf(activation: Activation): ActorConnections {
  activation.connections ??= new ActorConnections(activation);
  return activation.connections;
}
