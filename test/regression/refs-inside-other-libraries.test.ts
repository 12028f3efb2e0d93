import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { createTopic, defineActor } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";

const keeper = defineActor("keeper", {
  state: () => ({ pin: "s3cret" }),
  handlers: { ping: () => "pong", context: (c) => Object.prototype.toString.call(c) },
});

/**
 * Libraries that wrap plain objects in proxies (Vue's `reactive`) or copy them deeply (lodash's `cloneDeep`) take every
 * object with this tag for a plain one. Neither a proxy nor a copy has the private fields of an object.
 */
const PLAIN = "[object Object]";

describe("an object of the runtime within an object of another library", () => {
  it("is not taken for a plain object", async () => {
    await using open = openSystem();
    const { system } = open;
    const ref = system.spawn(keeper);
    const pool = system.spawnPool(keeper, { size: 1 });
    const objects = [
      ref,
      ref.ask,
      ref.tell,
      system,
      system.monitor,
      pool,
      pool.ask,
      createTopic("t"),
    ];

    for (const object of objects) {
      assert.notEqual(Object.prototype.toString.call(object), PLAIN, inspect(object));
    }
    assert.notEqual(await ref.ask.context(), PLAIN);
  });

  it("is shown by util.inspect without the runtime and the state behind it", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(keeper);
    await ref.ask.ping();

    const shown = inspect({ ref, ask: ref.ask, tell: ref.tell }, { depth: 10 });

    assert.doesNotMatch(shown, /s3cret|ActorCell/);
    assert.equal(shown.split(ref.id).length - 1, 3);
  });
});
