import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientWorld } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { until } from "../_support/telemetry-until.ts";

describe("the token of a socket", () => {
  it("is renewed before its end, again and again", async () => {
    await using gateway = await ScriptedGateway.listen();
    const tokens = ["first", "second", "third"];
    const { client, clock } = new ClientWorld(gateway.url, { token: () => tokens.shift() });
    const room = client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome({ expMs: 40_000 });
    await socket.open();
    await room.ready();

    await clock.advance(19_999);
    const { n } = await socket.take("ping");
    socket.send({ t: "pong", n });
    await clock.advance(1);
    const { i, token } = await socket.take("auth");
    assert.equal(token, "second");
    socket.send({ t: "reply", i, r: { expMs: 32_000 } });
    await until(() => clock.pendingTimers === 2, "the next renewal");
    await clock.advance(16_000);
    await socket.take("ping");
    assert.equal((await socket.take("auth")).token, "third");
    await client.$close();
  });

  it("is not renewed if it is always the same", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url, { token: "same" });
    const room = client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome({ expMs: 4_000 });
    await socket.open();
    await room.ready();

    await clock.advance(5_000);

    assert.deepEqual(socket.messages, []);
    await client.$close();
  });

  it("that cannot be renewed leaves the socket as it is", async () => {
    await using gateway = await ScriptedGateway.listen();
    const tokens = ["first"];
    const token = async (): Promise<string> => {
      const next = tokens.shift();
      if (next === undefined) throw new Error("no network");
      return next;
    };
    const { client, clock } = new ClientWorld(gateway.url, { token });
    const room = client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome({ expMs: 4_000 });
    await socket.open();
    await room.ready();

    await clock.advance(5_000);

    assert.equal(room.status, "connected");
    await client.$close();
  });
});
