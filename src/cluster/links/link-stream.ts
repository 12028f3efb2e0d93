import type {
  ConnectAnswer,
  Link,
  LinkEnding,
  LinkGap,
  Outlet,
} from "../../activation/access/link.ts";
import { DisconnectReason } from "../../activation/definition/connection-types.ts";
import { type Clock, type ClockTimer, KeepAlive } from "../../base/clock.ts";
import { ClusterError, ErrorCode } from "../../base/errors.ts";
import { runInNextTurn } from "../../base/node-timers.ts";
import { decodeAnswer } from "../calls/call-answer.ts";
import { invalid } from "../codec/json.ts";
import type { Bus, BusSubscription, ReceivedMessage } from "../engine/bus.ts";
import { linkSubject } from "../protocol/subjects.ts";
import { isAgain } from "../routing/attempts.ts";
import type { Route } from "../routing/route-cache.ts";
import { Allowance, type Grant } from "../streams/credit.ts";
import type { Window } from "../streams/stream-limits.ts";
import { LinkFault } from "./link-fault.ts";
import { decodeFrame, type LinkFrame } from "./link-frames.ts";
import { decodePart, FrameAssembly, type LinkPart, PartKind } from "./link-parts.ts";
import { encodeLinkRequest, type LinkRequest, type OpenLinkRequest } from "./link-requests.ts";
import { ALIVE_MS, SILENCE_MS } from "./link-times.ts";
import { RemoteFeed } from "./remote-feed.ts";

/** What a {@link LinkStream} works with. */
export interface LinkStreamParts {
  readonly clock: Clock;
  readonly bus: Pick<Bus, "inbox" | "publish" | "request" | "subscribe">;
  readonly maxBytes: number;
  readonly route: Route;
  /** Unique. */
  readonly id: string;
  readonly outlet: Outlet;
  /** Called when it is given up, except in order. */
  readonly faulted: (fault: LinkFault) => void;
  /** Called once, when it is over. */
  readonly over: () => void;
}

/** How much of what the runner sends may be under way, or wait to be handed on to sockets. */
const WINDOW: Window = { bytes: 1_048_576, frames: 256 };
/** How long the runner may take for a request about a connection. */
const REQUEST_MS = 10_000;
/** How its connections end when the runner is lost: their clients come back, and get what they have missed. */
const LOST: LinkEnding = { reason: DisconnectReason.Ended, again: true, text: undefined };

/** The connections of one gateway of this process to one actor of another. */
export class LinkStream {
  readonly route: Route;
  readonly id: string;
  readonly inbox: string;
  readonly #parts: LinkStreamParts;
  readonly #subscription: BusSubscription;
  readonly #waiting = new Map<string, ConnectAnswer>();
  readonly #open = new Set<string>();
  readonly #allowance = new Allowance(WINDOW, WINDOW);
  readonly #assembly = new FrameAssembly();
  #feed: RemoteFeed | undefined;
  /** Number of the last part. */
  #number = 0;
  /** Sizes of the parts that were taken in this turn. */
  #taken: number[] = [];
  #heardMs: number;
  #timer: ClockTimer | undefined;
  #isOver = false;

  constructor(parts: LinkStreamParts) {
    const { bus, clock, id, route } = parts;
    this.#parts = parts;
    this.id = id;
    this.route = route;
    this.inbox = bus.inbox();
    this.#heardMs = clock.monotonicMs();
    this.#subscription = bus.subscribe(this.inbox, (message) => this.#receive(message));
    this.#lookLater();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get #isUnused(): boolean {
    return this.#open.size + this.#waiting.size === 0;
  }

  /** What the runner may send. */
  get granted(): Grant {
    return this.#allowance.granted;
  }

  /** Opens a connection. Rejects if it was not handled there; `answer` gets everything else. */
  async connect(open: OpenLinkRequest, answer: ConnectAnswer): Promise<void> {
    const { connectionId } = open.request;
    this.#waiting.set(connectionId, answer);
    try {
      await this.#request(open, open.timeoutMs);
    } catch (error) {
      // It may have been answered by a frame, or by the end of the link, and only this reply was lost.
      if (!this.#waiting.delete(connectionId)) return;
      if (this.#isUnused) this.break(); // it may have been opened there
      throw error;
    }
  }

  /** Changes what a connection subscribes to; without an answer, the link is given up. */
  subscribe(
    kind: "subscribe" | "unsubscribe",
    connectionId: string,
    events: readonly string[],
  ): void {
    const request = { kind, link: this.id, connectionId, events };
    this.#request(request, REQUEST_MS).catch(() => this.break(LinkFault.NoAnswer));
  }

  async close(connectionId: string, reason: DisconnectReason): Promise<void> {
    if (!this.#open.delete(connectionId)) return;
    const request = { kind: "close", link: this.id, connectionId, reason } as const;
    try {
      await this.#request(request, REQUEST_MS);
      this.#endIfUnused();
    } catch (error) {
      // Otherwise it would stay open there for as long as the link has others.
      this.break(isAgain(error) ? undefined : LinkFault.NoAnswer);
    }
  }

  /**
   * Ends all connections: their clients come back.
   *
   * @param fault `undefined` if it ends in order, or the runner has given it up
   */
  break(fault?: LinkFault): void {
    if (this.#isOver) return;
    if (fault !== undefined) this.#parts.faulted(fault);
    this.#publish({ kind: "end", link: this.id });
    const ids = [...this.#open];
    const waiting = [...this.#waiting.values()];
    this.#end();
    if (ids.length > 0) this.#parts.outlet.ended(ids, LOST);
    const { runnerId } = this.route;
    const error = new ClusterError("the runner of the actor was lost", {
      code: ErrorCode.RunnerLost,
      runnerId,
    });
    for (const answer of waiting) answer.fail(error, true);
  }

  async #request(request: LinkRequest, timeoutMs: number): Promise<void> {
    const { bus, maxBytes } = this.#parts;
    const subject = linkSubject(this.route.runnerId);
    const reply = await bus.request(subject, encodeLinkRequest(request), { timeoutMs });
    const answer = decodeAnswer(reply, maxBytes);
    if (answer.kind === "failed") throw answer.error;
  }

  #receive(message: ReceivedMessage): void {
    if (this.#isOver) return;
    this.#heardMs = this.#parts.clock.monotonicMs();
    try {
      this.#takePart(decodePart(message));
    } catch {
      this.break(LinkFault.Invalid);
    }
  }

  /** @throws ClusterError `ERR_PROTOCOL_INVALID` */
  #takePart(part: LinkPart): void {
    switch (part.kind) {
      case PartKind.Broken:
        this.break();
        return;
      case PartKind.Alive:
        if (part.number !== this.#number) this.break(LinkFault.Incomplete);
        return;
      case PartKind.More:
      case PartKind.Last:
        break;
    }
    const size = part.bytes.byteLength;
    if (part.number !== this.#number + 1) {
      this.break(LinkFault.Incomplete);
      return;
    }
    if (!this.#allowance.receive(size)) throw invalid("more was sent than was allowed");
    this.#number = part.number;
    this.#giveBackLater(size);
    const frame = this.#assembly.add(part);
    if (frame !== undefined) this.#take(decodeFrame(frame));
  }

  /** The runner may go on once the sockets have had their turn. */
  #giveBackLater(size: number): void {
    this.#taken.push(size);
    if (this.#taken.length > 1) return;
    runInNextTurn(() => {
      for (const taken of this.#taken.splice(0)) this.#allowance.use(taken);
      if (!this.#isOver && this.#allowance.next() !== undefined) this.#tellCredit();
    });
  }

  #take(content: LinkFrame): void {
    const { outlet } = this.#parts;
    switch (content.kind) {
      case "opened":
        this.#opened(content);
        return;
      case "refused": {
        const answer = this.#waiting.get(content.connectionId);
        this.#waiting.delete(content.connectionId);
        answer?.fail(content.error, content.handled);
        this.#endIfUnused();
        return;
      }
      case "events":
        this.#feed?.add(content.events, content.first);
        if (this.#feed !== undefined) outlet.advanced(this.#feed);
        return;
      case "direct":
        outlet.direct(content.connectionId, content.event);
        return;
      case "ended":
        for (const id of content.connectionIds) this.#open.delete(id);
        outlet.ended(content.connectionIds, content.ending);
        this.#endIfUnused();
        return;
    }
  }

  #opened({ connectionId, formerId, start, gap, feed }: LinkFrame & { kind: "opened" }): void {
    const answer = this.#waiting.get(connectionId);
    this.#waiting.delete(connectionId);
    this.#feed ??= new RemoteFeed(feed);
    this.#feed.learn(feed.evicted);
    this.#feed.add([], feed.first);
    this.#open.add(connectionId);
    if (answer === undefined) {
      void this.close(connectionId, DisconnectReason.Lost); // never rejects; it is not waited for any more
      return;
    }
    answer.opened(new RemoteLink(this, this.#feed, { connectionId, formerId, start, gap }));
  }

  #tellCredit(): void {
    this.#publish({ kind: "credit", link: this.id, ...this.#allowance.granted });
  }

  #publish(request: LinkRequest): void {
    this.#parts.bus.publish(linkSubject(this.route.runnerId), encodeLinkRequest(request));
  }

  #lookLater(): void {
    const { clock } = this.#parts;
    const look = (): void => {
      if (clock.monotonicMs() - this.#heardMs > SILENCE_MS) {
        this.break(LinkFault.Silent);
        return;
      }
      this.#tellCredit();
      this.#lookLater();
    };
    this.#timer = clock.schedule(look, ALIVE_MS, KeepAlive.No);
  }

  #endIfUnused(): void {
    if (this.#isUnused) this.#end();
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.cancel();
    this.#subscription.stop();
    this.#open.clear();
    this.#waiting.clear();
    this.#parts.over();
  }
}

/** A connection to an actor in another process, as its gateway uses it. */
class RemoteLink implements Link {
  readonly connectionId: string;
  readonly formerId: string | undefined;
  readonly start: number;
  readonly gap: LinkGap | undefined;
  readonly feed: RemoteFeed;
  readonly #stream: LinkStream;

  constructor(
    stream: LinkStream,
    feed: RemoteFeed,
    facts: Pick<Link, "connectionId" | "formerId" | "start" | "gap">,
  ) {
    this.#stream = stream;
    this.feed = feed;
    this.connectionId = facts.connectionId;
    this.formerId = facts.formerId;
    this.start = facts.start;
    this.gap = facts.gap;
  }

  subscribe(events: readonly string[]): void {
    this.#stream.subscribe("subscribe", this.connectionId, events);
  }

  unsubscribe(events: readonly string[]): void {
    this.#stream.subscribe("unsubscribe", this.connectionId, events);
  }

  close(reason: DisconnectReason): Promise<void> {
    return this.#stream.close(this.connectionId, reason);
  }
}
