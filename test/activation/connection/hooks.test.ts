import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { accessOf } from "../../../src/activation/access/system-access.ts";
import { defineKeyedActor, event } from "../../../src/index.ts";
import { sendingOf } from "../../_support/access-world.ts";
import { forever, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";
import { FakeGateway } from "../../_support/fake-gateway.ts";
import { type OpenKeyed, openKeyed } from "../../_support/keyed.ts";

/** What a hook does besides noting that it runs. */
type Act = (hook: string, c: { kill(): void; change(): void }) => unknown;

const notes: string[] = [];
let act: Act = () => undefined;

const hall = defineKeyedActor("hall", {
  state: () => ({ value: 0 }),
  vars: () => ({ lives: notes.push("life") }),
  events: { said: event<string>() },
  async onBeforeConnect(c) {
    notes.push("onBeforeConnect");
    await act("onBeforeConnect", { kill: () => c.self.kill(), change: () => {} });
  },
  async onConnect(c, { id }) {
    notes.push(`onConnect ${c.connections.size} ${c.connections.get(id)?.id === id}`);
    c.broadcast("said", "connecting");
    const change = (): void => {
      c.state.value += 1;
    };
    await act("onConnect", { kill: () => c.self.kill(), change });
  },
  async onDisconnect(c, { id }, reason) {
    notes.push(`onDisconnect ${reason} ${c.connections.get(id)?.id}`);
    await act("onDisconnect", { kill: () => c.self.kill(), change: () => {} });
  },
  onSleep: () => void notes.push("onSleep"),
  onDestroy: () => void notes.push("onDestroy"),
  handlers: {
    size: (c) => c.connections.size,
    reasons: (c) => c.awakeReasons().map(({ reason }) => reason),
    change(c) {
      c.state.value += 1;
      c.broadcast("said", `changed to ${c.state.value}`);
    },
    fail() {
      throw new Error("broken");
    },
    sleep: (c) => c.sleep(),
    destroy: (c) => c.destroy(),
  },
});

function gatewayTo(open: OpenKeyed): FakeGateway {
  const access = accessOf(open.system);
  assert.ok(access !== undefined);
  return new FakeGateway(access.resolve(hall as never, ["main"]), () => sendingOf(open));
}

function taken(): string[] {
  return notes.splice(0);
}

afterEach(() => {
  act = () => undefined;
  notes.length = 0;
});

/** Asserts that nothing is left of a connection that was refused. */
async function assertNothingLeft(open: OpenKeyed): Promise<void> {
  const ref = open.system.get(hall, "main");
  assert.equal(await ref.ask.size(), 0);
  assert.deepEqual(await ref.ask.reasons(), ["handling"]);
  const { levels } = open.system.books();
  assert.deepEqual(
    Object.keys(levels).filter((key) => key.includes("connection")),
    [],
  );
  await open.clock.advance(60_000);
  assert.equal(open.system.books().active, 0);
}

describe("a connection that is not opened", () => {
  for (const hook of ["onBeforeConnect", "onConnect"]) {
    const before = hook === "onConnect" ? ["onConnect 1 true"] : [];

    it(`because ${hook} throws, has never been there`, async () => {
      await using open = openKeyed();
      const gateway = gatewayTo(open);
      act = (name) => {
        if (name === hook) throw new RangeError("no");
      };

      await assert.rejects(gateway.connect({ events: ["said"] }), RangeError);

      assert.deepEqual(taken(), ["life", "onBeforeConnect", ...before]);
      await assertNothingLeft(open);
      assert.deepEqual(taken(), ["onSleep"]);
    });

    it(`because the actor is killed in ${hook}, has never been there`, async () => {
      await using open = openKeyed();
      const gateway = gatewayTo(open);
      act = (name, { kill }) => (name === hook ? kill() : undefined);

      await assert.rejects(gateway.connect({ events: ["said"] }), { code: "ERR_ACTOR_KILLED" });

      await settleTurns();
      assert.deepEqual(taken(), ["life", "onBeforeConnect", ...before]);
      await assertNothingLeft(open);
      assert.deepEqual(taken(), ["life", "onSleep"]);
    });
  }

  it("because it was given up during onBeforeConnect, has never been there", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const gate = new Gate();
    act = () => gate.opened;
    const controller = new AbortController();
    const connecting = gateway.connect({ events: ["said"] }, { signal: controller.signal });
    await until(() => notes.includes("onBeforeConnect"));

    controller.abort();
    await assert.rejects(connecting, { code: "ERR_ABORTED" });
    gate.open();
    await settleTurns();

    assert.deepEqual(taken(), ["life", "onBeforeConnect"]);
    await assertNothingLeft(open);
  });

  it("because it was given up during onConnect, ends as lost", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const gate = new Gate();
    act = (name) => (name === "onConnect" ? gate.opened : undefined);
    const controller = new AbortController();
    const connecting = gateway.connect({ events: ["said"] }, { signal: controller.signal });
    await until(() => notes.includes("onConnect 1 true"));

    controller.abort();
    await assert.rejects(connecting, { code: "ERR_ABORTED" });
    gate.open();
    await until(() => notes.length === 4);

    assert.deepEqual(taken().slice(3), ["onDisconnect lost undefined"]);
    await assertNothingLeft(open);
  });

  it("because what onConnect has changed cannot be stored, has never been there", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    await open.system.get(hall, "main").ask.size();
    act = (hook, { change }) => {
      if (hook === "onConnect") change();
    };
    open.store.refuse("ERR_STORE_FULL");

    await assert.rejects(gateway.connect({ events: ["said"] }), { code: "ERR_SAVE_FAILED" });

    act = () => undefined;
    assert.equal(
      notes.some((note) => note.startsWith("onDisconnect")),
      false,
    );
    await assertNothingLeft(open);
    assert.deepEqual(gateway.clients.size, 0);
  });
});

describe("a connection that ends", () => {
  it("with its gateway is no longer in c.connections when onDisconnect runs", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    taken();

    await gateway.close(client, "client");

    assert.deepEqual(taken(), ["onDisconnect client undefined"]);
    await assertNothingLeft(open);
  });

  it("ends as well if onDisconnect throws, which is reported", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect();
    act = () => {
      throw new RangeError("no");
    };

    await gateway.close(client);

    const line = open.telemetry.logs().find(({ msg }) => msg === "onDisconnect failed");
    assert.equal(line?.["phase"], "stop");
    assert.equal(open.system.books().active, 1, "the actor goes on");
    act = () => undefined;
    await assertNothingLeft(open);
  });

  it("with the restart of the actor has no onDisconnect, and is opened again", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    taken();

    open.system.get(hall, "main").tell.fail();
    await until(() => client.ended !== undefined);

    assert.deepEqual(client.ended, { reason: "ended", again: true, text: undefined });
    const again = await gateway.connect({ events: ["said"], last: client.last });
    assert.deepEqual(taken(), ["life", "onBeforeConnect", "onConnect 1 true"]);
    assert.equal(again.gap, undefined, "the events are those of the same activation");
  });

  it("with a kill has no hook", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    taken();

    open.system.get(hall, "main").kill();
    await settleTurns();

    assert.deepEqual(client.ended, { reason: "ended", again: true, text: undefined });
    assert.deepEqual(taken(), []);
    const again = await gateway.connect({ events: ["said"], last: client.last });
    assert.deepEqual(again.gap, { reason: "actor_restarted", missed: undefined });
  });

  it("with the sleep of the actor has its hook before onSleep, and continues after the wake", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    taken();

    open.system.get(hall, "main").tell.sleep();
    await until(() => client.ended !== undefined);

    assert.deepEqual(taken(), ["onDisconnect ended undefined", "onSleep"]);
    assert.deepEqual(client.ended, { reason: "ended", again: true, text: undefined });
    const again = await gateway.connect({ events: ["said"], last: client.last });
    assert.equal(again.gap, undefined);
  });

  it("with the destruction of the actor has its hook before onDestroy, and is not opened again", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    taken();

    await open.system.get(hall, "main").destroy();

    assert.deepEqual(taken(), ["onDisconnect ended undefined", "onDestroy"]);
    assert.deepEqual(client.ended, { reason: "ended", again: false, text: undefined });
    const again = await gateway.connect({ events: ["said"], last: client.last });
    assert.deepEqual(again.gap, { reason: "actor_destroyed", missed: undefined });
  });

  it("with the shutdown of the system is drained", async () => {
    const open = openKeyed();
    const gateway = gatewayTo(open);
    const client = await gateway.connect({ events: ["said"] });
    taken();

    await open[Symbol.asyncDispose]();

    assert.deepEqual(taken(), ["onDisconnect drained undefined", "onSleep"]);
    assert.deepEqual(client.ended, { reason: "drained", again: true, text: undefined });
  });

  it("is killed with the actor if onDisconnect hangs", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const clients = [await gateway.connect(), await gateway.connect()];
    act = (name) => (name === "onDisconnect" ? forever() : undefined);
    taken();

    open.system.get(hall, "main").tell.sleep();
    await until(() => notes.length > 0);
    await open.clock.advance(31_000);

    assert.deepEqual(taken(), ["onDisconnect ended undefined"]);
    assert.deepEqual(
      clients.map(({ ended }) => ended?.again),
      [true, true],
    );
  });

  for (const [name, end] of [
    ["is killed", (open) => open.system.get(hall, "main").kill()],
    ["is destroyed", (open) => void open.system.get(hall, "main").destroy()],
    ["sleeps", (open) => open.system.get(hall, "main").tell.sleep()],
  ] as readonly [string, (open: OpenKeyed) => void][]) {
    it(`is over for its gateway if the actor ${name} before it hears of it, and wakes nothing`, async () => {
      await using open = openKeyed();
      const gateway = gatewayTo(open);
      const client = await gateway.connect();
      taken();

      const closed = gateway.close(client, "client");
      end(open);
      await closed;
      await until(() => open.system.books().active === 0);

      assert.equal(taken().includes("life"), false);
      assert.equal(client.ended, undefined);
    });
  }

  it("is closed by its gateway while the actor ends, with the reason of the gateway", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    const first = await gateway.connect();
    const second = await gateway.connect();
    const gate = new Gate();
    act = () => gate.opened;
    taken();
    open.system.get(hall, "main").tell.sleep();
    await until(() => notes.length > 0);

    const closed = gateway.close(second, "client");
    gate.open();
    await closed;

    await until(() => first.ended !== undefined);
    assert.deepEqual(taken(), [
      "onDisconnect ended undefined",
      "onDisconnect client undefined",
      "onSleep",
    ]);
    assert.equal(second.ended, undefined);
  });
});

describe("onDisconnect at the end of an actor", () => {
  it("runs for as many connections as half of the time allows, and the state is stored", async () => {
    await using open = openKeyed();
    const gateway = gatewayTo(open);
    for (let count = 0; count < 4; count += 1) await gateway.connect({ events: ["said"] });
    const ref = open.system.get(hall, "main");
    await ref.ask.change();
    taken();
    act = (hook) => (hook === "onDisconnect" ? open.clock.advance(10_000) : undefined);

    await ref.ask.sleep();
    await until(() => notes.includes("onSleep"));
    await open.clock.advance(0);

    assert.deepEqual(taken(), [
      "onDisconnect ended undefined",
      "onDisconnect ended undefined",
      "onSleep",
    ]);
    const line = open.telemetry.logs().find(({ event }) => event === "actor.disconnects.cut");
    assert.equal(line?.["connections"], 2);
    assert.match(JSON.stringify(await open.store.state("hall/main")), /1/);
  });
});
