import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { defineKeyedActor, event } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { FakeGateway } from "../../_support/fake-gateway.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

const gate = { now: new Gate() };

const board = defineKeyedActor("board", {
  state: () => ({ lines: [] as string[] }),
  events: { added: event<string>(), ping: event() },
  onWake: (c) => c.broadcast("ping"),
  handlers: {
    add(c, line: string) {
      c.state.lines.push(line);
      c.broadcast("added", line);
    },
    ping: (c) => c.broadcast("ping"),
    addAndFail(c, line: string) {
      c.state.lines.push(line);
      c.broadcast("added", line);
      throw new Error("broken");
    },
    later: (c, line: string) =>
      void c.spawnTask("later", async () => {
        await gate.now.opened;
        c.broadcast("added", line);
      }),
    text: (c, body: unknown) => c.broadcast("added", body as string),
  },
});

const ticker = defineKeyedActor("ticker", {
  state: () => ({ ticks: 0 }),
  save: "interval",
  events: { ticked: event<number>() },
  handlers: {
    tick(c) {
      c.state.ticks += 1;
      c.broadcast("ticked", c.state.ticks);
      return c.state.ticks;
    },
    look: (c) => c.broadcast("ticked", c.state.ticks),
  },
});

function gatewayTo(open: OpenKeyed, definition: unknown): FakeGateway {
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  const address = access.resolve(definition as never, ["one"]);
  return new FakeGateway(address, () => sendingOf(open));
}

describe("an event", () => {
  it("is sent once what was changed before it is stored", async () => {
    await using open = openKeyed();
    const client = await gatewayTo(open, board).connect({ events: ["added"] });
    const release = open.store.hold();

    const added = open.system.get(board, "one").ask.add("first");
    await settleTurns();
    assert.deepEqual(client.bodies, []);
    release();
    await added;

    assert.deepEqual(client.bodies, ["first"]);
  });

  it("is not sent if that cannot be stored, and takes no number", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open, board);
    const client = await gateway.connect({ events: ["added"] });
    open.store.refuse("ERR_STORE_FULL");

    const added = open.system.get(board, "one").ask.add("first");
    await assert.rejects(added, { code: "ERR_SAVE_FAILED" });
    await until(() => client.ended !== undefined);

    const again = await gateway.connect({ events: ["added"], last: client.last });
    assert.deepEqual([again.bodies, again.gap], [[], undefined]);
  });

  it("of a tell whose handler throws is not sent", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open, board);
    const client = await gateway.connect({ events: ["added"] });

    open.system.get(board, "one").tell.addAndFail("first");
    await until(() => client.ended !== undefined);

    const again = await gateway.connect({ events: ["added"], last: client.last });
    assert.deepEqual([again.bodies, again.gap], [[], undefined]);
  });

  it("of a task is sent without a message", async () => {
    await using open = openKeyed();
    gate.now = new Gate();
    const client = await gatewayTo(open, board).connect({ events: ["added"] });
    await open.system.get(board, "one").ask.later("later");

    gate.now.open();
    await until(() => client.bodies.length === 1);

    assert.deepEqual(client.bodies, ["later"]);
  });

  it("of a hook of the start is given to those who were connected before", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open, board);
    const client = await gateway.connect({ events: ["ping"] });
    await gateway.close(client);
    await open.clock.advance(60_000);
    await until(() => open.system.books().active === 0);

    const again = await gateway.connect({ events: ["ping"], last: client.last });

    assert.deepEqual([again.gap, again.bodies], [undefined, [undefined]]);
  });

  it("is refused if its body is no JSON, or too large", async () => {
    await using open = openKeyed();
    const ref = open.system.get(board, "one");

    await assert.rejects(ref.ask.text({ at: new Map() }), { code: "ERR_STATE_INVALID" });
    await assert.rejects(ref.ask.text("x".repeat(4_194_304)), { code: "ERR_STATE_TOO_LARGE" });
  });

  for (const [name, definition, message] of [
    ["that changes nothing", board, "ping"],
    ["of an actor whose replies do not wait for the store", ticker, "look"],
  ] as const) {
    it(`${name} waits until its activation is counted, so that no other one has its position`, async () => {
      await using open = openKeyed();
      const gateway = gatewayTo(open, definition);
      const events = definition === board ? ["ping"] : ["ticked"];
      const first = await gateway.connect({ events });
      await gateway.close(first);
      await open.clock.advance(60_000);
      await until(() => open.system.books().active === 0);
      const release = open.store.hold();
      const connecting = gateway.connect({ events, last: first.last });

      const asked = gateway.ask(first, message);
      await settleTurns();
      const generation = (await open.store.meta(`${definition.type}/one`))?.["generation"];
      const before = [...gateway.clients.values()].flatMap(({ bodies }) => bodies);
      release();
      await asked;

      assert.deepEqual([generation, before], [1, []]);
      assert.ok((await connecting).bodies.length > 0);
    });
  }
});

describe("an actor whose replies do not wait for the store", () => {
  it("gives events and replies in order, at once", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open, ticker);
    const client = await gateway.connect({ events: ["ticked"] });
    await open.clock.advance(2_000);
    const release = open.store.hold();

    await Promise.all([gateway.ask(client, "tick"), gateway.ask(client, "tick")]);

    assert.deepEqual(
      client.receipts.map((receipt) =>
        "event" in receipt ? receipt.body : Object.entries(receipt)[0],
      ),
      [1, ["reply", 1], 2, ["reply", 2]],
    );
    release();
  });
});
