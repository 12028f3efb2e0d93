import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ActorConnection } from "../../src/client.ts";
import { ClientWorld, connected, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { until } from "../_support/telemetry-until.ts";

/** Records each change of the status. */
function statusesOf(connection: Pick<ActorConnection<unknown>, "onStatus">): string[] {
  const statuses: string[] = [];
  connection.onStatus((status) => {
    if (statuses.at(-1) !== status) statuses.push(status);
  });
  return statuses;
}

describe("a socket that is lost", () => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1013, 4401, 4408, 4420, 4999];
  const errors: Readonly<Record<number, string>> = {
    1002: "ERR_PROTOCOL",
    1003: "ERR_PROTOCOL",
    1007: "ERR_PROTOCOL",
    1008: "ERR_PROTOCOL",
    1009: "ERR_PROTOCOL",
    4401: "ERR_TOKEN",
  };
  const delays: Readonly<Record<number, number>> = { 1013: 1_125, 4401: 0 };

  for (const code of codes) {
    const { [code]: delayMs = 125 } = delays;
    it(`with ${code} is replaced after ${delayMs} ms`, async () => {
      await using gateway = await ScriptedGateway.listen();
      const { world, room, socket } = await connected(gateway);
      const statuses = statusesOf(room);

      socket.close(code, "why");
      await until(() => room.status === "reconnecting", "the loss");
      assert.equal(room.error?.code, errors[code] ?? "ERR_DISCONNECTED");
      assert.match(room.error?.message ?? "", new RegExp(`${code}: why`));
      if (delayMs > 0) {
        await world.clock.advance(delayMs - 1);
        assert.equal(gateway.handshakes, 1);
      }
      await world.clock.advance(1);
      const next = await gateway.socket(1);
      await next.welcome();
      const { last, sub } = await next.open();
      await room.ready();

      assert.deepEqual([last?.at, sub], ["i.1.0", []]);
      assert.deepEqual(statuses, ["reconnecting", "connected"]);
      assert.equal(room.error, undefined);
      await world.client.$close();
    });
  }

  it("without a close frame is replaced", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);

    socket.cut();
    await until(() => room.status === "reconnecting", "the loss");
    await world.clock.advance(125);

    const next = await gateway.socket(1);
    await next.welcome();
    await next.open();
    await room.ready();
    await world.client.$close();
  });

  it("with 4406 ends its connections: there is no common version", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);

    socket.close(4406);
    await until(() => room.status === "closed", "the end");

    assert.equal(room.error?.code, "ERR_PROTOCOL_VERSION");
    assert.equal(world.clock.pendingTimers, 0);
  });

  it("with 4401 twice in a row ends its connections, after one new token", async () => {
    await using gateway = await ScriptedGateway.listen();
    const tokens = ["first", "second", "third"];
    const world = new ClientWorld(gateway.url, { token: () => tokens.shift() });
    const room = world.client.room.get("a").connect();

    for (const at of [0, 1]) {
      const socket = await gateway.socket(at);
      assert.equal((await socket.take("hello")).token, ["first", "second"][at]);
      socket.close(4401);
      await socket.untilClosed();
      await until(() => room.error?.code === "ERR_TOKEN", "the refusal");
      await world.clock.advance(0);
    }
    await until(() => room.status === "closed", "the end");

    assert.equal(room.error?.code, "ERR_TOKEN");
    assert.deepEqual(tokens, ["third"]);
    assert.equal(world.clock.pendingTimers, 0);
  });

  for (const text of [
    '{"t":"surprise"}',
    "{",
    "[1]",
    "null",
    '[{"t":"pong","n":0},7]',
    '{"n":1}',
  ]) {
    it(`after ${text} is lost by the client`, async () => {
      await using gateway = await ScriptedGateway.listen();
      const { world, room, socket } = await connected(gateway);

      socket.sendText(text);
      await until(() => room.status === "reconnecting", "the loss");

      assert.equal(room.error?.code, "ERR_PROTOCOL");
      assert.equal(await socket.untilClosed(), 4400);
      await world.client.$close();
    });
  }
});

describe("a handshake that fails", () => {
  it("is repeated for ever: 503 a hundred times is no end", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.handshake = 503;
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const statuses = statusesOf(room);
    const delays: number[] = [];
    let before: unknown;

    for (let times = 1; times <= 100; times += 1) {
      await until(() => room.error !== before, "the failure");
      before = room.error;
      const fromMs = clock.monotonicMs();
      if (times === 100) gateway.handshake = "take";
      while (gateway.handshakes === times) await clock.advance(125);
      delays.push(clock.monotonicMs() - fromMs);
    }
    const socket = await gateway.socket(0);
    await socket.welcome();
    await socket.open();
    await room.ready();

    assert.deepEqual(
      delays.slice(0, 9),
      [125, 250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000],
    );
    assert.equal(delays.at(-1), 15_000);
    assert.deepEqual(statuses, ["connecting", "connected"]);
    await client.$close();
  });

  it("without an answer is given up after 10 s", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.handshake = "wait";
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    await until(() => gateway.handshakes === 1, "the handshake");

    await clock.advance(9_999);
    assert.equal(room.error, undefined);
    gateway.handshake = "take";
    await clock.advance(1 + 125);

    assert.equal(room.status, "connecting");
    const socket = await gateway.socket(0);
    await socket.welcome();
    await socket.open();
    await room.ready();
    await client.$close();
  });

  it("without a token is repeated, and calls over HTTP reject", async () => {
    await using gateway = await ScriptedGateway.listen();
    let isThere = false;
    const token = async (): Promise<string> => {
      if (!isThere) throw new Error("no network");
      return "second";
    };
    const { client, clock } = new ClientWorld(gateway.url, { token });
    const room = client.room.get("a").connect();
    await until(() => room.error !== undefined, "the failure");

    assert.equal(room.error?.code, "ERR_TOKEN");
    assert.match(String(room.error?.cause), /no network/);
    assert.equal(room.status, "connecting");
    assert.equal((await rejection(client.room.get("a").ask.lines())).code, "ERR_TOKEN");
    isThere = true;
    await clock.advance(125);
    const socket = await gateway.socket(0);
    assert.equal((await socket.welcome()).token, "second");
    await client.$close();
  });

  it("is repeated at once when the network is back", async () => {
    await using gateway = await ScriptedGateway.listen();
    gateway.handshake = 503;
    const world = new ClientWorld(gateway.url);
    const room = world.client.room.get("a").connect();
    await until(() => room.error !== undefined, "the failure");

    gateway.handshake = "take";
    world.wake();

    const socket = await gateway.socket(0);
    await socket.welcome();
    await world.client.$close();
  });
});

describe("a gateway that is silent", () => {
  it("is asked after 15 s, and lost 10 s after that", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const statuses = statusesOf(room);

    await world.clock.advance(14_999);
    assert.deepEqual(socket.messages, []);
    await world.clock.advance(1);
    assert.equal((await socket.take("ping")).t, "ping");
    await world.clock.advance(9_999);
    assert.deepEqual(statuses, []);
    await world.clock.advance(1);

    assert.equal(room.status, "reconnecting");
    assert.equal(await socket.untilClosed(), 4408);
    await world.clock.advance(125);
    const next = await gateway.socket(1);
    await next.welcome();
    await next.open();
    await room.ready();
    assert.deepEqual(statuses, ["reconnecting", "connected"]);
    await world.client.$close();
  });

  it("is not lost while anything comes, nor asked", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    let events = 0;
    room.on("typing", () => (events += 1));
    await socket.take("sub");

    for (let times = 1; times <= 10; times += 1) {
      await world.clock.advance(14_000);
      socket.send({ t: "event", c, d: times, e: "typing" });
      await until(() => events === times, "the event");
    }
    assert.deepEqual(socket.messages, []);
    await world.clock.advance(15_000);
    const { n } = await socket.take("ping");
    socket.send({ t: "pong", n });
    await world.clock.advance(9_000);
    socket.send({ t: "event", c, d: 11, e: "typing" });
    await until(() => events === 11, "the event");
    await world.clock.advance(10_000);

    assert.equal(room.status, "connected");
    await world.client.$close();
  });

  it("is not lost if it answers before the clock has moved on: browsers round times", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    let events = 0;
    room.on("typing", () => (events += 1));
    await socket.take("sub");
    await world.clock.advance(15_000);

    const { n } = await socket.take("ping");
    socket.send({ t: "pong", n }, { t: "event", c, d: 1, e: "typing" });
    await until(() => events === 1, "the event");
    await world.clock.advance(14_999);

    assert.equal(room.status, "connected");
    assert.deepEqual(socket.messages, []);
    await world.client.$close();
  });

  it("is asked at once when the page is visible again", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);

    world.wake();
    world.wake();
    await socket.take("ping");
    await world.clock.advance(10_000);

    assert.equal(room.status, "reconnecting");
    assert.deepEqual(socket.messages, []);
    await world.client.$close();
  });
});

describe("the back-off", () => {
  it("goes on after a connection that was short, and begins again after one of 10 s", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room } = await connected(gateway);

    for (const [at, [lastedMs, delayMs]] of [
      [0, 125],
      [0, 250],
      [9_999, 500],
      [10_000, 125],
    ].entries()) {
      await world.clock.advance(lastedMs ?? 0);
      gateway.sockets.at(-1)?.cut();
      await until(() => room.status === "reconnecting", "the loss");
      await world.clock.advance((delayMs ?? 0) - 1);
      assert.equal(gateway.handshakes, at + 1, `${lastedMs}`);
      await world.clock.advance(1);
      const next = await gateway.socket(at + 1);
      await next.welcome();
      await next.open();
      await room.ready();
    }
    await world.client.$close();
  });
});

describe("the status", () => {
  it("is never connected between the loss and the confirmation", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const { clock } = world;
    const seen = new Set<string>();
    let isWatched = true;
    const watch = (): void => {
      seen.add(room.status);
      if (isWatched) setImmediate(() => queueMicrotask(watch));
    };
    socket.cut();
    await until(() => room.status !== "connected", "the loss");
    watch();

    const lost = room.error;
    gateway.handshake = 503;
    await clock.advance(125);
    await until(() => room.error !== lost, "a failure");
    gateway.handshake = "take";
    await clock.advance(250);
    const next = await gateway.socket(1);
    await next.take("hello");
    next.send({ t: "welcome", v: 1, pingMs: 15_000, frameBytes: 1_000 });
    const { c } = await next.take("open");
    await clock.advance(1);
    isWatched = false;
    assert.deepEqual([...seen], ["reconnecting"]);

    next.send({ t: "opened", c, id: "id", a: 1, at: "i.1.0", resumed: true });
    await room.ready();
    assert.equal(room.status, "connected");
    await world.client.$close();
  });
});
