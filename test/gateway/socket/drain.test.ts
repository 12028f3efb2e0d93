import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shutDownBy } from "../../_support/actor-system.ts";
import { holdOpen } from "../../_support/raw-http.ts";
import { hooks, levelOf, openSockets, patiently } from "../../_support/socket-kit.ts";

describe("the end of a gateway", () => {
  it("tells clients where they are, and closes sockets with 1001", async () => {
    await using kit = await openSockets();
    const client = await kit.connected({ sub: ["said"], params: { name: "alice" } });
    client.send({ t: "send", c: 1, i: 1, q: "files", b: "abc", ms: 20_000 });
    client.send({ t: "ping", n: 1 });
    await patiently(() => client.received.length === 2, "the answers");
    client.received.length = 0;

    const closing = kit.close();
    const drain = await client.take("drain");
    const closed = await client.take("closed");
    const report = await closing;

    assert.equal(drain.ms, 1_000);
    assert.deepEqual([closed.again, typeof closed.at], [true, "string"]);
    assert.equal(await client.closed(), 1001);
    assert.deepEqual(hooks, ["connect alice", "disconnect alice drained"]);
    assert.deepEqual([report.sockets, report.unknown], [1, 0]);
  });

  it("begins nothing after that", async () => {
    await using kit = await openSockets({ limits: { callTimeoutMs: 500 } });
    const client = await kit.connected();
    client.send({ t: "ask", c: 1, i: 1, m: "slow", a: [] }, { t: "ping", n: 1 });
    await client.take("pong");

    const closing = kit.gateway.close({ deadlineMs: 1_000 });
    await client.take("drain");
    client.send({ t: "ask", c: 1, i: 2, m: "lines", a: [] });
    client.send({ t: "open", c: 2, type: "room", key: ["b"] });

    const { error } = await client.take("fail");
    assert.deepEqual([error.code, error.outcome], ["ERR_DRAINING", "not_handled"]);
    const { again, error: refused } = await client.take("closed");
    assert.deepEqual([again, refused?.code], [true, "ERR_DRAINING"]);
    const late = kit.client();
    await late.closed();
    await kit.clock.advance(600);
    assert.equal((await client.take("fail")).i, 1);
    await kit.clock.advance(2_000);
    assert.equal((await closing).answered, 1);
  });

  it("sends the events of a request over HTTP that was accepted before, and where they end", async () => {
    await using kit = await openSockets();
    const client = await kit.connected({ sub: ["said"] });
    const [body, { port = 0 }] = ['["last"]', kit.gateway];
    const head = `Host: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    const target = "POST /actors/room/a/tell/say HTTP/1.1";
    const request = await holdOpen(port, `${target}\r\n${head}\r\n\r\n`);
    const requests = (): number =>
      levelOf(kit.system.books().levels, "http.server.active_requests");
    await patiently(() => requests() === 1, "the request");

    const closing = kit.gateway.close({ deadlineMs: 10_000 });
    await client.take("drain");
    for (let n = 1; n <= 5; n += 1) {
      client.send({ t: "ping", n });
      await client.take("pong");
    }
    request.end(body);

    const event = await client.take("event");
    const { at } = await client.take("closed");
    assert.equal("n" in event && event.n, at);
    assert.equal(await client.closed(), 1001);
    assert.equal((await closing).answered, 1);
  });

  it("reports what is not answered by the deadline as unknown", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();
    client.send({ t: "ask", c: 1, i: 1, m: "slow", a: [] }, { t: "ping", n: 1 });
    await client.take("pong");

    const report = await kit.close(100);

    assert.deepEqual([report.unknown, report.sockets], [1, 1]);
    assert.equal(await client.closed(), 1001);
  });

  it("comes first when its system is shut down", async () => {
    await using kit = await openSockets();
    const client = await kit.connected({ params: { name: "alice" } });
    client.send({ t: "tell", c: 1, i: 1, m: "lines", a: [] }); // on its way when the drain begins

    await shutDownBy(kit.clock, kit.system);

    assert.equal(await client.closed(), 1001);
    assert.deepEqual(
      client.received.map(({ t }) => t),
      ["drain", "fail", "closed"],
    );
    assert.deepEqual(hooks, ["connect alice", "disconnect alice drained"]);
    await patiently(() => kit.active() === 0, "the end");
  });
});
