import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, defineKeyedActor, type SystemOptions } from "../../src/index.ts";
import { openManualSystem, passTimeUntil } from "../_support/actor-system.ts";
import { codeOf, settleTurns } from "../_support/actor-waiting.ts";

type Logger = NonNullable<SystemOptions["logger"]>;

const METHODS = ["child", "isLevelEnabled", "debug", "info", "warn", "error"] as const;

function fail(): never {
  throw new Error("the disk of the log is full");
}

/** A logger whose methods `broken` throw. */
function brokenLogger(broken: readonly string[]): Logger {
  const methods: Record<string, unknown> = {
    child: () => methods,
    isLevelEnabled: () => true,
    ...Object.fromEntries(METHODS.slice(2).map((level) => [level, () => {}])),
  };
  for (const method of broken) methods[method] = fail;
  return methods as unknown as Logger;
}

const keyed = defineKeyedActor("keyed", {
  state: () => ({ total: 0 }),
  idleMs: 100,
  onSleep: fail,
  handlers: {
    add: (c) => ++c.state.total,
    wait: (c) => c.waitUntil(Promise.reject(new Error("waited for"))),
    fail,
  },
});
const failing = defineKeyedActor("failing", { onWake: fail, handlers: { get: () => 1 } });
const plain = defineActor("plain", { handlers: { get: () => 1, fail } });

describe("a logger that throws does not affect actors", () => {
  for (const broken of [...METHODS.map((method) => [method]), METHODS]) {
    it(broken.length > 1 ? "in all methods" : `in ${broken[0]}`, async () => {
      await using open = openManualSystem({ logger: brokenLogger(broken) });
      const { system, clock } = open;
      const ref = system.get(keyed, "a");
      const spawned = system.spawn(plain);

      assert.equal(await ref.ask.add(), 1);
      await ref.ask.wait();
      ref.tell.fail();
      spawned.tell.fail();
      assert.equal(await codeOf(system.get(failing, "a").ask.get()), "ERR_START_FAILED");
      assert.equal(await spawned.ask.get(), 1);
      await settleTurns();
      await clock.advance(200); // it sleeps
      await settleTurns();

      assert.equal(await ref.ask.add(), 2);
      await passTimeUntil(clock, ref.destroy());
      assert.equal(await ref.ask.add(), 1);
    });
  }
});
