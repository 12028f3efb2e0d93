import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { metrics } from "@opentelemetry/api";
import { createSystem, defineActor } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";
import { startKit } from "../../_support/telemetry-kit.ts";
import { Readings } from "../../_support/telemetry-readings.ts";
import { until } from "../../_support/telemetry-until.ts";

const worker = defineActor("worker", {
  handlers: { work: () => 1, wait: () => new Promise(() => {}) },
});
const TYPE = { "actor.type": "worker" };

describe("two systems of one provider", () => {
  it("are reported as one sum", async () => {
    const telemetry = inMemoryTelemetry();
    await using one = startKit({ telemetry });
    await using two = startKit({ telemetry });
    const first = one.system.spawn(worker);
    const second = two.system.spawn(worker);

    await first.ask.work();
    await second.ask.work();
    await second.ask.work();

    assert.equal(await telemetry.value("actor.started", TYPE), 2);
    assert.equal(await telemetry.value("actor.active", TYPE), 2);
    assert.equal(await telemetry.value("actor.mailbox.limit", TYPE), 20_000);
    assert.equal(await telemetry.value("actor.message.handled", TYPE), 3);
    assert.equal(await telemetry.value("actor.ask.duration", TYPE), 3);
    assert.equal((await telemetry.points("actor.ask.duration")).length, 1);
    assert.equal(one.system.books().handled, 1);
  });

  it("show the larger of their extremes, not the sum", async () => {
    const telemetry = inMemoryTelemetry();
    await using one = startKit({ telemetry });
    await using two = startKit({ telemetry });
    const refs = [one.system.spawn(worker), two.system.spawn(worker)];
    for (const ref of refs) ref.tell.wait();
    await until(() => one.system.books().processing + two.system.books().processing === 2, "both");

    refs[0]?.tell.work();
    for (let sent = 0; sent < 3; sent += 1) refs[1]?.tell.work();

    assert.equal(await telemetry.value("actor.mailbox.max_depth", TYPE), 3);
    assert.equal(await telemetry.value("actor.mailbox.depth", TYPE), 4);
    for (const ref of refs) ref.kill();
  });

  it("do not see each other's when each has a provider of its own", async () => {
    await using one = startKit();
    await using two = startKit();

    await one.system.spawn(worker).ask.work();

    assert.equal(await one.telemetry.value("actor.started"), 1);
    assert.equal(await two.telemetry.value("actor.started"), 0);
  });
});

describe("a system that is shut down", () => {
  it("leaves its totals behind, which never go back, and no levels", async () => {
    const telemetry = inMemoryTelemetry();
    const read = async (): Promise<number[]> => [
      await telemetry.value("actor.started", TYPE),
      await telemetry.value("actor.stopped", TYPE),
      await telemetry.value("actor.message.handled", TYPE),
      await telemetry.value("actor.ask.duration", TYPE),
      await telemetry.value("actor.message.wait.duration", TYPE),
      await telemetry.value("actor.active", TYPE),
      await telemetry.value("actor.mailbox.limit", TYPE),
    ];
    const seen = [];
    for (let life = 0; life < 3; life += 1) {
      const system = createSystem(telemetry.systemOptions);
      await system.spawn(worker).ask.work();
      await system.shutdown();
      expectBooks(system);
      seen.push(await read());
    }

    assert.deepEqual(seen, [
      [1, 1, 1, 1, 1, 0, 0],
      [2, 2, 2, 2, 2, 0, 0],
      [3, 3, 3, 3, 3, 0, 0],
    ]);
  });

  it("leaves the same behind where the SDK has its own histograms", async () => {
    const readings = new Readings("record");
    for (let life = 0; life < 2; life += 1) {
      await using kit = startKit({ metrics: readings.metrics });
      await kit.system.spawn(worker).ask.work();
    }

    assert.equal(await readings.total("actor.started"), 2);
    assert.equal(await readings.total("actor.active"), 0);
    assert.equal((await readings.histogram("actor.ask.duration", TYPE))?.count, 2);
  });

  it("is added to those that live", async () => {
    const telemetry = inMemoryTelemetry();
    await using kit = startKit({ telemetry });
    await kit.system.spawn(worker).ask.work();
    const gone = createSystem(telemetry.systemOptions);
    await gone.spawn(worker).ask.work();

    await gone.shutdown();

    expectBooks(gone);
    assert.equal(await telemetry.value("actor.started", TYPE), 2);
    assert.equal(await telemetry.value("actor.active", TYPE), 1);
    assert.equal(await telemetry.value("actor.ask.duration", TYPE), 2);
  });
});

describe("the registered meter provider", () => {
  it("may be another later: metrics move to it, and the first gets nothing more", async (t) => {
    t.after(() => metrics.disable());
    const [first, second] = [new Readings("record"), new Readings("record")];
    const { logger } = inMemoryTelemetry();
    metrics.setGlobalMeterProvider(first.provider);
    const system = createSystem({ logger });
    await system.spawn(worker).ask.work();
    assert.equal(await first.total("actor.started"), 1);

    metrics.disable();
    metrics.setGlobalMeterProvider(second.provider);
    await system.spawn(worker).ask.work();

    assert.equal(await second.total("actor.started"), 2);
    assert.equal(await first.total("actor.started"), 1);
    await system.shutdown();
    expectBooks(system);
  });
});

describe("a collection", () => {
  it("gives the same when nothing has happened in between", async () => {
    await using kit = startKit();
    await kit.system.spawn(worker).ask.work();

    const names = ["actor.started", "actor.active", "actor.message.wait.duration"];
    const read = (): Promise<number[]> =>
      Promise.all(names.map((name) => kit.telemetry.value(name)));

    assert.deepEqual(await read(), await read());
  });

  it("reports limelight's scope, version and schema", async () => {
    const readings = new Readings("producer");
    await using kit = startKit({ metrics: readings.metrics });
    await kit.system.spawn(worker).ask.work();

    for (const { name, version, schemaUrl } of await readings.scopes()) {
      assert.equal(name, "limelight");
      assert.equal(version, "0.1.0");
      assert.equal(schemaUrl, "https://limelight.dev/schemas/0.1.0");
    }
  });
});
