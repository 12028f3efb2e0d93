import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientWorld, connected, failure, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { until } from "../_support/telemetry-until.ts";

const said = (number: number, text: string) =>
  ({ t: "event", a: 7, n: `i.1.${number}`, e: "said", b: { text } }) as const;

describe("events of a connection", () => {
  it("are subscribed to with the first listener, and given up with the last", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);

    const off = room.on("said", () => undefined);
    const offTyping = room.on("typing", () => undefined);
    const sub = await socket.take("sub");
    assert.deepEqual([sub.c, sub.e], [c, ["said", "typing"]]);
    socket.send({ t: "reply", i: sub.i });
    const offSecond = room.on("said", () => undefined);
    off();
    offTyping();
    assert.deepEqual((await socket.take("unsub")).e, ["typing"]);
    offSecond();
    assert.deepEqual((await socket.take("unsub")).e, ["said"]);
    await world.client.$close();
  });

  it("stay subscribed to when a listener is replaced at once, as React does", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const off = room.on("said", () => undefined);
    await socket.take("sub");

    off();
    room.on("said", () => undefined);
    await Promise.resolve();
    const told = room.tell.say("next");

    const { i } = await socket.take("tell");
    socket.send({ t: "reply", i });
    await told;
    await world.client.$close();
  });

  it("are given to their listeners, with position and trace", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    const seen: unknown[] = [];
    room.on("said", (body, meta) => seen.push([body, meta]));
    room.on("said", () => seen.push("second"));
    room.on("typing", (who) => seen.push(who));

    socket.send(
      { ...said(1, "hi"), tp: "00-1-2-01" },
      { t: "event", c, d: 1, e: "typing", b: "bob" },
      { t: "event", a: 8, n: "i.1.1", e: "typing", b: "of another actor" },
      { t: "event", a: 7, n: "i.1.2", e: "other" },
    );
    await until(() => seen.length === 3, "three events");

    assert.deepEqual(seen, [
      [{ text: "hi" }, { position: "i.1.1", trace: "00-1-2-01" }],
      "second",
      "bob",
    ]);
    await world.client.$close();
  });

  it("of two connections to one actor are apart", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const other = world.client.room.get("a").connect();
    await socket.open({ a: 8 });
    await other.ready();
    const seen: string[] = [];
    room.on("said", ({ text }) => seen.push(`first: ${text}`));
    other.on("said", ({ text }) => seen.push(`second: ${text}`));

    socket.send(said(1, "one"), { ...said(1, "one"), a: 8 }, said(2, "two"));
    await until(() => seen.length === 3, "three events");

    assert.deepEqual(seen, ["first: one", "second: one", "first: two"]);
    await world.client.$close();
  });

  it("reach the other listeners if one throws, and what it throws is reported", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const seen: unknown[] = [];
    room.on("said", () => {
      throw new Error("first");
    });
    room.on("said", async () => {
      throw new Error("second");
    });
    room.on("said", () => seen.push("third"));

    socket.send(said(1, "hi"));
    await until(() => world.reported.length === 2 && seen.length === 1, "three listeners");

    assert.deepEqual(world.reported.map(String), ["Error: first", "Error: second"]);
    await world.client.$close();
  });

  it("can be awaited, or the wait be aborted", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const controller = new AbortController();

    const next = room.once("said");
    const aborted = rejection(room.once("typing", { signal: controller.signal }));
    assert.deepEqual((await socket.take("sub")).e, ["said", "typing"]);
    controller.abort();
    assert.equal((await aborted).code, "ERR_ABORTED");
    assert.deepEqual((await socket.take("unsub")).e, ["typing"]);
    socket.send(said(1, "hi"));

    assert.deepEqual(await next, { text: "hi" });
    const left = rejection(room.once("said"));
    await world.client.$close();
    assert.equal((await left).code, "ERR_DISCONNECTED");
  });

  it("are subscribed to again if the gateway could not say whether they may be", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    room.on("said", () => undefined);
    const { i } = await socket.take("sub");
    const { error } = failure(503, "ERR_AUTH_UNAVAILABLE", "not_handled").body;

    socket.send({ t: "fail", i, error });
    await until(() => world.clock.pendingTimers === 2, "the delay");
    await world.clock.advance(1_000);

    assert.deepEqual((await socket.take("sub")).e, ["said"]);
    assert.equal(room.error, undefined);
    await world.client.$close();
  });

  it("that the caller may not get are an error, and not asked for after a reconnect", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    room.on("said", () => undefined);
    const { i } = await socket.take("sub");
    const error = {
      code: "ERR_FORBIDDEN",
      message: "no",
      outcome: "not_handled",
      requestId: "1",
    } as const;

    socket.send({ t: "fail", i, error });
    await until(() => room.error?.code === "ERR_FORBIDDEN", "the refusal");
    assert.equal(room.status, "connected");
    socket.cut();
    await until(() => room.status === "reconnecting", "the loss");
    await world.clock.advance(125);

    const next = await gateway.socket(1);
    await next.welcome();
    assert.deepEqual((await next.take("open")).sub, []);
    await world.client.$close();
  });
});

describe("the order of replies and events", () => {
  it("is that of the actor, also where they arrive in one frame", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const seen: unknown[] = [];
    room.on("said", ({ text }) => seen.push(text));
    const load = async (): Promise<readonly string[]> => await room.ask.lines();
    const loading = (async () => {
      const lines = await load();
      await Promise.resolve();
      seen.push(lines);
    })();
    await socket.take("sub");
    const { i } = await socket.take("ask");

    socket.send(said(1, "before"), { t: "reply", i, r: ["before"] }, said(2, "after"));
    await loading;
    await until(() => seen.length === 3, "all of it");

    assert.deepEqual(seen, ["before", ["before"], "after"]);
    await world.client.$close();
  });

  it("is kept when the socket is lost right after it", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const seen: unknown[] = [];
    room.on("said", ({ text }) => seen.push(text));
    const loading = room.ask.lines().then((lines) => seen.push(lines));
    await socket.take("sub");
    const { i } = await socket.take("ask");

    socket.send({ t: "reply", i, r: ["before"] }, said(2, "after"));
    socket.close(1001);
    await loading;
    await until(() => room.status === "reconnecting" && seen.length === 2, "the loss");
    await world.clock.advance(125);

    assert.deepEqual(seen, [["before"], "after"]);
    const next = await gateway.socket(1);
    await next.welcome();
    assert.equal((await next.take("open")).last?.at, "i.1.2");
    await world.client.$close();
  });
});

describe("a resync", () => {
  it("is called once after the first connect, also for a listener that comes later", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room } = await connected(gateway);
    const seen: unknown[] = [];
    room.onResync(({ reason }) => seen.push(reason));
    const off = room.onResync(() => seen.push("removed"));
    off();

    await until(() => seen.length === 1, "the first resync");

    assert.deepEqual(seen, ["first"]);
    await world.client.$close();
  });

  it("can call the actor: the connection is there", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const lines = new Promise((resolve) => room.onResync(() => resolve(room.ask.lines())));
    const socket = await gateway.socket(0);
    await socket.welcome();
    await socket.open();
    const { i } = await socket.take("ask");
    socket.send({ t: "reply", i, r: ["a"] });

    assert.deepEqual(await lines, ["a"]);
    await client.$close();
  });

  it("tells of a gap after a reconnect, and only then", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    const seen: unknown[] = [];
    room.onResync((resync) => seen.push(resync));
    await until(() => seen.length === 1, "the first resync");
    socket.send(said(1, "a"), { t: "event", c, d: 3, e: "typing" }, said(2, "b"));

    for (const gap of [undefined, { reason: "events_lost", missed: 5 } as const]) {
      const before = gateway.sockets.length;
      gateway.sockets.at(-1)?.close(1001);
      await until(() => room.status === "reconnecting", "the loss");
      await world.clock.advance(500);
      const next = await gateway.socket(before);
      await next.welcome();
      const open = await next.open({
        at: "i.1.7",
        resumed: gap === undefined,
        ...(gap && { gap }),
      });
      await room.ready();
      const last = { id: `id-${c}`, at: "i.1.2", d: 3 };
      if (gap === undefined) assert.deepEqual(open.last, last);
      else assert.deepEqual({ ...open.last, id: "" }, { id: "", at: "i.1.7", d: 3 });
    }

    assert.deepEqual(seen, [
      { reason: "first", missed: undefined },
      { reason: "events_lost", missed: 5 },
    ]);
    await world.client.$close();
  });

  it("is repeated after the next connect if its listener has failed because of the loss", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const seen: unknown[] = [];
    room.onResync(async ({ reason }) => {
      seen.push(reason);
      seen.push(...(await room.ask.lines()));
    });
    await socket.take("ask");

    socket.cut();
    await until(() => room.status === "reconnecting", "the loss");
    await world.clock.advance(125);
    const next = await gateway.socket(1);
    await next.welcome();
    await next.open({ resumed: true });
    const { i } = await next.take("ask");
    next.send({ t: "reply", i, r: ["a"] });
    await until(() => seen.length === 3, "the second attempt");

    assert.deepEqual(seen, ["first", "first", "a"]);
    assert.deepEqual(world.reported, []);
    await world.client.$close();
  });

  it("is repeated after a while if a call of its listener was not answered, and the connection stays", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const seen: unknown[] = [];
    room.onResync(async ({ reason }) => {
      seen.push(reason);
      seen.push(...(await room.ask.lines()));
    });
    const error = {
      code: "ERR_RUNNER_LOST",
      message: "lost",
      outcome: "unknown",
      requestId: "r",
    } as const;
    socket.send({ t: "fail", i: (await socket.take("ask")).i, error });
    let next: { readonly i: number } | undefined;
    void socket.take("ask").then((ask) => {
      next = ask;
    });
    while (next === undefined) {
      await world.clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.send({ t: "reply", i: next.i, r: ["a"] });
    await until(() => seen.length === 3, "the second attempt");

    assert.deepEqual(seen, ["first", "first", "a"]);
    assert.deepEqual(world.reported, []);
    await world.client.$close();
  });

  it("leaves no timer behind when the connection is closed, or its listener removed, before it is repeated", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const error = { code: "ERR_RUNNER_LOST", message: "lost", outcome: "unknown" } as const;
    const timers = world.clock.pendingTimers;
    let failures = 0;
    const failed = async (): Promise<() => void> => {
      const before = failures;
      const off = room.onResync(async () => {
        await room.ask.lines().finally(() => (failures += 1));
      });
      const { i } = await socket.take("ask");
      socket.send({ t: "fail", i, error: { ...error, requestId: "r" } });
      const isScheduled = (): boolean => world.clock.pendingTimers === timers + 1;
      await until(() => failures > before && isScheduled(), "the next attempt");
      return off;
    };

    const off = await failed();
    off();
    assert.equal(world.clock.pendingTimers, timers);
    await failed();
    await world.client.$close();

    assert.equal(world.clock.pendingTimers, 0);
  });

  it("is reported, and not repeated before the next connect, if its listener fails for other reasons", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room } = await connected(gateway);
    let calls = 0;
    room.onResync(async () => {
      calls += 1;
      throw new Error("no");
    });
    await until(() => world.reported.length === 1, "the failure");
    await world.clock.advance(1_000);

    assert.equal(calls, 1);
    await world.client.$close();
  });

  it("tells of events that were left out while connected", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    const seen: unknown[] = [];
    room.on("said", ({ text }) => seen.push(text));
    room.onResync(({ reason, missed }) => seen.push([reason, missed]));
    await until(() => seen.length === 1, "the first resync");

    const gap = { reason: "slow", missed: 3 } as const;
    socket.send(said(1, "a"), { t: "gap", c, at: "i.1.4", gap }, said(5, "b"));
    await until(() => seen.length === 4, "the gap");

    assert.deepEqual(seen.slice(1), ["a", ["slow", 3], "b"]);
    await world.client.$close();
  });
});
