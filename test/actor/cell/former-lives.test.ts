import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";

type Context = ActorContext<undefined>;

const child = defineActor("child", { handlers: { noop() {} } });

const actor = defineActor("reborn", {
  handlers: {
    context: (c) => [c] as const,
    fail() {
      throw new Error("oops");
    },
  },
});

describe("the context of a life before a restart", () => {
  for (const [what, call] of [
    ["after", (c: Context) => c.after("late", 10, () => {})],
    ["every", (c: Context) => c.every("late", 10, () => {})],
    ["spawn", (c: Context) => c.spawnTask("late", () => {})],
    ["spawnChild", (c: Context) => c.spawnChild(child)],
    ["stop", (c: Context) => c.stop()],
  ] as const) {
    it(`refuses ${what}, and the new life notices nothing`, async () => {
      await using open = openManualSystem();
      const ref = open.system.spawn(actor);
      const [former] = await ref.ask.context();
      ref.tell.fail();
      await ref.ask.context();

      assert.throws(() => call(former), { code: "ERR_LIFE_OVER" });

      const { active, levels } = open.system.books();
      assert.equal(active, 1);
      assert.ok(!Object.keys(levels).some((key) => key.startsWith("actor.task")));
    });
  }

  it("still says who it was", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(actor);
    const [former] = await ref.ask.context();
    ref.tell.fail();
    await ref.ask.context();

    assert.equal(former.id, ref.id);
    assert.equal(former.signal.aborted, true);
  });
});
