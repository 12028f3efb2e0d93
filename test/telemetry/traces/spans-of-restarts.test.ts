import assert from "node:assert/strict";
import { it } from "node:test";
import { createSystem, defineActor } from "../../../src/index.ts";
import { expectBooks, inMemoryTelemetry } from "../../../src/testing.ts";

it("a restart's trace holds the stops of the children it ends", async () => {
  const telemetry = inMemoryTelemetry();
  const system = createSystem(telemetry.systemOptions);
  const child = defineActor("child", { handlers: { noop() {} } });
  const parent = defineActor("parent", {
    onStart(c) {
      c.spawnChild(child);
    },
    handlers: {
      fail() {
        throw new RangeError("no");
      },
      ping: () => "pong",
    },
  });
  const ref = system.spawn(parent);

  ref.tell.fail();
  assert.equal(await ref.ask.ping(), "pong");

  const [restart] = telemetry.spansNamed("parent restart");
  const [stop] = telemetry.spansNamed("child stop");
  assert.equal(stop?.parentSpanContext?.spanId, restart?.spanContext().spanId);
  await system.shutdown();
  expectBooks(system);
});
