import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { ClusterWorld } from "../../_support/cluster-world.ts";

const note = defineKeyedActor("note", {
  state: () => ({ count: 0 }),
  handlers: { add: (c) => (c.state.count += 1) },
});

describe("a node that is shut down in order", () => {
  it("warns of nothing, as its last act or as the coordinator of others", async () => {
    await using world = await ClusterWorld.open();
    const first = await world.add("first", { actors: [note] });
    const last = await world.add("last", { actors: [note] });
    const keys = Array.from({ length: 20 }, (_, at) => `k${at}`);
    await Promise.all(keys.map((key) => first.system.get(note, key).ask.add()));
    await world.end(first);
    await world.end(last);

    for (const { telemetry } of [first, last]) {
      const warnings = telemetry.logs().filter(({ level }) => Number(level) >= 40);
      assert.deepEqual(warnings, []);
    }
  });
});
