import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor } from "../../src/index.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";

const TYPES = 50;
const MESSAGES = 50;
const SERIES = TYPES * MESSAGES;

describe("more series than an SDK keeps", () => {
  it("lose no count in any round: what does not fit is added up as _OTHER, and counted", async () => {
    const telemetry = inMemoryTelemetry({ logLevel: "silent" });
    const system = createSystem(telemetry.systemOptions);
    const names = Array.from({ length: MESSAGES }, (_, at) => `m${at}`);
    const handlers = Object.fromEntries(names.map((name) => [name, () => 1]));
    const refs = Array.from({ length: TYPES }, (_, at) =>
      system.spawn(defineActor(`t${at}`, { handlers })),
    );

    for (let round = 1; round <= 3; round += 1) {
      await Promise.all(refs.flatMap((ref) => names.map((name) => ref.ask[name]?.())));

      const sent = round * SERIES;
      assert.equal(await telemetry.value("actor.message.sent"), sent);
      assert.equal(await telemetry.value("actor.message.handled"), sent);
      assert.equal(await telemetry.value("actor.message.wait.duration"), sent);
      assert.equal(system.books().sent, sent);
    }

    const other = { "actor.type": "_OTHER", "actor.message.type": "_OTHER" };
    assert.equal(await telemetry.value("actor.message.sent", other), 3 * (SERIES - 1_900));
    assert.equal(
      await telemetry.value("actor.message.sent", { "actor.message.kind": "ask" }),
      3 * SERIES,
    );
    assert.equal(await telemetry.value("actor.telemetry.overflow"), 2 * (SERIES - 1_900));
    assert.equal(await telemetry.value("actor.telemetry.imbalances"), 0);
    await system.shutdown();
  });

  it("keep the series they had when the system they came from is gone", async () => {
    const telemetry = inMemoryTelemetry({ logLevel: "silent" });
    const first = createSystem(telemetry.systemOptions);
    const work = { handlers: { work: () => 1 } };
    await first.spawn(defineActor("early", work)).ask.work();
    const second = createSystem(telemetry.systemOptions);
    const names = Array.from({ length: 100 }, (_, at) => `m${at}`);
    const handlers = Object.fromEntries(names.map((name) => [name, () => 1]));
    for (let type = 0; type < 25; type += 1) {
      const ref = second.spawn(defineActor(`t${type}`, { handlers }));
      for (const name of names) ref.tell[name]?.();
    }
    const early = { "actor.type": "early" };
    assert.equal(await telemetry.value("actor.message.sent", early), 1);

    await first.shutdown();

    assert.equal(await telemetry.value("actor.message.sent", early), 1);
    assert.equal(await telemetry.value("actor.message.sent"), 2_501);
    await second.shutdown();
  });
});
