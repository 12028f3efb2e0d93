import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createGateway, expose, unchecked } from "../../src/gateway.ts";
import { createSystem, defineKeyedActor } from "../../src/index.ts";
import { expectBooks, inMemoryTelemetry, ManualClock } from "../../src/testing.ts";

import { post } from "../_support/gateway-kit.ts";
import { until } from "../_support/telemetry-until.ts";

const ledger = defineKeyedActor("ledger", {
  handlers: { write: (c, text: string) => void c.log.info({ text }, "written") },
});
const desk = defineKeyedActor("desk", {
  handlers: {
    async order(c, item: string) {
      c.log.info("ordered");
      await c.system.get(ledger, "main").ask.write(item);
      c.schedule.after(1_000)["remind"]?.(item);
      return c.requestId;
    },
    remind(c, item: string) {
      c.log.info({ item }, "reminded");
    },
  },
});

describe("the id of a request", () => {
  it("is on every line that is written for it, in whichever actor and however much later", async () => {
    const clock = new ManualClock();
    const telemetry = inMemoryTelemetry();
    const system = createSystem({ ...telemetry.systemOptions, actors: [desk, ledger], clock });
    const actors = [expose(desk, { calls: { order: unchecked } })];
    const gateway = await createGateway(system, { actors, port: 0 });
    const url = `${gateway.url}/actors/desk/north/ask/order`;

    const given = await post(url, ["lamp"], { "x-request-id": "request-1" });
    const generated = await post(url, ["chair"]);
    await until(() => telemetry.logs().filter(({ msg }) => msg === "written").length === 2, "both");
    await clock.advance(1_000);
    const reminders = (): readonly unknown[] =>
      telemetry.logs().filter(({ msg }) => msg === "reminded");
    await until(() => reminders().length === 2, "the reminders");

    const second = generated.headers.get("x-request-id");
    assert.deepEqual([await given.json(), await generated.json()], ["request-1", second]);
    for (const id of ["request-1", second]) {
      const lines = telemetry.logs().filter((line) => line["request_id"] === id);
      const texts = new Set(lines.map(({ msg }) => msg));
      for (const text of ["ordered", "written", "reminded", "request"])
        assert.ok(texts.has(text), `${text} of ${id}`);
    }
    const servers = telemetry.spansNamed("POST /actors/desk/{key}/ask/order");
    assert.deepEqual(
      servers.map(({ attributes }) => attributes["actor.request.id"]),
      ["request-1", second],
    );
    await gateway.close();
    await system.shutdown();
    expectBooks(system);
  });
});
