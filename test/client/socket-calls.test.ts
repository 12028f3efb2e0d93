import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientWorld, connected, failure, rejection } from "../_support/client-world.ts";
import { ScriptedGateway } from "../_support/scripted-gateway.ts";
import { until } from "../_support/telemetry-until.ts";

describe("a call of a connection", () => {
  it("goes through the socket, and resolves with the reply", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway, {
      inject: (carrier) => {
        carrier["traceparent"] = "00-1-2-01";
      },
    });

    const call = room.with({ timeoutMs: 1_000 }).ask.say("hi");
    const { i, ...ask } = await socket.take("ask");
    assert.deepEqual(ask, { t: "ask", c, m: "say", a: ["hi"], ms: 950, tp: "00-1-2-01" });
    socket.send({ t: "reply", i: i + 1, r: "of another" }, { t: "reply", i });

    assert.equal(await call, undefined);
    assert.equal(gateway.requests.length, 0);
    assert.equal(world.clock.pendingTimers, 1, "only that of the ping");
    await world.client.$close();
  });

  it("tells, sends to queues and waits for their replies", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);

    const told = room.tell.say("hi");
    const { i: tell, ...tellRest } = await socket.take("tell");
    assert.deepEqual(tellRest, { t: "tell", c, m: "say", a: ["hi"] });
    socket.send({ t: "reply", i: tell });
    const sent = room.queue.files.send({ path: "a" });
    const { i: send, ...sendRest } = await socket.take("send");
    assert.deepEqual(sendRest, { t: "send", c, q: "files", b: { path: "a" } });
    socket.send({ t: "reply", i: send, r: { id: "07" } });
    const asked = room.queue.files.ask({ path: "b" });
    const { i: ask, ...askRest } = await socket.take("send");
    assert.deepEqual(askRest, { t: "send", c, q: "files", b: { path: "b" }, ms: 9_800 });
    socket.send({ t: "reply", i: ask, r: 5 });

    assert.deepEqual(await Promise.all([told, sent, asked]), [undefined, "07", 5]);
    await world.client.$close();
  });

  it("rejects with what the gateway says, and is repeated as over HTTP", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);

    const call = rejection(room.ask.lines());
    const first = await socket.take("ask");
    const overloaded = failure(503, "ERR_OVERLOADED", "not_handled").body;
    socket.send({ t: "fail", i: first.i, ...overloaded });
    await until(() => world.clock.pendingTimers === 3, "the repeat");
    await world.clock.advance(100);
    const second = await socket.take("ask");
    assert.ok(second.i > first.i);
    assert.equal(second.ms, 9_700);
    socket.send({ t: "fail", i: second.i, ...failure(400, "BANNED", "failed", { data: 1 }).body });

    const error = await call;
    assert.deepEqual([error.code, error.outcome, error.data], ["BANNED", "failed", 1]);
    assert.equal(error.status, undefined);
    await world.client.$close();
  });

  it("is cancelled by its signal and by its time-out", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const controller = new AbortController();

    const aborted = rejection(room.with({ signal: controller.signal }).ask.lines());
    const first = await socket.take("ask");
    controller.abort();
    assert.deepEqual(await socket.take("cancel"), { t: "cancel", i: first.i });
    const late = rejection(room.with({ timeoutMs: 500 }).ask.lines());
    const second = await socket.take("ask");
    await world.clock.advance(500);
    assert.deepEqual(await socket.take("cancel"), { t: "cancel", i: second.i });
    socket.send({ t: "reply", i: first.i, r: 1 }, { t: "reply", i: second.i, r: 2 });

    assert.deepEqual([(await aborted).code, (await aborted).outcome], ["ERR_ABORTED", "unknown"]);
    assert.deepEqual([(await late).code, (await late).outcome], ["ERR_ASK_TIMEOUT", "unknown"]);
    await world.client.$close();
  });

  it("is refused by the client itself if it is too large or no JSON", async () => {
    await using gateway = await ScriptedGateway.listen();
    const world = new ClientWorld(gateway.url);
    const room = world.client.room.get("a").connect();
    const socket = await gateway.socket(0);
    await socket.welcome({ frameBytes: 200 });
    await socket.open();

    const large = await rejection(room.ask.say("é".repeat(80)));
    const strange = await rejection(room.ask.say(1n as never));
    const small = room.ask.say("e".repeat(80));

    assert.deepEqual([large.code, large.outcome], ["ERR_BODY_TOO_LARGE", "not_handled"]);
    assert.equal(strange.code, "ERR_INVALID_ARGUMENTS");
    const { i } = await socket.take("ask");
    socket.send({ t: "reply", i });
    await small;
    await world.client.$close();
  });

  it("waits for the first connect, within its own time", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { client, clock } = new ClientWorld(gateway.url);
    const room = client.room.get("a").connect();
    const call = room.ask.lines();
    const late = rejection(room.with({ timeoutMs: 300 }).ask.lines());
    const socket = await gateway.socket(0);
    await socket.take("hello");
    await clock.advance(300);
    assert.deepEqual([(await late).code, (await late).outcome], ["ERR_ASK_TIMEOUT", "not_handled"]);
    socket.send({ t: "welcome", v: 1, pingMs: 15_000, frameBytes: 1_000 });
    await socket.open();

    const { i, ms } = await socket.take("ask");
    assert.equal(ms, 9_500);
    socket.send({ t: "reply", i, r: ["a"] });

    assert.deepEqual(await call, ["a"]);
    assert.deepEqual(socket.messages, []);
    await client.$close();
  });
});

describe("a call in a gap", () => {
  it("is unknown if it was under way, and rejects at once if it was not", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const call = rejection(room.ask.lines());
    await socket.take("ask");

    socket.cut();

    const lost = await call;
    assert.deepEqual([lost.code, lost.outcome], ["ERR_DISCONNECTED", "unknown"]);
    assert.equal(room.status, "reconnecting");
    const timers = world.clock.pendingTimers;
    const refused = await rejection(room.ask.lines());
    assert.deepEqual([refused.code, refused.outcome], ["ERR_DISCONNECTED", "not_handled"]);
    assert.equal(world.clock.pendingTimers, timers);
    await world.client.$close();
  });

  it("is made after it if it is idempotent, begun before or in it", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket } = await connected(gateway);
    const idempotent = room.with({ idempotent: true });
    const before = idempotent.ask.lines();
    await socket.take("ask");
    socket.cut();
    await until(() => room.status === "reconnecting", "the loss");
    const during = idempotent.ask.lines();

    await world.clock.advance(125);
    const next = await gateway.socket(1);
    await next.welcome();
    await next.open();
    const first = await next.take("ask");
    next.send({ t: "reply", i: first.i, r: ["during"] });
    await world.clock.advance(100);
    const second = await next.take("ask");
    next.send({ t: "reply", i: second.i, r: ["before"] });

    assert.deepEqual(await Promise.all([before, during]), [["before"], ["during"]]);
    await world.client.$close();
  });

  it("is made at once if only the connection has ended: it is opened for the call", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    const resyncs: string[] = [];
    room.onResync(({ reason }) => resyncs.push(reason));
    const early = room.ask.lines();
    const { i: first } = await socket.take("ask");
    socket.send({ t: "closed", c, again: true, at: "i.1.3" });
    await until(() => room.status === "reconnecting", "the end");

    const late = room.ask.lines();
    await socket.open({ at: "i.2.0", resumed: true });
    const { i: second } = await socket.take("ask");
    socket.send({ t: "reply", i: second, r: ["late"] }, { t: "reply", i: first, r: ["early"] });

    assert.deepEqual(await Promise.all([early, late]), [["early"], ["late"]]);
    assert.deepEqual(
      resyncs,
      ["first", "actor_restarted"],
      "the early reply may be newer than events",
    );
    await world.client.$close();
  });

  it("is made after it if the gateway was draining: it was certainly not handled", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room, socket, c } = await connected(gateway);
    const drained = new Promise((resolve) => room.on("typing", resolve));
    await socket.take("sub");
    const running = room.ask.lines();
    const { i } = await socket.take("ask");
    socket.send({ t: "drain", ms: 5_000 }, { t: "event", c, d: 1, e: "typing" });
    await drained;

    const call = room.ask.lines();
    socket.send({ t: "reply", i, r: ["running"] });
    assert.deepEqual(await running, ["running"]);
    socket.send({ t: "closed", c, again: true, at: "i.1.3" });
    socket.close(1001);
    await until(() => room.error?.message.includes("1001") === true, "the end");
    assert.deepEqual(socket.messages, []);
    await world.clock.advance(125);
    const next = await gateway.socket(1);
    await next.welcome();
    await next.open();
    const again = await next.take("ask");
    next.send({ t: "reply", i: again.i, r: ["again"] });

    assert.deepEqual(await call, ["again"]);
    await world.client.$close();
  });

  it("rejects for good once the connection is closed", async () => {
    await using gateway = await ScriptedGateway.listen();
    const { world, room } = await connected(gateway);
    await room.close();

    const error = await rejection(room.with({ idempotent: true }).ask.lines());

    assert.deepEqual([error.code, error.outcome], ["ERR_DISCONNECTED", "not_handled"]);
    assert.equal(world.clock.pendingTimers, 0);
  });
});
