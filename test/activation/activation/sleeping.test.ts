import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { MemoryStore } from "../../../src/store/memory/memory-store.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { settleTurns, until } from "../../_support/actor-waiting.ts";

const counter = defineKeyedActor("counter", {
  state: () => ({ total: 0 }),
  idleMs: 1_000,
  handlers: {
    add(c, amount: number) {
      c.state.total += amount;
      return c.state.total;
    },
  },
});

describe("a keyed actor", () => {
  it("wakes, sleeps and wakes with its state", async () => {
    const store = new MemoryStore();
    await using open = openManualSystem({ store });
    const a = open.system.get(counter, "a");
    assert.equal(open.system.books().started, 0);
    assert.equal(await a.ask.add(2), 2);
    await open.clock.advance(999);
    assert.equal(open.system.books().active, 1);
    await open.clock.advance(1);
    await until(() => open.system.books().active === 0);
    assert.equal(await a.ask.add(3), 5);
    await a.sleep();
    assert.equal(open.system.books().active, 0);
    await settleTurns();
    const { keys } = await store.listKeys("");
    assert.deepEqual(keys, ["m/counter/a", "s/counter/a"]);
  });
});
