import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";

const STORED = { kind: "signalled", outcome: "stored" };
const NOT_AWAKE = { kind: "signalled", outcome: "not_awake" };

describe("a signal", () => {
  it("reaches an actor that runs, after everything before it", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");

    const answer = await world.signal("cart.a", { signal: "wake", data: { id: "s" } });

    assert.deepEqual(answer, STORED);
    await world.until(() => runner.applied.length === 2);
    assert.deepEqual(
      runner.applied.map(({ kind, signal, data }) => [kind, signal, data]),
      [
        ["start", undefined, { currency: "EUR" }],
        ["signal", "wake", { id: "s" }],
      ],
    );
  });

  it("starts an actor that is asleep, if it is to be woken or destroyed", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");

    assert.deepEqual(await world.signal("cart.a", { signal: "wake" }), STORED);
    assert.deepEqual(await world.signal("cart.b", { signal: "destroy" }), STORED);

    await world.until(() => runner.applied.length === 4);
    assert.equal((await world.untilStatus("cart.a", "running")).reason, "requested");
    await world.untilStatus("cart.b", "asleep");
  });

  it("has nothing to do for an actor that is not awake, if it is to sleep or to be killed", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");

    assert.deepEqual(await world.signal("cart.a", { signal: "sleep" }), NOT_AWAKE);
    assert.deepEqual(await world.signal("cart.a", { signal: "kill" }), NOT_AWAKE);

    assert.equal(await world.record("cart.a"), undefined);
    assert.equal(runner.applied.length, 0);
  });

  it("ends an actor: asleep afterwards, with the reason of the request on the command", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    for (const signal of ["sleep", "kill", "destroy"] as const) {
      const address = `cart.${signal}`;
      await world.place(address);
      await world.untilStatus(address, "running");
      assert.deepEqual(await world.signal(address, { signal, reason: "by hand" }), STORED);
      await world.untilStatus(address, "asleep");
      assert.equal(runner.applied.at(-1)?.reason, "by hand");
    }
  });

  it("waits for the end of an actor that is being stopped", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    runner.behaviour.isObedient = false;
    await world.signal("cart.a", { signal: "kill" });

    const woken = world.signal("cart.a", { signal: "wake", waitMs: 60_000 });
    await world.clock.advance(1_000);
    runner.behaviour.isObedient = true;
    await runner.end("cart.a", "killed");

    assert.deepEqual(await woken, STORED);
    await world.until(() => runner.actors.get("cart.a")?.generation === 2);
  });

  it("waits for a runner, and is refused when its time is over", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const refused = await world.signal("cart.a", { signal: "destroy", waitMs: 1_000 });
    assert.equal(refused.kind === "refused" && refused.code, "ERR_NO_RUNNER");

    const asked = world.signal("cart.b", { signal: "wake", waitMs: 30_000 });
    await world.clock.advance(1_000);
    const runner = await world.runner("r-1");

    assert.deepEqual(await asked, STORED);
    await world.until(() => runner.size === 1);
  });

  it("waits for room", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1", { capacity: 1 });
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");

    const asked = world.signal("cart.b", { signal: "wake", waitMs: 30_000 });
    await world.clock.advance(2_000);
    await runner.end("cart.a", "idle");

    assert.deepEqual(await asked, STORED);
  });

  it("is given to the next activation when its actor had ended before it came", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const runner = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    await runner.deafen();
    await world.signal("cart.a", { signal: "destroy" });
    await world.clock.advance(5_000);
    await runner.end("cart.a", "idle");
    await world.untilStatus("cart.a", "asleep");

    await runner.consume(); // the signal arrives now, and is dropped with an event

    await world.until(() => runner.actors.get("cart.a")?.generation === 2);
    await world.untilStatus("cart.a", "asleep");
    assert.equal(runner.applied.at(-1)?.signal, "destroy");
    assert.equal(runner.applied.filter(({ kind }) => kind === "start").length, 2);
  });

  it("in the log of a runner that takes nothing any more reaches its actor when that runner is lost", async () => {
    await using world = await CoordinatorWorld.open();
    await world.leader();
    const deaf = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    await deaf.deafen();
    assert.deepEqual(await world.signal("cart.a", { signal: "wake", data: { id: "s" } }), STORED);
    await world.clock.advance(5_000); // it is in the log only, and not in the record any more
    assert.deepEqual((await world.record("cart.a"))?.outbox, []);
    const other = await world.runner("r-2");
    await deaf.set("draining");
    await world.until(() => other.size === 1); // the end was overdue
    assert.equal(other.applied.filter(({ signal }) => signal === "wake").length, 0);

    await deaf.kill();

    await world.until(() => other.applied.some(({ data }) => Object(data).id === "s"));
    await world.until(async () => (await world.record("cart.a"))?.status === "running");
    assert.equal((await world.client.commands.state()).messages, 0);
  });

  it("is refused while many wait for one actor", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    session.fateOf = ({ name }) => (name === "commands.append" ? "lost" : "works");
    for (let at = 0; at < 16; at += 1) {
      assert.deepEqual(await world.signal("cart.a", { signal: "wake" }), STORED);
    }

    const refused = await world.signal("cart.a", { signal: "wake" });

    assert.equal(refused.kind === "refused" && refused.code, "ERR_PLACEMENT_OVERLOADED");
  });
});
