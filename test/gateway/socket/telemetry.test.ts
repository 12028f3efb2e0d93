import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { propagation } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { pino } from "pino";
import { openSockets, patiently } from "../../_support/socket-kit.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;

describe("metrics of sockets", () => {
  it("count their bytes as the client does, their calls, and their ends", async () => {
    await using kit = await openSockets();
    const { telemetry } = kit;
    const client = await kit.connected({ sub: ["said"] });
    client.send({ t: "ask", c: 1, i: 1, m: "say", a: ["hi"] });
    client.send({ t: "ask", c: 1, i: 2, m: "hidden", a: [] });
    client.send({ t: "ask", c: 1, i: 3, m: "boom", a: [] });
    await patiently(() => client.received.length === 4, "the answers");

    const io = (direction: string): Promise<number> =>
      telemetry.value("gateway.io", {
        "network.io.direction": direction,
        "gateway.transport": "websocket",
      });
    assert.equal(await io("receive"), client.sentBytes);
    assert.equal(await io("transmit"), client.bytes);
    const calls = (method: string, code: string): Promise<number> =>
      telemetry.value("rpc.server.call.duration", {
        "rpc.method": method,
        "rpc.status_code": code,
      });
    assert.deepEqual(
      [
        await calls("room/open", "OK"),
        await calls("room/say", "OK"),
        await calls("room/boom", "ERR_INTERNAL"),
        await calls("_OTHER", "ERR_NOT_FOUND"),
      ],
      [1, 1, 1, 1],
    );
    assert.equal(await telemetry.value("actor.event.delivered", { "actor.type": "room" }), 1);
    assert.equal(kit.active(), 1);
    client.socket.close(1000);
    await patiently(() => kit.active() === 0, "the end");
    const closed = await telemetry.value("gateway.socket.closed", {
      "gateway.close.code": "1000",
      "gateway.close.side": "client",
    });
    assert.equal(closed, 1);
  });

  it("name no code that a client has made up", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.socket.close(4_777);
    await patiently(() => kit.active() === 0, "the end");

    const attributes = { "gateway.close.code": "_OTHER", "gateway.close.side": "client" };
    assert.equal(await kit.telemetry.value("gateway.socket.closed", attributes), 1);
  });
});

describe("spans of sockets", () => {
  before(() => propagation.setGlobalPropagator(new W3CTraceContextPropagator()));
  after(() => propagation.disable());

  it("belong to the trace of the message, and tell it in the reply", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();

    client.send({ t: "ask", c: 1, i: 1, m: "lines", a: [], tp: PARENT, rid: "request-00001" });
    const { tr } = await client.take("reply");
    client.send({ t: "ask", c: 1, i: 2, m: "lines", a: [], tp: "00-bad-bad-00" });
    const second = await client.take("reply");

    const spans = kit.telemetry.spans();
    const call = spans.find(({ name, attributes }) => {
      return name === "room/lines" && attributes["actor.request.id"] === "request-00001";
    });
    assert.equal(call?.spanContext().traceId, TRACE);
    assert.equal(tr, `00-${TRACE}-${call?.spanContext().spanId}-01`);
    assert.notEqual(second.tr?.slice(3, 35), TRACE);
    const handled = spans.filter((span) => span.spanContext().traceId === TRACE);
    assert.ok(handled.some(({ name }) => name === "room.lines"));
  });

  it("without a trace are linked: the message to its connection, that to its handshake", async () => {
    await using kit = await openSockets();
    const client = await kit.connected();
    await client.ask(1, "lines");

    const spans = kit.telemetry.spans();
    const find = (name: string): (typeof spans)[number] | undefined =>
      spans.find((span) => span.name === name);
    const [upgrade, open, call] = [find("GET /connect"), find("room/open"), find("room/lines")];
    assert.equal(open?.links[0]?.context.spanId, upgrade?.spanContext().spanId);
    assert.equal(call?.links[0]?.context.spanId, open?.spanContext().spanId);
    assert.equal(upgrade?.attributes["http.response.status_code"], 101);
  });
});

describe("log lines of sockets", () => {
  it("say that a token, a new token or a subscription was refused", async () => {
    const lines: Record<string, unknown>[] = [];
    const write = (line: string): void => void lines.push(JSON.parse(line));
    const logger = pino({ level: "warn", base: null }, { write });
    const token = "a-token-of-16-or-more";
    await using kit = await openSockets({ auth: { [token]: { id: "alice" } } }, { logger });
    const wrong = await kit.client().opened();
    wrong.send({ t: "hello", v: [1], token: "not-one-of-the-tokens" });
    await wrong.closed();
    const client = kit.client();
    await client.hello({ token });
    await client.open();

    client.send(
      { t: "auth", i: 1, token: "not-one-of-the-tokens" },
      { t: "sub", c: 1, i: 2, e: ["hidden"] },
    );
    await client.take("fail");
    await client.take("fail");

    assert.deepEqual(
      lines.map(({ event, code, method, status }) => [event, code, method, status]),
      [
        ["gateway.refused", "ERR_TOKEN", "hello", 401],
        ["gateway.refused", "ERR_TOKEN", "auth", 401],
        ["gateway.refused", "ERR_NOT_FOUND", "sub", 404],
      ],
    );
    assert.doesNotMatch(JSON.stringify(lines), /not-one-of/);
  });
});
