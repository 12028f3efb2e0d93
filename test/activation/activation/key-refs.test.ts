import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  createSystem,
  defineActor,
  defineKeyedActor,
  type KeyedContext,
} from "../../../src/index.ts";
import { inMemoryTelemetry } from "../../../src/testing.ts";
import { codeOf, settleTurns, until } from "../../_support/actor-waiting.ts";
import { openKeyed, WatchedStore } from "../../_support/keyed.ts";

// biome-ignore lint/suspicious/noExplicitAny: of any definition
type AnyKeyedContext = KeyedContext<any>;

const plain = defineKeyedActor("plain", {
  state: () => ({ total: 0 }),
  handlers: { add: (c, by: number) => (c.state.total += by), key: (c) => [c.id, c.key, c.self.id] },
});

describe("the ref of a key", () => {
  it("is there at once, reads nothing and wakes nothing", async () => {
    await using open = openKeyed();

    const ref = open.system.get(plain, ["plant-1", "pump,7"]);

    assert.equal(ref.id, "plain/plant-1,pump~27");
    assert.deepEqual(ref.key, ["plant-1", "pump,7"]);
    assert.equal(String(ref), ref.id);
    await settleTurns();
    assert.deepEqual([open.store.roundTrips, open.system.books().started], [0, 0]);
    const [id, key, self] = (await ref.ask.key()) as [string, string[], string];
    assert.match(id, /^plain\/[0-9a-f]+-/);
    assert.deepEqual([key, self], [ref.key, ref.id]);
  });

  it("wakes no sleeping actor to end it, or to hear of its end", async () => {
    await using open = openKeyed();
    const ref = open.system.get(plain, "a");

    await ref.sleep();
    await ref.stop();
    ref.kill();
    assert.equal(await ref.whenStopped(), "idle");
    assert.equal(open.system.books().started, 0);
    await ref.ask.add(1);
    const stopped = ref.whenStopped();
    await ref.stop();
    assert.equal(await stopped, "requested");
    assert.equal(await ref.whenStopped(), "requested");
    await ref.whenReady();

    assert.equal(open.system.books().started, 2);
  });

  for (const [what, end] of [
    ["its sleep", (c) => c.self.sleep()],
    ["its own removal", (c) => c.self.destroy()],
    ["its removal by the system", (c) => c.system.destroy("ending", c.key)],
  ] satisfies [string, (c: AnyKeyedContext) => Promise<unknown>][]) {
    it(`lets a handler request ${what} without waiting for it`, async (t) => {
      await using open = openKeyed();
      const unhandled: unknown[] = [];
      const onUnhandled = (error: unknown): void => void unhandled.push(error);
      process.on("unhandledRejection", onUnhandled);
      t.after(() => process.off("unhandledRejection", onUnhandled));
      const ending = defineKeyedActor("ending", {
        state: () => ({ total: 1 }),
        handlers: { end: (c) => void end(c) },
      });

      await open.system.get(ending, "a").ask.end();
      await until(() => open.system.books().active === 0);

      assert.deepEqual(unhandled, []);
    });

    it(`refuses a handler that awaits ${what}, and ends the actor all the same`, async () => {
      await using open = openKeyed();
      const ending = defineKeyedActor("ending", {
        state: () => ({ total: 1 }),
        handlers: { end: (c) => codeOf(end(c)) },
      });

      assert.equal(await open.system.get(ending, "a").ask.end(), "ERR_SELF_STOP");
      await until(() => open.system.books().active === 0);
    });
  }

  it("with call options is of the same key", async () => {
    await using open = openKeyed();
    const ref = open.system.get(plain, "a").with({ timeoutMs: 100 });

    assert.deepEqual([ref.id, ref.key], ["plain/a", ["a"]]);
    assert.equal(await ref.ask.add(1), 1);
    await ref.sleep();
  });

  it("is had by any actor", async () => {
    await using open = openKeyed();
    const spawned = defineActor("spawned", {
      handlers: { add: (c, by: number) => c.system.get(plain, "a").ask.add(by) },
    });

    assert.equal(await open.system.spawn(spawned).ask.add(4), 4);
  });

  it("refuses keys and options that are none", async () => {
    await using open = openKeyed();
    const get = (key: unknown, options?: object) => {
      const call = open.system.get as (...args: unknown[]) => unknown;
      return codeOf((async () => call.call(open.system, plain, key, options))());
    };

    for (const key of ["", [], ["a", ""], "x".repeat(10_240), "\ud800", 5, Array(17).fill("a")]) {
      assert.equal(await get(key), "ERR_INVALID_KEY", JSON.stringify(key));
    }
    assert.equal(await get("a", { inputs: 1 }), "ERR_INVALID_OPTION");
    for (const key of ["__proto__", "../../etc", "a\0b", "ключ 🔑", "constructor"]) {
      assert.equal(await open.system.get(plain, key).ask.add(1), 1);
      await open.system.get(plain, key).sleep();
      assert.equal(await open.system.get(plain, key).ask.add(1), 2);
    }
  });
});

describe("a keyed definition", () => {
  it("has its name for itself in a system", async () => {
    await using open = openKeyed();
    open.system.get(plain, "a");
    const other = defineKeyedActor("plain", { handlers: { ping: () => "pong" } });

    assert.equal(await codeOf((async () => open.system.get(other, "a"))()), "ERR_TYPE_TAKEN");
  });

  it("cannot be spawned, and others cannot be addressed", async () => {
    await using open = openKeyed();
    const spawned = defineActor("spawned", { handlers: { ping: () => "pong" } });

    const codes = [
      await codeOf((async () => open.system.spawn(plain as never, {} as never))()),
      await codeOf((async () => open.system.get(spawned as unknown as typeof plain, "a"))()),
    ];

    assert.deepEqual(codes, ["ERR_INVALID_OPTION", "ERR_INVALID_OPTION"]);
  });
});

describe("a store", () => {
  it("serves one system, which closes it", async () => {
    const store = new WatchedStore();
    await using open = openKeyed({}, store);
    const { systemOptions } = inMemoryTelemetry();

    assert.equal(
      await codeOf((async () => createSystem({ ...systemOptions, store }))()),
      "ERR_INVALID_OPTION",
    );

    await open.system.shutdown();
    assert.equal(store.closed, true);
  });

  it("is in memory without the option, which is said once", async () => {
    const telemetry = inMemoryTelemetry();
    const system = createSystem({ ...telemetry.systemOptions });
    await system.get(plain, "a").ask.add(1);
    await system.get(plain, "a").sleep();

    assert.equal(await system.get(plain, "a").ask.add(1), 2);

    const lines = telemetry.logs().filter(({ event }) => event === "actor.store.memory");
    assert.equal(lines.length, 1);
    await system.shutdown();
  });
});
