import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";

const NAMES = ["abort", "aborted", "close"] as const;

describe("a field that a handler sets on its context", () => {
  for (const name of NAMES) {
    it(`is the user's own, without a meaning for the runtime: ${name}`, async () => {
      await using open = openSystem();
      const ref = open.system.spawn(
        defineActor("owner", {
          handlers: {
            set(c) {
              (c as unknown as Record<string, unknown>)[name] = "mine";
              return Reflect.get(c, name) as unknown;
            },
            boom() {
              throw new Error("a failure of the test");
            },
            task: (c) => new Promise((done) => c.spawnTask("t", (signal) => done(signal.aborted))),
            ping: () => "pong",
          },
        }),
      );
      assert.equal(await ref.ask.set(), "mine");
      assert.equal(await ref.ask.task(), false);

      ref.tell.boom();

      assert.equal(await ref.ask.ping(), "pong");
      assert.equal(await ref.ask.set(), "mine");
      ref.kill();
      assert.equal(await ref.whenStopped(), "killed");
    });
  }
});
