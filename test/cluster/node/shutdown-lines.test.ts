import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { embedded } from "../../../src/cluster.ts";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store.ts";
import { expectBooks, type InMemoryTelemetry, inMemoryTelemetry } from "../../../src/testing.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";
import { CrashingSession, type Fate } from "../../_support/crashing-session.ts";

const note = defineKeyedActor("note", {
  state: () => ({ count: 0 }),
  handlers: { add: (c) => (c.state.count += 1) },
});

function warningsOf(telemetry: InMemoryTelemetry): readonly unknown[] {
  const lines = telemetry.logs().filter(({ level }) => Number(level) >= 40);
  return lines.filter(({ event }) => String(event).startsWith("cluster."));
}

describe("a node that is shut down in order", () => {
  it("warns of nothing, as its last act or as the coordinator of others", async () => {
    await using world = await ClusterWorld.open();
    const first = await world.add("first", { actors: [note] });
    const last = await world.add("last", { actors: [note] });
    const keys = Array.from({ length: 20 }, (_, at) => `k${at}`);
    await Promise.all(keys.map((key) => first.system.get(note, key).ask.add()));
    await world.end(first);
    await world.end(last);

    for (const { telemetry } of [first, last]) assert.deepEqual(warningsOf(telemetry), []);
  });

  it("warns of nothing while it joins, and says to callers that it is shut down", async () => {
    const real = embedded({ store: new MemoryStore() });
    const gate = new Gate();
    const telemetry = inMemoryTelemetry();
    const system = createSystem({
      ...telemetry.systemOptions,
      actors: [note],
      engine: {
        name: "slow",
        async open(parts) {
          const session = new CrashingSession(await real.open(parts));
          session.fateOf = async ({ name }): Promise<Fate> => {
            if (name === "runners.put") await gate.opened;
            return "works";
          };
          return session;
        },
      },
    });
    const asked = codeOf(system.get(note, "a").ask.add());
    await until(() => system.health().cluster?.state === "open");
    const ended = system.shutdown();
    gate.open();
    await ended;

    assert.equal(await asked, "ERR_SYSTEM_STOPPED");
    assert.deepEqual(warningsOf(telemetry), []);
    expectBooks(system);
  });
});
