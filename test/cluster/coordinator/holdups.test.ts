import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Deferred } from "../../../src/base/async/deferred.ts";
import { decodeRunner } from "../../../src/cluster/codec/runner-codec.ts";
import { CoordinatorWorld } from "../../_support/coordinator-world.ts";
import type { EngineCall, Fate } from "../../_support/crashing-session.ts";

async function statusOf(world: CoordinatorWorld, runnerId: string): Promise<string | undefined> {
  const entry = await world.client.runners.read(runnerId);
  return entry && decodeRunner(entry.value).status;
}

/** Leaves some calls unanswered until `mended` resolves. */
function hang(
  session: { fateOf: (call: EngineCall) => Fate | Promise<Fate> },
  which: (call: EngineCall) => boolean,
): { readonly mend: () => void; readonly hanging: () => number } {
  const mended = new Deferred<Fate>();
  let hanging = 0;
  session.fateOf = (call) => {
    if (!which(call)) return "works";
    hanging += 1;
    return mended.promise;
  };
  return { mend: () => mended.resolve("works"), hanging: () => hanging };
}

describe("a call that is not answered", () => {
  it("about one runner keeps no other one from being found to be lost", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const [one, other] = [await world.runner("r-1"), await world.runner("r-2")];
    await world.clock.advance(3_000);
    const { mend, hanging } = hang(session, ({ name, what }) => {
      return name === "leases.read" && what === "r.r-1";
    });
    await one.kill();
    await other.kill();

    await world.until(async () => (await statusOf(world, "r-2")) === "lost", 17_500);

    assert.ok(hanging() > 0);
    assert.equal(await statusOf(world, "r-1"), "ready");
    mend();
  });

  it("about an actor that is due keeps no runner from being found to be lost, and taken over", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const lost = await world.runner("r-1");
    await world.place("cart.due");
    await world.place("cart.a");
    await world.until(() => lost.size === 2);
    const next = await world.runner("r-2");
    lost.behaviour.isObedient = false;
    await world.signal("cart.due", { signal: "kill" });
    await world.untilStatus("cart.due", "stopping");
    const { mend, hanging } = hang(session, ({ name, what }) => {
      return name === "placements.put" && what === "cart.due";
    });
    await world.until(() => hanging() > 0); // its end is overdue
    await lost.kill();

    await world.until(() => next.actors.has("cart.a"), 17_500);

    mend();
  });

  it("about one lost runner does not hold up the takeover of another one", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const [one, other] = [await world.runner("r-1"), await world.runner("r-2")];
    for (let at = 0; at < 8; at += 1) await world.place(`cart.k${at}`);
    await world.until(() => one.size + other.size === 8);
    const moving = [...other.actors.keys()];
    assert.ok(moving.length > 0 && one.size > 0);
    const { mend } = hang(session, ({ name, what }) => {
      return name === "commands.read" && what === "r-1";
    });
    // Nothing can be purged at first: what follows is left to the sweeps.
    const { fateOf } = session;
    let purges = 0;
    session.fateOf = (call) => {
      if (call.name !== "commands.purge") return fateOf(call);
      purges += 1;
      return purges === 1 ? "lost" : "works";
    };
    const next = await world.runner("r-3");
    await world.clock.advance(3_000);
    await one.kill();
    await other.kill();

    await world.until(() => moving.every((address) => next.actors.has(address)), 20_000);
    await world.until(() => purges > 1);

    mend();
  });

  it("about one draining runner does not hold up the drain of another one", async () => {
    await using world = await CoordinatorWorld.open();
    const { session } = await world.leader();
    const [one, other] = [await world.runner("r-1"), await world.runner("r-2")];
    for (let at = 0; at < 8; at += 1) await world.place(`cart.k${at}`);
    await world.until(() => one.size + other.size === 8);
    const staying = new Set(one.actors.keys());
    assert.ok(staying.size > 0 && staying.size < 8);
    const next = await world.runner("r-3");
    const { mend } = hang(session, ({ name, what }) => {
      return name === "placements.put" && staying.has(what);
    });

    await one.set("draining");
    await other.set("draining");
    await world.until(() => next.size === 8 - staying.size);

    mend();
    await world.until(() => next.size === 8);
  });

  it("of the watch of placements does not keep actors from being placed", async () => {
    await using world = await CoordinatorWorld.open();
    const node = await world.node("node-1");
    const { mend } = hang(node.session, ({ name }) => name === "placements.watch");
    node.coordinator.start();
    await world.until(() => node.coordinator.term !== undefined);
    await world.runner("r-1");

    const answer = await world.place("cart.a");

    assert.equal(answer.kind, "placed");
    await world.untilStatus("cart.a", "running");
    mend();
  });

  it("of the watch of leases has that of records begun once, and nothing decided before both are there", async () => {
    await using world = await CoordinatorWorld.open();
    await world.runner("r-1");
    const node = await world.node("node-1");
    let isMended = false;
    node.session.fateOf = ({ name, what }) => {
      return name === "leases.watch" && what === "r" && !isMended ? "lost" : "works";
    };
    node.coordinator.start();
    await world.until(() => node.coordinator.term !== undefined);
    await world.clock.advance(3_000);
    assert.deepEqual(await world.place("cart.a", { waitMs: 100 }).catch(() => "nobody"), "nobody");

    isMended = true;
    await world.clock.advance(1_000);

    assert.equal((await world.place("cart.a")).kind, "placed");
    const watches = node.session.calls.filter(({ name }) => name === "runners.watch");
    assert.equal(watches.length, 1);
  });
});
