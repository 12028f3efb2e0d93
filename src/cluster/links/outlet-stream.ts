import type { EventFeed, Published } from "../../activation/access/event-feed.ts";
import type { Link, LinkEnding, Outlet } from "../../activation/access/link.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import type { Bus } from "../engine/bus.ts";
import { Credit, type Grant } from "../streams/credit.ts";
import { STREAM_SEND_MS } from "../streams/stream-limits.ts";
import { LinkFault } from "./link-fault.ts";
import { encodeFrame, type LinkFrame } from "./link-frames.ts";
import { encodePart, PartKind } from "./link-parts.ts";
import { OutletQueue } from "./outlet-queue.ts";

/** What an {@link OutletStream} works with. */
export interface OutletStreamParts {
  readonly clock: Clock;
  readonly bus: Pick<Bus, "publish">;
  /** Where the frames go. */
  readonly inbox: string;
  readonly chunkBytes: number;
  /** What the node takes from the beginning. */
  readonly granted: Grant;
  /** Called when it is given up, except in order. */
  readonly faulted: (fault: LinkFault) => void;
  /** Called once, when it is given up or has no connection any more. */
  readonly over: () => void;
}

const RETRY_MS = 20;
const EMPTY = new Uint8Array();

/**
 * The connections of one gateway in another process to one actor: each event is sent once, however many they are, and only
 * as far as the node takes it. What it has not taken waits in the feed of the actor; a node that is further behind than that
 * is given up, and its clients come back.
 */
export class OutletStream implements Outlet {
  readonly #parts: OutletStreamParts;
  readonly #links = new Map<string, Link>();
  readonly #queue = new OutletQueue();
  readonly #credit: Credit;
  /** Connections that are being opened. */
  #opening = 0;
  #feed: EventFeed | undefined;
  /** Number of the last event of the feed that was sent or waits; `undefined` before the first connection. */
  #advanced: number | undefined;
  /** What is left of the frame that is being sent. */
  #rest: Uint8Array = EMPTY;
  /** Number of the last part. */
  #number = 0;
  /** Since when nothing could be sent, on the monotonic clock. */
  #stuckSinceMs: number | undefined;
  #retry: ClockTimer | undefined;
  #isOver = false;

  constructor(parts: OutletStreamParts) {
    this.#parts = parts;
    this.#credit = new Credit(parts.granted);
  }

  get size(): number {
    return this.#links.size;
  }

  find(connectionId: string): Link | undefined {
    return this.#links.get(connectionId);
  }

  /** A connection is being opened, which `opened`, `refused` or `notOpened` follows. */
  opening(): void {
    this.#opening += 1;
  }

  /** The connection was not opened, which its node was told. */
  notOpened(): void {
    this.#opening -= 1;
    this.endIfUnused();
  }

  /** A connection is open. @param events that its client subscribes to */
  opened(link: Link, events: readonly string[]): void {
    this.#opening -= 1;
    if (this.#isOver) {
      void link.close(DisconnectReason.Lost); // never rejects
      return;
    }
    const { connectionId, formerId, start, gap, feed } = link;
    this.#links.set(connectionId, link);
    this.#feed = feed;
    const last = this.#advanced ?? Math.min(start, feed.last);
    this.#advanced = last;
    const evicted = Object.fromEntries(events.map((event) => [event, feed.evicted(event)]));
    const positions = [feed.position(0), feed.position(1)] as const;
    this.#queue.replay(start + 1, last);
    const facts = { first: feed.first, last, positions, evicted };
    this.#send({ kind: "opened", connectionId, formerId, start, gap, feed: facts });
    this.advanced(feed);
  }

  refused(connectionId: string, error: Error, handled: boolean): void {
    this.#opening -= 1;
    this.#send({ kind: "refused", connectionId, error, handled });
    this.endIfUnused();
  }

  advanced(feed: EventFeed): void {
    if (this.#advanced === undefined || this.#isOver) return; // its connections are told where they begin
    this.#queue.advance(this.#advanced + 1, feed.last);
    this.#advanced = Math.max(this.#advanced, feed.last);
    this.#pump();
  }

  direct(connectionId: string, event: Published): void {
    this.#send({ kind: "direct", connectionId, event });
  }

  ended(connectionIds: readonly string[], ending: LinkEnding): void {
    for (const id of connectionIds) this.#links.delete(id);
    this.#send({ kind: "ended", connectionIds, ending });
    this.endIfUnused();
  }

  /** The node takes more. */
  raise(grant: Grant): void {
    this.#credit.raise(grant);
    this.#pump();
  }

  /** Shows the node that the link is there, and the number of its last part. */
  alive(): void {
    if (!this.#isOver) this.#publish(PartKind.Alive, this.#number, EMPTY);
  }

  /** Ends one connection for the node. */
  async close(connectionId: string, reason: DisconnectReason): Promise<void> {
    const link = this.#links.get(connectionId);
    this.#links.delete(connectionId);
    await link?.close(reason);
    this.endIfUnused();
  }

  /**
   * Gives the link up: its connections end here as lost, and the node is told, if it can be.
   *
   * @param fault `undefined` if it ends in order
   */
  break(fault?: LinkFault): void {
    if (this.#isOver) return;
    if (fault !== undefined) this.#parts.faulted(fault);
    this.#publish(PartKind.Broken, this.#number, EMPTY);
    const links = [...this.#links.values()];
    this.#links.clear();
    this.#end();
    for (const link of links) void link.close(DisconnectReason.Lost); // never rejects
  }

  /** Ends it if it has no connection, once everything was sent. */
  endIfUnused(): void {
    if (this.#links.size + this.#opening > 0 || !this.#queue.isEmpty || this.#rest.byteLength > 0)
      return;
    this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#retry?.cancel();
    this.#queue.clear();
    this.#rest = EMPTY;
    this.#parts.over();
  }

  #send(frame: LinkFrame): void {
    if (this.#isOver) return;
    this.#queue.add(frame);
    this.#pump();
    if (this.#queue.isFull) this.break(LinkFault.Behind); // the node does not keep up
  }

  /** Sends what waits, as far as the node takes it. */
  #pump(): void {
    if (this.#isOver || this.#retry !== undefined) return;
    while (this.#takeFrame()) {
      while (this.#rest.byteLength > 0) {
        const size = Math.min(this.#credit.left, this.#parts.chunkBytes, this.#rest.byteLength);
        if (size === 0 || !this.#sendPart(size)) return;
      }
    }
    this.endIfUnused();
  }

  /** Makes sure that there is something to send. Returns false if there is nothing. */
  #takeFrame(): boolean {
    if (this.#isOver) return false;
    if (this.#rest.byteLength > 0) return true;
    const next = this.#queue.next(this.#feed);
    if (next === "gone")
      this.break(LinkFault.Behind); // it has left the feed; clients that come back are told so
    else if (next !== undefined) this.#rest = encodeFrame(next);
    return !this.#isOver && this.#rest.byteLength > 0;
  }

  #sendPart(size: number): boolean {
    const kind = size === this.#rest.byteLength ? PartKind.Last : PartKind.More;
    if (!this.#publish(kind, this.#number + 1, this.#rest.subarray(0, size))) {
      this.#sendLater();
      return false;
    }
    this.#stuckSinceMs = undefined;
    this.#number += 1;
    this.#credit.spend(size);
    this.#rest = this.#rest.subarray(size);
    return true;
  }

  /** The engine is not connected, or has too much to send. */
  #sendLater(): void {
    const { clock } = this.#parts;
    const nowMs = clock.monotonicMs();
    this.#stuckSinceMs ??= nowMs;
    if (nowMs - this.#stuckSinceMs > STREAM_SEND_MS) {
      this.break(LinkFault.NotSent);
      return;
    }
    const again = (): void => {
      this.#retry = undefined;
      this.#pump();
    };
    this.#retry = clock.schedule(again, RETRY_MS, KeepAlive.No);
  }

  #publish(kind: PartKind, number: number, bytes: Uint8Array): boolean {
    const { bus, inbox } = this.#parts;
    return bus.publish(inbox, encodePart({ kind, number, bytes }));
  }
}
