import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Published } from "../../../src/activation/access/event-feed.ts";
import type { BusMessage } from "../../../src/cluster/engine/bus.ts";
import { decodeFrame } from "../../../src/cluster/links/link-frames.ts";
import { decodePart } from "../../../src/cluster/links/link-parts.ts";
import { LinkPair, linkOf, TestFeed } from "../../_support/link-pair.ts";

function bytesOf(messages: readonly BusMessage[]): number {
  return messages.reduce((sum, { body }) => sum + body.byteLength, 0);
}

describe("a link between two processes", () => {
  let pair: LinkPair;
  beforeEach(() => {
    pair = new LinkPair();
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
    pair.runner.opening();
    pair.runner.opened(link, ["said"]);
    const [missed, opened, ...more] = pair.sent.map((part) => decodeFrame(decodePart(part).bytes));

    assert.ok(missed?.kind === "events");
    assert.deepEqual(
      missed.events.map(({ number }) => number),
      [2, 3, 4],
    );
    assert.ok(opened?.kind === "opened" && opened.connectionId === "c2");
    assert.equal(more.length, 0);
  });

  it("ends its connections, so that clients come back, when a frame is missing", async () => {
    await pair.connect("c1");
    pair.publish(2);
    pair.sent.shift();
    pair.deliver();

    assert.deepEqual(pair.told.slice(-2), ["over", "ended c1 ended true"]);
    assert.deepEqual(pair.faults, ["link_incomplete"]);
    pair.publish(1);
    pair.deliver();
    assert.equal(pair.told.at(-1), "ended c1 ended true", "nothing follows");
  });

  it("waits for a node that does not keep up, and sends the rest from the feed", async () => {
    pair = new LinkPair(new TestFeed(Number.POSITIVE_INFINITY, 10_000));
    await pair.connect("c1");
    pair.publish(1_000);
    assert.ok(bytesOf(pair.sent) <= 1_048_576 && pair.sent.length <= 256);

    await pair.settle();

    assert.equal(pair.linkAtNode?.feed.last, 1_000);
    assert.deepEqual(pair.closed, []);
    assert.equal(pair.told.at(-1), "advanced 1000");
  });

  it("is given up by the runner when events leave the feed before its node takes them", async () => {
    pair = new LinkPair(new TestFeed(500, 10_000));
    await pair.connect("c1");
    pair.publish(1_000);
    await pair.settle();

    assert.deepEqual(pair.closed, ["over", "c1 lost"]);
    assert.deepEqual(pair.faults, ["link_behind"]);
    assert.equal(pair.told.at(-1), "ended c1 ended true");
  });

  it("is given up by the runner when too many events to connections alone wait", async () => {
    await pair.connect("c1");
    for (let at = 0; at < 3_000; at += 1) {
      pair.runner.direct("c1", { ...(pair.feed.at(1) as Published), body: `"${at}"` });
    }

    assert.deepEqual(pair.closed, ["over", "c1 lost"]);
  });

  it("carries an event that is larger than any message", async () => {
    pair = new LinkPair(new TestFeed(10, 3_000_000));
    await pair.connect("c1");
    pair.publish(2);
    pair.runner.direct("c1", { ...(pair.feed.at(1) as Published), body: '"last"' });
    await pair.settle();

    assert.equal(pair.linkAtNode?.feed.at(2)?.body?.length, 3_000_003);
    assert.deepEqual(pair.told.slice(-3), ["advanced 1", "advanced 2", "direct c1 said"]);
  });

  it("keeps events, directed ones and ends in order while the node takes nothing", async () => {
    pair = new LinkPair(new TestFeed(Number.POSITIVE_INFINITY, 100_000));
    await pair.connect("c1");
    await pair.connect("c2");
    pair.told.length = 0;
    pair.publish(20);
    pair.runner.direct("c1", pair.feed.at(1) as Published);
    pair.publish(1);
    pair.runner.ended(["c1"], { reason: "ended", again: true, text: undefined });
    pair.runner.ended(["c2"], { reason: "actor", again: false, text: "enough" });
    assert.ok(bytesOf(pair.sent) <= 1_048_576);

    await pair.settle();

    assert.deepEqual(pair.told.slice(-5), [
      "direct c1 said",
      "advanced 21",
      "ended c1 ended true",
      "ended c2 actor false",
      "over",
    ]);
    assert.deepEqual(pair.closed, ["over"]);
  });

  it("waits for an engine that takes nothing for a while, and gives up after 10 s", async () => {
    await pair.connect("c1");
    pair.isConnected = false;
    pair.publish(3);
    await pair.clock.advance(3_000);
    pair.isConnected = true;
    await pair.clock.advance(100);
    await pair.settle();
    assert.equal(pair.linkAtNode?.feed.last, 3);

    pair.isConnected = false;
    pair.publish(1);
    for (let passed = 0; passed < 11_000; passed += 100) await pair.clock.advance(100);
    assert.deepEqual(pair.closed, ["over", "c1 lost"]);
    assert.deepEqual(pair.faults, ["link_not_sent"]);
  });

  it("ends when more comes than the node has allowed", async () => {
    pair = new LinkPair(new TestFeed(Number.POSITIVE_INFINITY, 60_000));
    await pair.connect("c1");
    pair.runner.raise({ bytes: 1e9, frames: 1e9 });
    pair.publish(40);
    pair.deliver();

    assert.ok(pair.told.includes("ended c1 ended true"));
    assert.deepEqual(pair.faults, ["link_invalid"]);
  });

  it("is given up when an event has left the feed before it was sent", async () => {
    pair = new LinkPair(new TestFeed(5));
    await pair.connect("c1");
    pair.feed.last += 10;
    pair.runner.advanced(pair.feed);

    assert.deepEqual(pair.closed, ["over", "c1 lost"]);
  });

  it("ends when nothing is heard of the runner", async () => {
    await pair.connect("c1");
    await pair.clock.advance(30_000);

    assert.equal(pair.told.at(-1), "ended c1 ended true");
    assert.equal(pair.clock.pendingTimers + pair.clock.backgroundTimers, 0);
    assert.deepEqual(pair.faults, ["link_silent"]);
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
