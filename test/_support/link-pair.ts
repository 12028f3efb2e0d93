import type { EventFeed, Published } from "../../src/activation/access/event-feed.ts";
import type { Link, LinkEnding, Outlet } from "../../src/activation/access/link.ts";
import { encodeReply } from "../../src/cluster/calls/call-answer.ts";
import type { Bus, BusMessage, ReceivedMessage } from "../../src/cluster/engine/bus.ts";
import { decodeLinkRequest } from "../../src/cluster/links/link-requests.ts";
import { LinkStream } from "../../src/cluster/links/link-stream.ts";
import { OutletStream } from "../../src/cluster/links/outlet-stream.ts";
import { ManualClock } from "../../src/testing.ts";
import { settleTurns } from "./actor-waiting.ts";

export const MAX_BYTES = 1e6;
const INBOX = "inbox.1";
export const CHUNK = 65_536;

/** A feed that keeps the last `kept` events. */
export class TestFeed implements EventFeed {
  readonly first = 1;
  last = 0;
  readonly #kept: number;
  readonly #size: number;

  constructor(kept: number = Number.POSITIVE_INFINITY, size: number = 0) {
    this.#kept = kept;
    this.#size = size;
  }

  position(number: number): string {
    return number === 0 ? "former.9" : `pre.fix.${number}`;
  }

  at(number: number): Published | undefined {
    if (number <= this.last - this.#kept) return undefined;
    return {
      number,
      event: "said",
      body: `"${number}${"x".repeat(this.#size)}"`,
      traceparent: undefined,
      whenSlow: "close",
      only: number === 2 ? new Set(["c1"]) : undefined,
      except: undefined,
    };
  }

  evicted(): number {
    return 0;
  }
}

/** A connection whose end is noted in `closed`. */
export function linkOf(connectionId: string, feed: EventFeed, closed: string[]): Link {
  return {
    connectionId,
    formerId: undefined,
    start: feed.last,
    gap: undefined,
    feed,
    subscribe: () => {},
    unsubscribe: () => {},
    close: async (reason) => {
      closed.push(`${connectionId} ${reason}`);
    },
  };
}

/** Both ends of a link, and what is between them. */
export class LinkPair {
  readonly clock: ManualClock = new ManualClock();
  readonly feed: TestFeed;
  readonly closed: string[] = [];
  readonly told: string[] = [];
  /** Frames that were sent, and not given to the node yet. */
  readonly sent: BusMessage[] = [];
  /** Requests of the node that were not given to the runner yet. */
  readonly requests: BusMessage[] = [];
  /** Why either end has given the link up. */
  readonly faults: string[] = [];
  isConnected = true;
  readonly node: LinkStream;
  readonly runner: OutletStream;
  linkAtNode: Link | undefined;
  /** How the runner answers a request of the node. */
  answer: (message: BusMessage) => Promise<BusMessage> = async () =>
    encodeReply(undefined, MAX_BYTES);
  #receive: (message: ReceivedMessage) => void = () => {};

  constructor(feed: TestFeed = new TestFeed()) {
    this.feed = feed;
    const outlet: Outlet = {
      advanced: (remote) => this.told.push(`advanced ${remote.last}`),
      direct: (id, { event }) => this.told.push(`direct ${id} ${event}`),
      ended: (ids, ending: LinkEnding) =>
        this.told.push(`ended ${ids.join()} ${ending.reason} ${ending.again}`),
    };
    const bus: Pick<Bus, "inbox" | "publish" | "request" | "subscribe"> = {
      inbox: () => INBOX,
      publish: (_subject, message) => {
        this.requests.push(message);
        return true;
      },
      request: (_subject, message) => this.answer(message),
      subscribe: (_subject, receive) => {
        this.#receive = receive;
        return { stop: () => {}, drain: () => {} };
      },
    };
    this.node = new LinkStream({
      clock: this.clock,
      bus,
      maxBytes: MAX_BYTES,
      route: { runnerId: "r", generation: 1 },
      id: "link-1",
      outlet,
      faulted: (fault) => this.faults.push(fault),
      over: () => this.told.push("over"),
    });
    this.runner = new OutletStream({
      clock: this.clock,
      bus: {
        publish: (_subject, message) => {
          if (this.isConnected) this.sent.push(message);
          return this.isConnected;
        },
      },
      inbox: INBOX,
      chunkBytes: CHUNK,
      granted: this.node.granted,
      faulted: (fault) => this.faults.push(fault),
      over: () => this.closed.push("over"),
    });
  }

  async connect(connectionId: string): Promise<void> {
    await this.ask(connectionId);
    this.open(connectionId);
  }

  /** The node asks for a connection. */
  async ask(connectionId: string): Promise<void> {
    const open = {
      kind: "open",
      link: "link-1",
      inbox: INBOX,
      address: "t.k",
      generation: 1,
      timeoutMs: 1_000,
      mustExist: false,
      request: { connectionId, params: undefined, events: ["said"], last: undefined },
      trace: {},
      ...this.node.granted,
    } as const;
    this.runner.opening();
    await this.node.connect(open, {
      opened: (link) => {
        this.linkAtNode = link;
        this.told.push(`opened ${link.connectionId}`);
      },
      fail: (error) => this.told.push(`failed ${(error as { code?: string }).code}`),
    });
  }

  /** The runner has opened a connection. */
  open(connectionId: string): void {
    this.runner.opened(linkOf(connectionId, this.feed, this.closed), ["said"]);
    this.deliver();
  }

  /** Kinds of the requests of the node that were not given to the runner. */
  get asked(): readonly string[] {
    return this.requests.map((message) => decodeLinkRequest(message, MAX_BYTES).kind);
  }

  /** Gives the frames to the node, in order. */
  deliver(): void {
    for (const message of this.sent.splice(0)) {
      this.#receive({ ...message, subject: INBOX, replyTo: undefined });
    }
  }

  /** Lets both ends work until nothing is under way any more. */
  async settle(): Promise<void> {
    for (;;) {
      this.deliver();
      await settleTurns();
      for (const message of this.requests.splice(0)) {
        const request = decodeLinkRequest(message, MAX_BYTES);
        if (request.kind === "credit") this.runner.raise(request);
      }
      if (this.sent.length === 0) return;
    }
  }

  publish(count: number): void {
    for (let at = 0; at < count; at += 1) {
      this.feed.last += 1;
      this.runner.advanced(this.feed);
    }
  }
}
