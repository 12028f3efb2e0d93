import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { type Connecting, defineKeyedActor, event } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { until } from "../../_support/actor-waiting.ts";
import { FakeGateway } from "../../_support/fake-gateway.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

const room = defineKeyedActor("room", {
  state: () => ({ lines: [] as string[] }),
  events: { said: event<string>(), joined: event<string>(), cleared: event() },
  onBeforeConnect: (_c, { params, caller, requestId }: Connecting<{ readonly name: string }>) => ({
    name: params.name,
    caller: caller?.id,
    requestId,
  }),
  onConnect(c, connection) {
    connection.send("said", `welcome, ${connection.state.name}`);
    c.broadcast("joined", connection.state.name);
  },
  handlers: {
    say(c, text: string) {
      c.state.lines.push(text);
      c.broadcast("said", `${c.connection?.state.name ?? "?"}: ${text}`);
      return c.state.lines.length;
    },
    quietly: (c, text: string) => c.broadcast("said", text),
    others: (c, text: string) => c.broadcast("said", text, { except: c.connection }),
    only: (c, name: string, text: string) =>
      c.broadcast("said", text, { where: ({ state }) => state.name === name }),
    clear: (c) => c.broadcast("cleared"),
    people: (c) => Array.from(c.connections, ({ state }) => state),
    remove: (c, name: string) => {
      for (const connection of c.connections) {
        if (connection.state.name === name) connection.close("removed");
      }
      return c.connections.size;
    },
    rest: (c) => c.sleep(),
    reasons: (c) => c.awakeReasons().map(({ reason, count }) => [reason, count]),
  },
});

function gatewayTo(open: OpenKeyed, key = "lobby"): FakeGateway {
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  return new FakeGateway(access.resolve(room as never, [key]), () => sendingOf(open));
}

const events = ["said", "joined"];

describe("a connection", () => {
  it("is opened by the hooks, and gets what they have sent after that", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);

    const alice = await gateway.connect({
      events,
      params: { name: "alice" },
      caller: { id: "a" },
    });

    assert.deepEqual(await gateway.ask(alice, "people"), [
      { name: "alice", caller: "a", requestId: "request-1" },
    ]);
    assert.deepEqual(
      alice.receipts.map((receipt) => ("event" in receipt ? receipt.body : Object.values(receipt))),
      [
        "alice",
        ["said", "welcome, alice", 1],
        [[{ name: "alice", caller: "a", requestId: "request-1" }]],
      ],
    );
  });

  it("gets replies and events in the order in which the actor has given them", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const alice = await gateway.connect({ events: ["said"], params: { name: "alice" } });
    const bob = await gateway.connect({ events: ["said"], params: { name: "bob" } });
    const replies = [1, 2, 3].map((n) => gateway.ask(alice, "say", `line ${n}`));

    await Promise.all(replies);

    assert.deepEqual(
      alice.receipts
        .slice(1)
        .map((receipt) => ("event" in receipt ? receipt.body : Object.values(receipt)[0])),
      ["alice: line 1", 1, "alice: line 2", 2, "alice: line 3", 3],
    );
    assert.deepEqual(bob.bodies, ["alice: line 1", "alice: line 2", "alice: line 3"]);
  });

  it("gets an event of a message that has changed nothing, and of a tell", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const alice = await gateway.connect({ events: ["said", "cleared"], params: { name: "alice" } });
    const ref = open.system.get(room, "lobby");

    await ref.ask.quietly("one");
    ref.tell.clear();
    await ref.ask.people();

    assert.deepEqual(alice.bodies, ["one", undefined]);
  });

  it("is left out by `except`, and chosen by `where`", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const [alice, bob] = [
      await gateway.connect({ events: ["said"], params: { name: "alice" } }),
      await gateway.connect({ events: ["said"], params: { name: "bob" } }),
    ];

    await gateway.ask(alice, "others", "for bob");
    await gateway.ask(alice, "only", "alice", "for alice");

    assert.deepEqual([alice.bodies, bob.bodies], [["for alice"], ["for bob"]]);
  });

  it("gets events although the gateway of another one is faulty, which is reported", async () => {
    await using open = openKeyed();
    const [faulty, gateway] = [gatewayTo(open), gatewayTo(open)];
    const broken = (): never => {
      throw new RangeError("broken gateway");
    };
    await faulty.connect({ events: ["said"], params: { name: "bob" } });
    Object.assign(faulty, { advanced: broken, direct: broken, ended: broken });
    const alice = await gateway.connect({ events: ["said"], params: { name: "alice" } });

    assert.equal(await gateway.ask(alice, "say", "hello"), 1);
    open.system.get(room, "lobby").tell.rest();
    await until(() => alice.ended !== undefined);

    assert.deepEqual(alice.bodies, ["alice: hello"]);
    const fault = open.telemetry.logs().find(({ event }) => event === "actor.runtime.fault");
    assert.match(JSON.stringify(fault), /broken gateway/);
  });

  it("is closed by the actor", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const alice = await gateway.connect({ events, params: { name: "alice" } });
    const bob = await gateway.connect({ events, params: { name: "bob" } });

    assert.equal(await gateway.ask(alice, "remove", "bob"), 1);

    assert.deepEqual(bob.receipts.at(-1), { ended: "actor", again: false, text: "removed" });
    assert.equal(alice.ended, undefined);
  });

  it("keeps the actor awake, together with all others, until it is closed", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const alice = await gateway.connect({ events, params: { name: "alice" } });
    const bob = await gateway.connect({ events, params: { name: "bob" } });

    assert.deepEqual(await gateway.ask(alice, "reasons"), [
      ["handling", 1],
      ["connection", 2],
    ]);
    await gateway.close(alice);
    await open.clock.advance(60_000);
    assert.equal(open.system.books().active, 1);
    await gateway.close(bob);
    await open.clock.advance(60_000);
    assert.equal(open.system.books().active, 0);
  });
});
