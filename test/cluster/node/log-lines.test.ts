import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { embedded } from "../../../src/cluster.ts";
import { createSystem, defineKeyedActor } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store.ts";
import { keepLines } from "../../_support/log-lines.ts";

const cart = defineKeyedActor("cart", {
  state: () => ({ items: 0 }),
  handlers: { add: (c) => (c.state.items += 1) },
});

describe("the log of a node that joins, runs an actor and leaves", () => {
  it("has one line for each change, and no warning", async () => {
    const { logger, written } = keepLines();
    const engine = embedded({ store: new MemoryStore() });
    const system = createSystem({ actors: [cart], logger, engine });
    await system.get(cart, "alice").ask.add();
    await system.shutdown();

    const lines = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      lines.filter(({ level }) => Number(level) >= 40),
      [],
    );
    const ready = lines.filter(({ event }) => event === "cluster.runner.ready");
    assert.deepEqual(
      ready.map(({ missing }) => missing),
      [[], ["draining"]],
    );
  });
});
