import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type ActorContext, defineActor } from "../../src/index.ts";
import { openManualSystem } from "../_support/actor-system.ts";

type Context = ActorContext<number[]>;

const worker = defineActor("worker", { handlers: { work() {} } });
const reborn = defineActor("reborn", {
  state: (): number[] => [],
  handlers: {
    context: (c: Context) => [c] as const,
    items: (c: Context) => c.state,
    take(c: Context, item: number) {
      c.state.push(item);
    },
    fail() {
      throw new Error("oops");
    },
  },
});

async function* numbers(): AsyncGenerator<number> {
  yield 1;
}

describe("code of a life before a restart", () => {
  it("cannot start a pipe, whose items the new life would get", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(reborn);
    const [former] = await ref.ask.context();
    ref.tell.fail();
    await ref.ask.context();

    assert.throws(() => former.pipe(numbers(), "take"), { code: "ERR_LIFE_OVER" });

    await nextTurn();
    assert.deepEqual(await ref.ask.items(), []);
  });

  it("cannot start a pool, whose workers would be children of the new life", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(reborn);
    const [former] = await ref.ask.context();
    ref.tell.fail();
    await ref.ask.context();

    assert.throws(() => former.spawnPool(worker, { size: 2 }), { code: "ERR_LIFE_OVER" });

    assert.equal(open.system.books().active, 1);
  });
});

describe("a pipe that is refused", () => {
  it("does not end the process when its promise rejects", async () => {
    await using open = openManualSystem();
    const unhandled: unknown[] = [];
    const onUnhandled = (reason: unknown): void => {
      unhandled.push(reason);
    };
    process.on("unhandledRejection", onUnhandled);
    const ref = open.system.spawn(reborn);
    const [context] = await ref.ask.context();
    ref.kill();

    const broken = Promise.reject(new Error("broken"));
    assert.throws(() => context.pipe(broken, "take"), { code: "ERR_ACTOR_KILLED" });

    await nextTurn();
    process.off("unhandledRejection", onUnhandled);
    assert.deepEqual(unhandled, []);
  });
});
