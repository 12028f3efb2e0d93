import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientWorld, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { until } from "../_support/telemetry-until.ts";

describe("the socket of a client", () => {
  it("is opened for the first connection, with the subprotocol and no token in its URL", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(`${gateway.url}/api`, { token: "secret" });
    assert.equal(gateway.handshakes, 0);

    const room = client.room.get("a").connect();
    const socket = await gateway.socket(0);

    assert.equal(socket.handshake.url, "/api/connect");
    assert.equal(socket.handshake.headers["sec-websocket-protocol"], "limelight");
    assert.deepEqual(await socket.welcome(), { t: "hello", v: [1], token: "secret" });
    assert.equal(room.status, "connecting");
    await client.$close();
  });

  it("opens each connection with what it was given, after the welcome", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url, {
      inject: (carrier) => {
        carrier["traceparent"] = "00-1-2-01";
        carrier["x-request-id"] = "request-1";
      },
    });
    const handle = client.room.get(["a", "b"], { input: { size: 3 } });

    const room = handle.connect({ params: { name: "alice" } });
    room.on("said", () => undefined);
    const socket = await gateway.socket(0);
    await socket.take("hello");
    assert.deepEqual(socket.messages, []);
    socket.send({ t: "welcome", v: 1, pingMs: 15_000, frameBytes: 1_000 });

    assert.deepEqual(await socket.take("open"), {
      t: "open",
      c: 1,
      type: "room",
      key: ["a", "b"],
      params: { name: "alice" },
      input: { size: 3 },
      sub: ["said"],
      tp: "00-1-2-01",
      rid: "request-1",
    });
    await client.$close();
  });

  it("is closed although the gateway does not say that the connection has ended", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);
    client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome();
    await socket.open();
    socket.answersClose = false;

    let isClosed = false;
    const closing = client.$close().then(() => {
      isClosed = true;
    });
    await socket.take("close");
    assert.equal(isClosed, false);
    await clock.advance(5_000);

    await closing;
  });

  it("is shared by all connections, and closed with the last", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);
    const first = client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await socket.open();
    const second = client.room.get("b").connect();
    const { c: other } = await socket.open();
    await Promise.all([first.ready(), second.ready()]);

    const closing = first.close();
    assert.equal(first.status, "closed");
    assert.deepEqual(await socket.take("close"), { t: "close", c });
    await closing;
    assert.equal(second.status, "connected");
    const ending = client.$close();
    assert.deepEqual(await socket.take("close"), { t: "close", c: other });
    await ending;

    assert.equal(await socket.untilClosed(), 1000);
    assert.equal(gateway.sockets.length, 1);
    assert.equal(clock.pendingTimers, 0);
  });

  it("is opened anew for a connection after the last was closed", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    await gateway.socket(0);
    await room.close();

    const again = client.room.get("a").connect();
    const socket = await gateway.socket(1);
    await socket.welcome();
    await socket.open();
    await again.ready();
    assert.equal(again.status, "connected");
    await client.$close();
  });

  it("is not opened by a connection that is closed at once", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);

    await client.room.get("a").connect()[Symbol.asyncDispose]();

    assert.equal(gateway.handshakes, 0);
    assert.equal(clock.pendingTimers, 0);
  });
});

describe("a connection", () => {
  it("is connected once it is opened, and ready then", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const statuses: string[] = [];
    room.onStatus((status) => statuses.push(status));
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await socket.take("open");
    assert.equal(room.status, "connecting");

    socket.send({ t: "opened", c, id: "id", a: 7, at: "i.1.0", resumed: false });
    await room.ready();

    assert.deepEqual(statuses, ["connected"]);
    assert.equal(room.error, undefined);
    await client.$close();
  });

  it("that is refused is closed for good, and says why", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const ready = rejection(room.ready());
    const next = rejection(room.once("said"));
    const call = rejection(room.ask.lines());
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await socket.take("open");
    const error = {
      code: "BANNED",
      message: "you are banned",
      outcome: "failed",
      requestId: "request-1",
      data: { until: 7 },
    } as const;

    socket.send({ t: "closed", c, again: false, error });

    for (const rejected of await Promise.all([ready, next, call])) {
      assert.equal(rejected.code, "BANNED");
      assert.deepEqual(rejected.data, { until: 7 });
    }
    assert.equal(room.status, "closed");
    assert.equal(room.error?.message, "you are banned");
    assert.equal((await rejection(room.ask.lines())).code, "BANNED");
    assert.equal(await socket.untilClosed(), 1000);
    assert.equal(clock.pendingTimers, 0);
  });

  it("that the actor ends is opened again within a second, with what it has received", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome();
    const { c } = await socket.open();
    await room.ready();

    socket.send({ t: "closed", c, again: true, at: "i.1.9" });
    await until(() => room.status === "reconnecting", "the end");
    await clock.advance(499);
    assert.deepEqual(socket.messages, []);
    await clock.advance(1);

    const open = await socket.open({ at: "i.2.0", resumed: true });
    assert.deepEqual(open.last, { id: `id-${c}`, at: "i.1.9", d: 0 });
    await room.ready();
    assert.equal(room.status, "connected");
    await client.$close();
  });

  it("that is ended again and again is opened more and more seldom", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome();
    const delays: number[] = [];

    for (let times = 0; times < 4; times += 1) {
      const { c } = await socket.take("open");
      const before = room.error;
      socket.send({ t: "closed", c, again: true });
      await until(() => room.error !== before, "the end");
      const fromMs = clock.monotonicMs();
      while (socket.messages.length === 0) await clock.advance(50);
      delays.push(clock.monotonicMs() - fromMs);
    }

    assert.deepEqual(delays, [500, 250, 500, 1_000]);
    await client.$close();
  });
});
