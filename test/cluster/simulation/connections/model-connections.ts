import type {
  ConnectAnswer,
  ConnectRequest,
  Link,
  LinkGap,
  Outlet,
} from "../../../../src/activation/access/link.ts";
import { EventRing } from "../../../../src/activation/connection/event-ring.ts";
import { resume } from "../../../../src/activation/connection/resume.ts";
import { DisconnectReason } from "../../../../src/activation/definition/connection-types.ts";
import { WhenSlow } from "../../../../src/activation/definition/event-types.ts";
import type { ConnectionNotes } from "./connection-notes.ts";

/** Name of the only event of a model. */
export const EVENT = "stored";
/** So few that clients which come back have missed some of them now and then. */
const REPLAY = { events: 6, bytes: 65_536 };
const INCARNATION = "model";

/** The connections of one activation of a model: each operation that is stored is published to all, with the feed of the runtime. */
export class ModelConnections {
  readonly #ring = new EventRing(REPLAY, INCARNATION, undefined);
  readonly #notes: ConnectionNotes;
  readonly #outlets = new Map<string, Outlet>();

  constructor(notes: ConnectionNotes) {
    this.#notes = notes;
  }

  get size(): number {
    return this.#outlets.size;
  }

  /** The activation runs. */
  begin(address: string, generation: number): void {
    this.#notes.began(address, generation, this.#ring.position(0));
  }

  open(request: ConnectRequest, outlet: Outlet, answer: ConnectAnswer): void {
    const { connectionId } = request;
    this.#outlets.set(connectionId, outlet);
    const resumed = resume({ request, start: this.#ring.last }, this.#ring, undefined, [EVENT]);
    const close = (): void => void this.#outlets.delete(connectionId);
    answer.opened(new ModelLink(connectionId, this.#ring, resumed, close));
  }

  publish(op: string): void {
    const body = JSON.stringify(op);
    const all = { traceparent: undefined, only: undefined, except: undefined };
    const event = { ...all, event: EVENT, body, whenSlow: WhenSlow.Close };
    const { number } = this.#ring.add(event, true);
    this.#notes.published(this.#ring.position(number), op);
    for (const outlet of new Set(this.#outlets.values())) outlet.advanced(this.#ring);
  }

  /** The activation has ended: its clients come back. */
  end(): void {
    const ending = { reason: DisconnectReason.Ended, again: true, text: undefined };
    const connections = [...this.#outlets];
    this.#outlets.clear();
    for (const [id, outlet] of connections) outlet.ended([id], ending);
  }
}

/** A connection to a model, as its gateway uses it. */
class ModelLink implements Link {
  readonly connectionId: string;
  readonly formerId: string | undefined;
  readonly start: number;
  readonly gap: LinkGap | undefined;
  readonly feed: EventRing;
  readonly #close: () => void;

  constructor(
    connectionId: string,
    feed: EventRing,
    resumed: Pick<Link, "formerId" | "start" | "gap">,
    close: () => void,
  ) {
    this.connectionId = connectionId;
    this.feed = feed;
    this.formerId = resumed.formerId;
    this.start = resumed.start;
    this.gap = resumed.gap;
    this.#close = close;
  }

  subscribe(): void {}
  unsubscribe(): void {}

  async close(): Promise<void> {
    this.#close();
  }
}
