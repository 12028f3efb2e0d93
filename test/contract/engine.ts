import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { describeBus } from "./engine-bus.ts";
import { describeConsumers } from "./engine-consumers.ts";
import { describeKeyValue } from "./engine-key-value.ts";
import { describeLeases } from "./engine-leases.ts";
import { describeLog } from "./engine-log.ts";
import { describeWatch } from "./engine-watch.ts";
import { bytes, type EngineWorld, engineError, freshToken, type World } from "./engine-world.ts";

/**
 * What every engine must do.
 *
 * @param create makes the world that all tests of the suite share
 */
export function describeEngine(name: string, create: () => Promise<EngineWorld>): void {
  describe(`the engine ${name}`, () => {
    let world: EngineWorld | undefined;
    before(async () => {
      world = await create();
    });
    after(async () => {
      await world?.[Symbol.asyncDispose]();
    });
    const current = (): EngineWorld => {
      assert.ok(world, "the engine has not been opened");
      return world;
    };
    describe("key-value", () => describeKeyValue(current));
    describe("watches", () => describeWatch(current));
    describe("leases", () => describeLeases(current));
    describe("log", () => describeLog(current));
    describe("consumers", () => describeConsumers(current));
    describe("bus", () => describeBus(current));
    describe("session", () => describeSession(current));
  });
}

function describeSession(world: World): void {
  it("says what it can do", () => {
    const { capabilities, connection } = world().one;

    assert.equal(connection.isConnected, true);
    assert.ok(capabilities.engine.length > 0);
    assert.ok(capabilities.replicas >= 1);
    assert.ok(capabilities.maxMessageBytes >= 256 * 1024);
  });

  it("refuses everything once it is closed", async () => {
    const session = await world().open();
    const closed = engineError("ERR_ENGINE_CLOSED");
    const key = freshToken();
    const message = { id: key, subject: `${key}.a`, headers: {}, body: bytes("x") };

    const [first, second] = [session.close(), session.close()];

    assert.equal(first, second);
    await first;
    assert.equal(session.connection.isConnected, false);
    await assert.rejects(session.placements.read(key), closed);
    await assert.rejects(session.placements.put(key, bytes("x")), closed);
    await assert.rejects(session.placements.remove(key), closed);
    await assert.rejects(session.placements.list(""), closed);
    await assert.rejects(session.commands.append(message), closed);
    await assert.rejects(session.commands.read({ filter: key, limit: 1 }), closed);
    await assert.rejects(session.bus.request(key, message, { timeoutMs: 1_000 }), closed);
    assert.equal(session.bus.publish(key, message), false);
  });
}
