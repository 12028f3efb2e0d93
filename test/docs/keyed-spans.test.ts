import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSystem, defineKeyedActor, queue } from "../../src/index.ts";
import { inMemoryTelemetry } from "../../src/testing.ts";
import { code, codes, firstColumn, readDoc, table } from "../_support/doc-tables.ts";

describe("docs/telemetry.md", () => {
  const doc = readDoc("telemetry.md");

  it("has every span that only keyed actors have, with its attributes", async () => {
    const seen = await spansOfKeyedActors();
    const rows = table(doc, "span | relation");

    assert.deepEqual(firstColumn(rows).toSorted(), [...seen.keys()].toSorted());
    for (const [name = "", , attributes] of rows) {
      const keys = [...(seen.get(code(name)) ?? [])];
      assert.deepEqual(codes(attributes).toSorted(), keys.toSorted(), name);
    }
  });
});

/** The keys of each kind of span that ordinary actors do not have. */
async function spansOfKeyedActors(): Promise<Map<string, Set<string>>> {
  const telemetry = inMemoryTelemetry();
  const worker = defineKeyedActor("worker", {
    state: () => ({ count: 0 }),
    database: { migrations: [], traceSql: true },
    queues: { jobs: queue<string>() },
    onWake: () => {},
    handlers: {
      async work(c) {
        c.state.count += 1;
        await c.db.get("SELECT 1");
        (await c.queue.jobs.next())?.complete();
      },
    },
  });
  const system = createSystem({ ...telemetry.systemOptions, actors: [worker] });
  await system.get(worker, "a").queue.jobs.send("one");
  await system.get(worker, "a").ask.work();
  await system.shutdown();
  const seen = new Map<string, Set<string>>();
  for (const { name, attributes } of telemetry.spans()) {
    const pattern = name
      .replace(/^worker start \w+$/, "{type} start {phase}")
      .replace(/^worker sql \w+$/, "{type} sql {class}")
      .replace(/^worker queue \w+$/, "{type} queue {name}")
      .replace(/^worker save$/, "{type} save");
    if (pattern === name) continue;
    seen.set(pattern, new Set([...(seen.get(pattern) ?? []), ...Object.keys(attributes)]));
  }
  return seen;
}
