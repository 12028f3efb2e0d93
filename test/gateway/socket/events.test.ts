import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { hooks, openSockets, patiently, type RawClient } from "../../_support/socket-kit.ts";

const KIB = 1_024;

/** Takes events until one of them is `last`, and returns their bodies. */
async function bodiesUntil(client: RawClient, last: unknown): Promise<unknown[]> {
  const bodies: unknown[] = [];
  while (bodies.at(-1) !== last) {
    const message = await client.take("event");
    bodies.push(message.b);
  }
  return bodies;
}

describe("events to all", () => {
  it("reach those that have subscribed, before the replies that follow them", async () => {
    await using kit = await openSockets();
    const [alice, bob, deaf] = [
      await kit.connected({ sub: ["said"] }),
      await kit.connected({ sub: ["said", "typing"] }),
      await kit.connected(),
    ];

    for (const text of ["one", "two", "three"]) deaf.send(say(text));
    assert.deepEqual(await bodiesUntil(alice, "three"), ["one", "two", "three"]);
    assert.deepEqual(await bodiesUntil(bob, "three"), ["one", "two", "three"]);
    alice.send(say("four", 1));

    assert.deepEqual([(await alice.take("event")).b, (await alice.take("reply")).i], ["four", 1]);
    assert.ok(deaf.received.every(({ t }) => t === "reply"));
  });

  it("leave out the connection that is excepted", async () => {
    await using kit = await openSockets();
    const alice = await kit.connected({ sub: ["typing"], params: { name: "alice" } });
    const bob = await kit.connected({ sub: ["typing"] });

    await alice.ask(1, "type");

    assert.equal((await bob.take("event")).b, "alice");
    assert.equal(alice.received.length, 0);
  });

  it("between the opening and the first subscription are given by the subscription", async () => {
    await using kit = await openSockets();
    const [alice, bob] = [await kit.connected(), await kit.connected()];
    await bob.ask(1, "say", "early");

    alice.send({ t: "sub", c: 1, i: 1, e: ["said"] });

    assert.equal((await alice.take("event")).b, "early");
    assert.equal((await alice.take("reply")).i, 1);
    alice.send({ t: "unsub", c: 1, i: 2, e: ["said"] });
    await alice.take("reply");
    await bob.ask(2, "say", "late");
    await alice.ask(3, "lines");
  });

  it("are given to both connections of a socket to one actor, by different numbers", async () => {
    await using kit = await openSockets();
    const client = await kit.connected({ sub: ["said"] });
    const second = await client.open(2, { sub: ["said"] });

    client.send(say("hi"));

    const numbers: unknown[] = [];
    while (numbers.length < 2) {
      const message = client.received.shift();
      if (message?.t === "event") numbers.push(message["a"]);
      else await patiently(() => client.received.length > 0, "an event");
    }
    assert.ok(numbers.includes(second.a));
    assert.equal(new Set(numbers).size, 2);
  });
});

describe("a client that comes back", () => {
  it("gets what it has missed: events to all, and to itself alone", async () => {
    await using kit = await openSockets();
    const alice = kit.client();
    await alice.hello();
    const { id, at } = await alice.open(1, { sub: ["said"], params: { name: "greeted" } });
    assert.deepEqual((await alice.take("event"))["b" as never], "welcome");
    const bob = await kit.connected();
    alice.socket.terminate();
    await bob.ask(1, "say", "one");
    await bob.ask(2, "say", "two");

    const again = kit.client();
    await again.hello();
    const opened = await again.open(1, { sub: ["said"], last: { id, at, d: 0 } });

    assert.deepEqual([opened.resumed, opened.gap], [true, undefined]);
    const bodies = [(await again.take("event")).b, ...(await bodiesUntil(again, "two"))];
    assert.deepEqual(bodies, ["welcome", "one", "two"]);
  });

  it("is told that events are missing, if they have left the ring", async () => {
    await using kit = await openSockets();
    const bob = await kit.connected();
    const alice = kit.client();
    await alice.hello();
    const { id, at } = await alice.open(1, { sub: ["said"] });
    alice.socket.terminate();
    await bob.ask(1, "say_all", 1_500, 10);

    const again = kit.client();
    await again.hello();
    const opened = await again.open(1, { sub: ["said"], last: { id, at, d: 0 } });

    assert.equal(opened.resumed, false);
    assert.equal(opened.gap?.reason, "events_lost");
    assert.notEqual(opened.at, at);
    const resyncs = await kit.telemetry.value("actor.resyncs", { "actor.type": "room" });
    assert.equal(resyncs, 1);
  });

  for (const isOpen of [false, true]) {
    const when = isOpen ? "is still open" : "was lost";
    it(`with the id of another caller's connection, which ${when}, gets nothing of it`, async () => {
      const [token, other] = ["a-token-of-alice-which-is-long", "a-token-of-mallory-which-is-long"];
      const auth = { [token]: { id: "alice" }, [other]: { id: "mallory" } };
      await using kit = await openSockets({ auth });
      const alice = kit.client();
      await alice.hello({ token });
      const { id, at } = await alice.open(1, { sub: ["said"], params: { name: "greeted" } });
      assert.equal((await alice.take("event")).b, "welcome");
      alice.send({ t: "ask", c: 1, i: 1, m: "whisper", a: ["greeted", "a secret"] });
      assert.equal((await alice.take("event")).b, "a secret");
      if (!isOpen) {
        alice.socket.terminate();
        await patiently(() => hooks.length === 2, "the end");
      }
      const last = { id, at, d: 0 };

      const mallory = kit.client();
      await mallory.hello({ token: other });
      const opened = await mallory.open(1, { sub: ["said"], last });
      mallory.send({ t: "ask", c: 1, i: 1, m: "people", a: [] });

      assert.deepEqual([opened.resumed, opened.gap], [false, { reason: "events_lost" }]);
      await mallory.take("reply");
      alice.socket.terminate();
      await patiently(() => hooks.includes("disconnect greeted lost"), "the end");
      const again = kit.client();
      await again.hello({ token });
      const resumed = await again.open(1, { sub: ["said"], last });
      const bodies = [(await again.take("event")).b, (await again.take("event")).b];
      assert.deepEqual([resumed.resumed, bodies], [true, ["welcome", "a secret"]]);
    });
  }

  it("with a position that is none is told of a gap", async () => {
    await using kit = await openSockets();
    const client = kit.client();
    await client.hello();

    const gaps: unknown[] = [];
    for (const [at, position] of ["", "x", "x.1.1", "a.b.c.d", "\u0000"].entries()) {
      const opened = await client.open(at + 1, { last: { id: "x", at: position, d: 3 } });
      gaps.push([opened.resumed, typeof opened.gap?.reason]);
    }

    assert.deepEqual(
      gaps,
      Array.from({ length: 5 }, () => [false, "string"]),
    );
  });
});

describe("a client that does not read", () => {
  it("is left out of events that may be dropped, and told how many", async () => {
    await using kit = await openSockets({ limits: { sendBufferBytes: 64 * KIB } });
    const alice = await kit.connected({ sub: ["big"] });
    const bob = await kit.connected();
    alice.socket.pause();

    for (let i = 1; i <= 60; i += 1) await bob.ask(i, "flood", 10, 16 * KIB);
    assert.ok((await kit.telemetry.value("gateway.send_buffer.max")) >= 64 * KIB);
    alice.socket.resume();
    await patiently(() => alice.received.some(({ t }) => t === "gap"), "the gap");

    const gap = alice.received.find(({ t }) => t === "gap") as { gap?: { missed?: number } };
    const got = alice.received.filter(({ t }) => t === "event").length;
    const missed = gap.gap?.missed;
    if (missed !== undefined) assert.equal(got + missed, 600);
    assert.equal((gap.gap as { reason?: string }).reason, "slow");
    await patiently(() => alice.socket.readyState === 1, "the socket");
    assert.equal(await kit.telemetry.value("gateway.send_buffer.max"), 0);
    assert.equal(alice.closedWith, undefined);
  });

  it("of events that may not be dropped is closed with 4420 once they leave the ring", async () => {
    await using kit = await openSockets({ limits: { sendBufferBytes: 64 * KIB } });
    const alice = await kit.connected({ sub: ["said"] });
    const bob = await kit.connected();
    alice.socket.pause();

    for (let i = 1; kit.active() === 2 && i <= 150; i += 1) {
      await bob.ask(i, "say_all", 20, 16 * KIB);
      if (i % 10 === 0) await kit.clock.advance(1_000);
    }
    alice.socket.resume();

    assert.equal(await alice.closed(), 4420);
  });
});

describe("a client that does not read its replies", () => {
  it("is closed with 4420 at four times the limit of the send buffer", async () => {
    await using kit = await openSockets({
      limits: { sendBufferBytes: 16 * KIB, callsPerSocket: 100_000, framesPerSecond: 100_000 },
    });
    const client = await kit.connected();
    await client.ask(1, "say", "x".repeat(100 * KIB));
    client.socket.pause();

    for (let i = 2; i <= 400 && kit.active() > 0; i += 1) {
      client.send({ t: "ask", c: 1, i, m: "lines", a: [] });
    }
    for (let turns = 0; turns < 200; turns += 1) await nextTurn();
    client.socket.resume();

    assert.equal(await client.closed(), 4420);
  });
});

function say(text: string, i = 0): object {
  say.last = i === 0 ? say.last + 1 : i;
  return { t: "ask", c: 1, i: say.last, m: "say", a: [text] };
}
say.last = 0;
