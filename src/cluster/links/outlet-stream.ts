import type { EventFeed, Published } from "../../activation/access/event-feed.ts";
import type { Link, LinkEnding, Outlet } from "../../activation/access/link.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import type { Bus } from "../engine/bus.ts";
import { encodeFrame, type LinkFrame } from "./link-frames.ts";

/** Frames that may be under way; a node that is further behind is given up, and its clients come back. */
const WINDOW = 1_024;
/** Events in one frame. */
const BATCH = 64;
/** Size of the bodies in one frame, from which on it is sent. */
const BATCH_LENGTH = 131_072;

/** What an {@link OutletStream} works with. */
export interface OutletStreamParts {
  readonly bus: Pick<Bus, "publish">;
  /** Where the frames go. */
  readonly inbox: string;
  /** Called once, when it is given up or has no connection any more. */
  readonly over: () => void;
}

/** The connections of one gateway in another process to one actor: each event is sent once, however many they are. */
export class OutletStream implements Outlet {
  readonly #parts: OutletStreamParts;
  readonly #links = new Map<string, Link>();
  #frame = 0;
  #acknowledged = 0;
  /** Number of the last event of the feed that was sent; `undefined` before the first connection. */
  #sent: number | undefined;
  #isOver = false;

  constructor(parts: OutletStreamParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#links.size;
  }

  find(connectionId: string): Link | undefined {
    return this.#links.get(connectionId);
  }

  /** A connection is open. @param events that its client subscribes to */
  opened(link: Link, events: readonly string[]): void {
    const { connectionId, formerId, start, gap, feed } = link;
    this.#links.set(connectionId, link);
    this.#sent ??= feed.last;
    const missed: Published[] = [];
    for (let number = start + 1; number <= this.#sent; number += 1) {
      const event = feed.at(number);
      if (event !== undefined) missed.push(event);
    }
    const evicted = Object.fromEntries(events.map((event) => [event, feed.evicted(event)]));
    const positions = [feed.position(0), feed.position(1)] as const;
    const facts = { first: feed.first, last: this.#sent, positions, evicted };
    this.#send({ kind: "opened", connectionId, formerId, start, gap, feed: facts, events: missed });
    this.advanced(feed);
  }

  refused(connectionId: string, error: Error, handled: boolean): void {
    this.#send({ kind: "refused", connectionId, error, handled });
  }

  advanced(feed: EventFeed): void {
    if (this.#sent === undefined) return; // its connections are told where they begin
    let events: Published[] = [];
    let length = 0;
    while (this.#sent < feed.last && !this.#isOver) {
      const event = feed.at(this.#sent + 1);
      if (event === undefined) {
        this.break(); // it has left the feed; clients that come back are told so
        return;
      }
      this.#sent += 1;
      events.push(event);
      length += event.body?.length ?? 0;
      if (events.length < BATCH && length < BATCH_LENGTH) continue;
      this.#send({ kind: "events", first: feed.first, events });
      events = [];
      length = 0;
    }
    if (events.length > 0) this.#send({ kind: "events", first: feed.first, events });
  }

  direct(connectionId: string, event: Published): void {
    this.#send({ kind: "direct", connectionId, event });
  }

  ended(connectionIds: readonly string[], ending: LinkEnding): void {
    for (const id of connectionIds) this.#links.delete(id);
    this.#send({ kind: "ended", connectionIds, ending });
    this.#endIfUnused();
  }

  /** The frames up to this number have been received. */
  acknowledge(frame: number): void {
    this.#acknowledged = Math.max(this.#acknowledged, frame);
  }

  /** Shows the node that the link is there, and the number of its last frame. */
  alive(): void {
    this.#send({ kind: "alive" });
  }

  /** Ends one connection for the node. */
  async close(connectionId: string, reason: DisconnectReason): Promise<void> {
    const link = this.#links.get(connectionId);
    this.#links.delete(connectionId);
    await link?.close(reason);
    this.#endIfUnused();
  }

  /** Gives the link up: its connections end here as lost, and the node is told, if it can be. */
  break(): void {
    if (this.#isOver) return;
    this.#send({ kind: "broken" });
    this.#isOver = true;
    const links = [...this.#links.values()];
    this.#links.clear();
    for (const link of links) void link.close(DisconnectReason.Lost); // never rejects
    this.#parts.over();
  }

  #endIfUnused(): void {
    if (this.#links.size > 0 || this.#isOver) return;
    this.#isOver = true;
    this.#parts.over();
  }

  #send(content: LinkFrame): void {
    if (this.#isOver) return;
    const { bus, inbox } = this.#parts;
    if (content.kind !== "broken" && this.#frame - this.#acknowledged >= WINDOW) {
      this.break();
      return;
    }
    this.#frame += 1;
    if (!bus.publish(inbox, encodeFrame(this.#frame, content)) && content.kind !== "broken") {
      this.break();
    }
  }
}
