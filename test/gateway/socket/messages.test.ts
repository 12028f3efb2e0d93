import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hooks, levelOf, openSockets, patiently } from "../../_support/socket-kit.ts";

describe("messages of a socket", () => {
  it("are answered: ask, tell, send, and send with its reply", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.send(
      { t: "ask", c: 1, i: 1, m: "say", a: ["hi"] },
      { t: "tell", c: 1, i: 2, m: "say", a: ["there"] },
      { t: "ask", c: 1, i: 3, m: "nothing", a: [] },
      { t: "send", c: 1, i: 4, q: "files", b: "abc", ms: 1_000 },
      { t: "send", c: 1, i: 5, q: "files", b: "abc" },
    );

    const replies = new Map<number, unknown>();
    for (let count = 0; count < 5; count += 1) {
      const reply = await client.take("reply");
      replies.set(reply.i, "r" in reply ? reply.r : "none");
    }
    assert.deepEqual(
      [1, 2, 3, 4].map((i) => replies.get(i)),
      [1, "none", "none", 3],
    );
    assert.match((replies.get(5) as { readonly id: string }).id, /^.{8,}$/);
  });

  it("fail with their outcome, and without what the error says inside", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();
    const failures: unknown[] = [];

    for (const [i, m, a] of [
      [1, "hidden", []],
      [2, "boom", []],
      [3, "__proto__", []],
      [4, "say", "no array"],
      [5, "say", ["\ud800"]],
    ] as const) {
      client.send({ t: "ask", c: 1, i, m, a, rid: "request-00001" });
      const { error } = await client.take("fail");
      failures.push([error.code, error.outcome]);
      assert.equal(error.requestId, "request-00001");
      assert.ok(!JSON.stringify(error).includes("secret"));
    }

    assert.deepEqual(failures, [
      ["ERR_NOT_FOUND", "not_handled"],
      ["ERR_INTERNAL", "failed"],
      ["ERR_NOT_FOUND", "not_handled"],
      ["ERR_BAD_REQUEST", "not_handled"],
      ["ERR_BAD_REQUEST", "not_handled"],
    ]);
  });

  it("are answered with the state as it was, although replies wait for the store", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.send(
      { t: "ask", c: 1, i: 1, m: "say", a: ["one"] },
      { t: "ask", c: 1, i: 2, m: "lines", a: [] },
      { t: "ask", c: 1, i: 3, m: "say", a: ["two"] },
    );

    assert.equal((await client.take("reply")).r, 1);
    assert.deepEqual((await client.take("reply")).r, ["one"]);
    assert.equal((await client.take("reply")).r, 2);
  });

  it("know the connection and the request", async () => {
    await using kit = await openSockets();
    const client = kit.client();
    await client.hello();
    const { id } = await client.open();

    client.send({ t: "ask", c: 1, i: 1, m: "who", a: [], rid: "request-00007" });

    assert.deepEqual((await client.take("reply")).r, [null, "request-00007", id]);
  });

  it("time out, and no later than the limit of the gateway", async () => {
    await using kit = await openSockets({ limits: { callTimeoutMs: 2_000 } });
    const client = await kit.connected();

    client.send({ t: "ask", c: 1, i: 1, m: "slow", a: [], ms: 500 });
    client.send({ t: "ask", c: 1, i: 2, m: "lines", a: [], ms: 60_000 });
    await patiently(() => kit.clock.pendingTimers > 0, "the calls");
    await kit.clock.advance(600);
    const first = await client.take("fail");
    await kit.clock.advance(1_500);
    const second = await client.take("fail");

    assert.deepEqual([first.i, first.error.code], [1, "ERR_ASK_TIMEOUT"]);
    assert.deepEqual([second.i, second.error.code], [2, "ERR_ASK_TIMEOUT"]);
  });

  it("that are cancelled are not answered", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.send({ t: "ask", c: 1, i: 1, m: "slow", a: [] }, { t: "cancel", i: 1 });
    client.send({ t: "ping", n: 7 });

    assert.equal((await client.take("pong")).n, 7);
    assert.equal(client.received.length, 0);
  });

  it("for a connection that has ended fail, and can be repeated", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();
    client.send({ t: "close", c: 1 });
    await client.take("closed");

    client.send({ t: "ask", c: 1, i: 1, m: "lines", a: [] }, { t: "sub", c: 1, i: 2, e: ["said"] });

    for (const i of [1, 2]) {
      const fail = await client.take("fail");
      assert.deepEqual(
        [fail.i, fail.error.code, fail.error.outcome],
        [i, "ERR_DISCONNECTED", "not_handled"],
      );
    }
  });

  it("sent right after `open` wait for it, in order", async () => {
    await using kit = await openSockets();
    const client = kit.client();
    await client.hello();

    client.send(
      { t: "open", c: 1, type: "room", key: ["a"] },
      { t: "sub", c: 1, i: 1, e: ["said"] },
      { t: "ask", c: 1, i: 2, m: "say", a: ["hi"] },
    );

    assert.equal((await client.take("opened")).c, 1);
    assert.equal((await client.take("reply")).i, 1);
    assert.equal((await client.take("event")).t, "event");
    assert.equal((await client.take("reply")).i, 2);
  });
});

describe("a connection", () => {
  it("is opened, and told of by its hooks, until its client closes it", async () => {
    await using kit = await openSockets();
    const client = kit.client();
    await client.hello();

    const opened = await client.open(1, { params: { name: "alice" } });
    assert.deepEqual([opened.c, opened.resumed, "gap" in opened], [1, false, false]);
    assert.equal((await client.ask(1, "people")).r, 1);
    client.send({ t: "close", c: 1 });
    const closed = await client.take("closed");

    assert.deepEqual([closed.c, closed.again], [1, false]);
    assert.deepEqual(hooks, ["connect alice", "disconnect alice client"]);
  });

  for (const [what, open, code] of [
    ["by a hook", { params: { name: "banned" } }, "BANNED"],
    ["by an error of a hook", { params: { name: "broken" } }, "ERR_INTERNAL"],
    ["by the schema of its parameters", { params: { name: 1 } }, "ERR_INVALID_ARGUMENTS"],
    ["for an input that is not accepted", { input: 1 }, "ERR_INVALID_ARGUMENTS"],
    ["for a key that is empty", { key: [] }, "ERR_INVALID_KEY"],
    ["for a type that is not exposed", { type: "constructor" }, "ERR_NOT_FOUND"],
    ["for an event that does not exist", { sub: ["toString"] }, "ERR_NOT_FOUND"],
  ] as const) {
    it(`is refused ${what}`, async () => {
      await using kit = await openSockets();
      const client = kit.client();
      await client.hello();

      client.send({ t: "open", c: 1, type: "room", key: ["a"], ...open });
      const { error, again } = await client.take("closed");

      assert.deepEqual([error?.code, again], [code, false]);
      assert.deepEqual(hooks, []);
    });
  }

  it("beyond the limit of a socket is refused for now", async () => {
    await using kit = await openSockets({ limits: { connectionsPerSocket: 1 } });
    const client = await kit.connected();

    client.send({ t: "open", c: 2, type: "room", key: ["b"] });

    const { error, again } = await client.take("closed");
    assert.deepEqual([error?.code, again], ["ERR_LIMIT", true]);
  });

  it("that the actor closes is told the text, and not to come back", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.send({ t: "tell", c: 1, i: 1, m: "kick", a: ["off you go"] });
    await client.take("reply");
    const { again, error } = await client.take("closed");

    assert.deepEqual([again, error?.message], [false, "off you go"]);
  });

  it("of an actor that sleeps is told to come back", async () => {
    await using kit = await openSockets();
    const client = await kit.connected({ params: { name: "alice" } });

    client.send({ t: "tell", c: 1, i: 1, m: "sleep", a: [] });
    await client.take("reply");
    const { again, at } = await client.take("closed");
    client.send({ t: "open", c: 2, type: "room", key: ["a"], last: { id: "x", at, d: 0 } });

    assert.equal(again, true);
    assert.equal((await client.take("opened")).resumed, true);
    assert.deepEqual(hooks.slice(0, 2), ["connect alice", "disconnect alice ended"]);
  });

  it("of an actor that is destroyed is told not to come back", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.send({ t: "tell", c: 1, i: 1, m: "destroy", a: [] });
    await client.take("reply");
    const { again, error } = await client.take("closed");

    assert.deepEqual([again, error?.code], [false, "ERR_ACTOR_DESTROYED"]);
  });

  it("ends with its socket: by a close frame, or lost", async () => {
    await using kit = await openSockets();
    const alice = await kit.connected({ params: { name: "alice" } });
    const bob = await kit.connected({ params: { name: "bob" } });

    alice.socket.close(1000);
    bob.socket.terminate();
    await patiently(() => hooks.length === 4, "the hooks");

    assert.deepEqual(hooks.slice(2).sort(), ["disconnect alice client", "disconnect bob lost"]);
    await patiently(() => kit.active() === 0, "the end of the sockets");
  });

  it("whose socket is lost before it was open never exists", async () => {
    await using kit = await openSockets();
    const alice = await kit.connected({ params: { name: "alice" } });
    alice.send({ t: "ask", c: 1, i: 1, m: "slow", a: [] }, { t: "ping", n: 1 });
    await alice.take("pong");
    const bob = kit.client();
    await bob.hello();

    bob.send({ t: "open", c: 1, type: "room", key: ["a"], params: { name: "bob" } });
    bob.send({ t: "ping", n: 1 });
    await bob.take("pong");
    bob.socket.terminate();
    await patiently(() => kit.active() === 1, "the end of the socket");

    assert.deepEqual(hooks, ["connect alice"]);
    assert.equal(levelOf(kit.system.books().levels, "actor.connection.active"), 1);
  });
});
