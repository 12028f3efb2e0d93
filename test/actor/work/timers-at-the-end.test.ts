import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

/** Does what it is told in its own handler. */
const clockwork = defineActor("clockwork", {
  handlers: { act: (c, act: Act) => act(c) },
});

describe("an actor that ends", () => {
  for (const [how, end] of [
    ["is stopped", (c: ActorContext<undefined>) => c.stop()],
    ["is killed", (c: ActorContext<undefined>) => c.self.kill()],
  ] as const) {
    it(`cancels its timers (it ${how})`, async () => {
      await using open = openManualSystem();
      const ref = open.system.spawn(clockwork);
      ref.tell.act((c) => {
        c.after("once", 10, () => assert.fail("it has ended"));
        c.every("tick", 10, () => assert.fail("it has ended"));
        end(c);
      });
      await ref.whenStopped();

      assert.equal(open.clock.pendingTimers, 0);
    });
  }

  for (const tracing of [true, false]) {
    it(`sets no timer going while it stops (tracing ${tracing ? "on" : "off"})`, async () => {
      await using open = openManualSystem(tracing ? {} : { tracing: false });
      const ref = open.system.spawn(clockwork);
      ref.tell.act((c) => void c.after("once", 10, () => assert.fail("it has ended")));

      await ref.stop();

      assert.equal(open.clock.pendingTimers, 0);
    });
  }

  it("sets no timer going from a handler that outlives it", async () => {
    await using open = openManualSystem();
    const gate = new Gate();
    const ref = open.system.spawn(clockwork);
    const outcome = Promise.withResolvers<void>();
    ref.tell.act(async (c) => {
      await gate.opened;
      c.every("tick", 10, () => assert.fail("it has ended"));
      outcome.resolve();
    });
    await until(() => open.system.books().processing === 1);
    ref.kill();

    gate.open();
    await outcome.promise;

    assert.equal(open.clock.pendingTimers, 0);
  });
});

describe("a timer that cannot be", () => {
  for (const [what, act, code] of [
    ["a delay below zero", (c) => c.after("t", -1, () => {}), "ERR_INVALID_OPTION"],
    ["a delay that is no number", (c) => c.after("t", Number.NaN, () => {}), "ERR_INVALID_OPTION"],
    ["a delay of more than a year", (c) => c.after("t", 1e12, () => {}), "ERR_INVALID_OPTION"],
    ["a period of zero", (c) => c.every("t", 0, () => {}), "ERR_INVALID_OPTION"],
    ["a kind with a newline", (c) => c.after("a\nb", 1, () => {}), "ERR_INVALID_NAME"],
    ["a kind that is too long", (c) => c.every("x".repeat(65), 1, () => {}), "ERR_INVALID_NAME"],
  ] satisfies [string, Act, string][]) {
    it(`is refused: ${what}`, async () => {
      await using open = openSystem();

      const asked = open.system.spawn(clockwork).ask.act(act);

      assert.equal(await codeOf(asked), code);
    });
  }
});
