import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { codeOf } from "../../_support/actor-waiting.ts";
import { HOOK_ACTIONS, type HookAction } from "../../_support/hook-actions.ts";
import { outcomeOfAction } from "../../_support/hook-outcomes.ts";
import { HOOK_SITES, type HookSite, HookWorld } from "../../_support/hook-world.ts";
import { outcomeOf } from "../../_support/outcome-of.ts";

/** Longer than an ask, a sleep and all deadlines of the actor. */
const LONG_MS = 7_000;

/** Plays one combination. Returns the outcome of the call that leads to the hook. */
async function play(site: HookSite, name: string, act: HookAction): Promise<string> {
  const world = await HookWorld.open(site.name, act);
  const { ref, open } = world;
  const asked = [outcomeOf(ref.ask.add(1)), outcomeOf(ref.ask.get())];
  ref.tell.add(1);
  if (site.trigger !== undefined) {
    assert.deepEqual(await world.settle(Promise.all(asked)), ["ok", "ok"]);
    asked.unshift(outcomeOf(site.trigger(ref)));
    await world.pass(20);
  }
  await world.pass(LONG_MS);
  if (name === "never return") ref.kill(); // nothing else ends a start or a handler that hangs
  const [outcome = ""] = await world.settle(Promise.all(asked));
  assert.ok(world.acts > 0, "the hook has not been called");
  world.over = true;
  await world.pass(LONG_MS);
  if (!name.includes("shutdown")) {
    assert.equal(await world.settle(codeOf(ref.ask.add(1))), undefined, "the key is not usable");
    await world.settle(ref.destroy());
  }
  await open[Symbol.asyncDispose]();
  await world.settle(Promise.all(world.left.map(outcomeOf)));
  return outcome;
}

/** As {@link play}, and checks that no error is unhandled. */
async function audited(...args: Parameters<typeof play>): Promise<string> {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", onUnhandled);
  process.on("uncaughtException", onUnhandled);
  try {
    const outcome = await play(...args);
    assert.deepEqual(unhandled, [], "unhandled errors");
    return outcome;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    process.off("unhandledRejection", onUnhandled);
    process.off("uncaughtException", onUnhandled);
  }
}

describe("code of a keyed actor that does anything at one of its hooks", () => {
  for (const site of HOOK_SITES) {
    it(site.name, async () => {
      const faults: string[] = [];
      for (const [name, act] of Object.entries(HOOK_ACTIONS)) {
        const outcome = await audited(site, name, act);
        const expected = outcomeOfAction(site.name, name);
        if (!expected.test(outcome)) faults.push(`${name}: ${outcome}, not ${expected}`);
      }

      assert.deepEqual(faults, []);
    });
  }
});
