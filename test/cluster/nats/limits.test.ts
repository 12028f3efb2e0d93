import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Msg } from "@nats-io/transport-node";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { OutboundLimit } from "../../../src/cluster/nats-client/outbound-limit.ts";
import { noReply, PendingRequests } from "../../../src/cluster/nats-client/pending-requests.ts";
import { ManualClock } from "../../../src/testing.ts";

/** Lets promises go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("the limit of what was sent and not confirmed", () => {
  it("refuses more than it may hold, and takes more once the server has answered", async () => {
    const flushes: Deferred<void>[] = [];
    const limit = new OutboundLimit(10_000, () => {
      const flush = new Deferred<void>();
      flushes.push(flush);
      return flush.promise;
    });
    const send = (bytes: number): boolean => {
      const isTaken = limit.take(bytes);
      if (isTaken) limit.sent();
      return isTaken;
    };

    assert.equal(send(5_000), true);
    assert.equal(send(4_000), true);
    assert.equal(send(4_000), false);
    assert.equal(flushes.length, 1, "one ping is under way at a time");

    flushes[0]?.resolve();
    await turn();
    assert.equal(send(4_000), true);
    assert.equal(send(4_000), false, "the second message was sent after the first ping");
    flushes[1]?.resolve();
    await turn();
    flushes[2]?.resolve();
    await turn();
    assert.equal(limit.bytes, 0);
    assert.equal(flushes.length, 3);
  });

  it("asks for no confirmation of a 64th of it, and takes every message after that", () => {
    let flushes = 0;
    const limit = new OutboundLimit(64_000, () => {
      flushes += 1;
      return new Promise(() => {});
    });
    const send = (bytes: number): boolean => {
      const isTaken = limit.take(bytes);
      if (isTaken) limit.sent();
      return isTaken;
    };

    assert.equal(send(400), true);
    assert.equal(send(300), true);
    assert.equal(flushes, 0);
    assert.equal(send(64_000), true, "nothing could make room for it if it were refused");
    assert.equal(flushes, 1);
    assert.equal(send(1), false);
  });

  it("takes one message that is larger than itself, and nothing with it", () => {
    const limit = new OutboundLimit(100, () => new Promise(() => {}));

    assert.equal(limit.take(5_000), true);
    assert.equal(limit.take(1), false);
  });

  it("holds nothing after the connection was lost", async () => {
    const flush = new Deferred<void>();
    const limit = new OutboundLimit(10_000, () => flush.promise);
    limit.take(9_000);
    limit.sent();

    flush.reject(new Error("disconnected"));
    await turn();

    assert.equal(limit.bytes, 0);
  });
});

describe("pending requests", () => {
  const waiting = { subject: "a", timeoutMs: 1_000 };

  it("end exactly at their time-out, and are forgotten", async () => {
    const clock = new ManualClock();
    const requests = new PendingRequests(clock);
    const { token, reply } = requests.add(waiting);
    const outcome = assert.rejects(reply, { code: "ERR_ENGINE_NO_REPLY" });

    await clock.advance(999);
    assert.equal(requests.size, 1);
    await clock.advance(1);

    await outcome;
    assert.equal(requests.size, 0);
    requests.fail(token, new Error("late")); // has no effect
    assert.equal(clock.pendingTimers, 0);
  });

  it("are not settled by the late reply to a request that had their place before them", async () => {
    const requests = new PendingRequests(new ManualClock());
    const reply = (text: string): Msg => ({ data: Buffer.from(text) }) as unknown as Msg;
    const given = requests.add(waiting);
    requests.fail(given.token, noReply("a", "over"));
    await assert.rejects(given.reply, /over/);
    const next = requests.add(waiting);

    requests.settle(given.token, reply("late"));
    for (const token of ["", "0", "0-", "-1", "0-x", "9-1", "__proto__", "length", "constructor"]) {
      requests.settle(token, reply("none"));
    }
    requests.settle(next.token, reply("right"));

    assert.equal(Buffer.from((await next.reply).body).toString(), "right");
    assert.equal(requests.size, 0);
  });

  it("end when they are aborted, and leave no listener", async () => {
    const requests = new PendingRequests(new ManualClock());
    const aborter = new AbortController();
    const { reply } = requests.add({ ...waiting, signal: aborter.signal });

    aborter.abort();

    await assert.rejects(reply, { code: "ERR_ABORTED" });
    assert.equal(requests.size, 0);
  });

  it("are limited in number", async () => {
    const requests = new PendingRequests(new ManualClock(), 1);
    const { token, reply } = requests.add(waiting);

    assert.throws(() => requests.requireSpace("a"), {
      name: "ClusterError",
      code: "ERR_ENGINE_UNAVAILABLE",
    });

    requests.fail(token, noReply("a", "over"));
    await assert.rejects(reply, /over/);
    requests.requireSpace("a");
  });

  it("end together when the connection is lost, or those of one subject", async () => {
    const requests = new PendingRequests(new ManualClock());
    const one = requests.add(waiting);
    const other = requests.add({ ...waiting, subject: "b" });

    requests.failAll((subject) => noReply(subject, "denied"), "b");
    await assert.rejects(other.reply, /b: denied/);
    assert.equal(requests.size, 1);
    requests.failAll((subject) => noReply(subject, "lost"));

    await assert.rejects(one.reply, /a: lost/);
    assert.equal(requests.size, 0);
  });
});
