import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineActor } from "../../src/index.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { expectClosedBooks, openSystem } from "../_support/actor-system.ts";

const echo = defineActor("echo", {
  handlers: {
    say(c, text: string) {
      c.log.info({ text }, "said");
      return text;
    },
  },
});

describe("in-memory telemetry", () => {
  it("keeps spans, log lines and metrics of the systems it was given to", async () => {
    await using open = openSystem();
    const { telemetry } = open;

    await open.system.spawn(echo).ask.say("hello");

    const [span] = telemetry.spansNamed("echo.say");
    const line = telemetry.logs().find(({ msg }) => msg === "said");
    assert.partialDeepStrictEqual(line, { text: "hello", trace_id: span?.spanContext().traceId });
    assert.equal(await telemetry.value("actor.message.handled", { "actor.type": "echo" }), 1);
  });

  it("sums a metric over the points that have the attributes, and histograms by their counts", async () => {
    await using open = openSystem();
    const { telemetry } = open;
    const ref = open.system.spawn(echo);
    await ref.ask.say("a");
    ref.tell.say("b");
    await ref.stop();

    const values = await Promise.all([
      telemetry.value("actor.message.handled"),
      telemetry.value("actor.message.handled", { "actor.message.kind": "tell" }),
      telemetry.value("actor.message.handled", { "actor.message.kind": "timer" }),
      telemetry.value("actor.message.process.duration"),
      telemetry.value("no.such.metric"),
    ]);

    assert.deepEqual(values, [2, 1, 0, 2, 0]);
  });

  it("is not shared: each keeps to its own systems", async () => {
    await using one = openSystem();
    await using two = openSystem();

    await one.system.spawn(echo).ask.say("a");

    assert.equal(two.telemetry.spans().length, 0);
    assert.equal(two.telemetry.logs().length, 0);
    assert.equal(await two.telemetry.value("actor.started"), 0);
  });

  it("keeps log lines from the level on that it was told", async () => {
    const telemetry = inMemoryTelemetry({ logLevel: "warn" });
    const system = createSystem(telemetry.systemOptions);

    await system.spawn(echo).ask.say("hello");
    await system.shutdown();

    assert.deepEqual(telemetry.logs(), []);
    expectClosedBooks(system);
  });
});
