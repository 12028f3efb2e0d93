import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";

const leaf = defineActor("leaf", { handlers: { ping: () => "pong" } });
const worker = defineActor("worker", {
  handlers: {
    async child(c) {
      const child = c.spawnChild(leaf);
      const reply = await child.ask.ping();
      await child.stop();
      return reply;
    },
    task: (c) => new Promise((resolve) => c.spawnTask("task", async () => resolve("done"))),
  },
});

/** The methods of `Promise` that older replacements, such as Bluebird, lack. */
const NEWER = ["withResolvers", "try"] as const;

describe("a global Promise without the newer methods", () => {
  it("takes nothing from the runtime", async (test) => {
    const before = NEWER.map(
      (name) => [name, Object.getOwnPropertyDescriptor(Promise, name)] as const,
    );
    for (const name of NEWER) Reflect.deleteProperty(Promise, name);
    test.after(() => {
      for (const [name, descriptor] of before) {
        if (descriptor !== undefined) Object.defineProperty(Promise, name, descriptor);
      }
    });

    await using open = openSystem();
    const ref = open.system.spawn(worker);
    const pool = open.system.spawnPool(leaf, { size: 2 });

    assert.equal(await ref.ask.child(), "pong");
    assert.equal(await ref.ask.task(), "done");
    assert.equal(await pool.ask.ping(), "pong");
    await pool.stop();
  });
});
