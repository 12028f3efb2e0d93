import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { EventFeed, Published } from "../../../src/activation/access/event-feed.ts";
import type { Link, LinkEnding, Outlet } from "../../../src/activation/access/link.ts";
import { encodeReply } from "../../../src/cluster/calls/call-answer.ts";
import type { Bus, BusMessage, ReceivedMessage } from "../../../src/cluster/engine/bus.ts";
import { decodeFrame } from "../../../src/cluster/links/link-frames.ts";
import { LinkStream } from "../../../src/cluster/links/link-stream.ts";
import { OutletStream } from "../../../src/cluster/links/outlet-stream.ts";
import { ManualClock } from "../../../src/testing.ts";

const MAX_BYTES = 1e6;
const INBOX = "inbox.1";

/** A feed that keeps the last `kept` events. */
class TestFeed implements EventFeed {
  readonly first = 1;
  last = 0;
  readonly #kept: number;

  constructor(kept = Number.POSITIVE_INFINITY) {
    this.#kept = kept;
  }

  position(number: number): string {
    return number === 0 ? "former.9" : `pre.fix.${number}`;
  }

  at(number: number): Published | undefined {
    if (number <= this.last - this.#kept) return undefined;
    return {
      number,
      event: "said",
      body: `"${number}"`,
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

function linkOf(connectionId: string, feed: EventFeed, closed: string[]): Link {
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
class Pair {
  readonly clock = new ManualClock();
  readonly feed: TestFeed;
  readonly closed: string[] = [];
  readonly told: string[] = [];
  /** Frames that were sent, and not given to the node yet. */
  readonly sent: BusMessage[] = [];
  readonly node: LinkStream;
  readonly runner: OutletStream;
  linkAtNode: Link | undefined;
  #receive: (message: ReceivedMessage) => void = () => {};

  constructor(feed = new TestFeed()) {
    this.feed = feed;
    const outlet: Outlet = {
      advanced: (remote) => this.told.push(`advanced ${remote.last}`),
      direct: (id, { event }) => this.told.push(`direct ${id} ${event}`),
      ended: (ids, ending: LinkEnding) =>
        this.told.push(`ended ${ids.join()} ${ending.reason} ${ending.again}`),
    };
    const bus: Pick<Bus, "inbox" | "publish" | "request" | "subscribe"> = {
      inbox: () => INBOX,
      publish: () => true,
      request: async () => encodeReply(undefined, MAX_BYTES),
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
      over: () => this.told.push("over"),
    });
    this.runner = new OutletStream({
      bus: {
        publish: (_subject, message) => {
          this.sent.push(message);
          return true;
        },
      },
      inbox: INBOX,
      over: () => {},
    });
  }

  async connect(connectionId: string): Promise<void> {
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
    } as const;
    await this.node.connect(open, {
      opened: (link) => {
        this.linkAtNode = link;
        this.told.push(`opened ${link.connectionId}`);
      },
      fail: (error) => this.told.push(`failed ${(error as { code?: string }).code}`),
    });
    this.runner.opened(linkOf(connectionId, this.feed, this.closed), ["said"]);
    this.deliver();
  }

  /** Gives the frames to the node, in order. */
  deliver(): void {
    for (const message of this.sent.splice(0)) {
      this.#receive({ ...message, subject: INBOX, replyTo: undefined });
    }
  }

  publish(count: number): void {
    for (let at = 0; at < count; at += 1) {
      this.feed.last += 1;
      this.runner.advanced(this.feed);
    }
  }
}

describe("a link between two processes", () => {
  let pair: Pair;
  beforeEach(() => {
    pair = new Pair();
  });

  it("sends each event once, however many connections there are", async () => {
    await pair.connect("c1");
    await pair.connect("c2");
    pair.publish(3);

    assert.equal(pair.sent.length, 3);
    pair.deliver();
    const feed = pair.linkAtNode?.feed;
    assert.deepEqual(
      [1, 2, 3].map((number) => feed?.at(number)?.body),
      ['"1"', '"2"', '"3"'],
    );
    assert.deepEqual(feed?.at(2)?.only, new Set(["c1"]));
    assert.deepEqual([feed?.position(0), feed?.position(3)], ["former.9", "pre.fix.3"]);
    assert.deepEqual(pair.told.slice(-3), ["advanced 1", "advanced 2", "advanced 3"]);
  });

  it("gives a connection that comes back what it has missed", async () => {
    await pair.connect("c1");
    pair.publish(4);
    pair.deliver();
    const link = { ...linkOf("c2", pair.feed, []), start: 1 };
    pair.runner.opened(link, ["said"]);
    const { content } = decodeFrame(pair.sent.at(-1) as BusMessage, MAX_BYTES);

    assert.ok(content.kind === "opened");
    assert.deepEqual(
      content.events.map(({ number }) => number),
      [2, 3, 4],
    );
  });

  it("ends its connections, so that clients come back, when a frame is missing", async () => {
    await pair.connect("c1");
    pair.publish(2);
    pair.sent.shift();
    pair.deliver();

    assert.deepEqual(pair.told.slice(-2), ["over", "ended c1 ended true"]);
    pair.publish(1);
    pair.deliver();
    assert.equal(pair.told.at(-1), "ended c1 ended true", "nothing follows");
  });

  it("is given up by the runner when its node does not keep up", async () => {
    await pair.connect("c1");
    pair.publish(2_000);

    assert.deepEqual(pair.closed, ["c1 lost"]);
    assert.ok(pair.sent.length < 1_100);
    pair.deliver();
    assert.equal(pair.told.at(-1), "ended c1 ended true");
  });

  it("is given up when an event has left the feed before it was sent", async () => {
    pair = new Pair(new TestFeed(5));
    await pair.connect("c1");
    pair.feed.last += 10;
    pair.runner.advanced(pair.feed);

    assert.deepEqual(pair.closed, ["c1 lost"]);
  });

  it("ends when nothing is heard of the runner", async () => {
    await pair.connect("c1");
    await pair.clock.advance(30_000);

    assert.equal(pair.told.at(-1), "ended c1 ended true");
    assert.equal(pair.clock.pendingTimers + pair.clock.backgroundTimers, 0);
  });

  it("fails connections that are being opened when it is lost", async () => {
    await pair.connect("c1");
    void pair.connect("c2");
    pair.node.break();
    await pair.clock.advance(0);

    assert.ok(pair.told.includes("failed ERR_RUNNER_LOST"));
    assert.ok(pair.told.includes("ended c1 ended true"));
  });
});
