import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, type RestartPolicy } from "../../../src/index.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";

/** Fails when told to; from its second life on it cannot start where `brokenAfter` is 1. */
function defineFragile(policy: RestartPolicy, brokenAfter = Number.POSITIVE_INFINITY) {
  let starts = 0;
  return defineActor("fragile", {
    restart: { policy, maxRestarts: 3, windowMs: 1_000 },
    onStart() {
      starts += 1;
      if (starts > brokenAfter) throw new Error("worn out");
    },
    handlers: {
      starts: () => starts,
      fail() {
        throw new Error("oops");
      },
    },
  });
}

describe("the restart limit", () => {
  it("stops the actor at the failure that exceeds it, and says so in the log", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineFragile("permanent"));

    for (let failure = 0; failure < 4; failure += 1) ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
    assert.equal(await open.telemetry.value("actor.restarts"), 3);
    assert.equal(await open.telemetry.value("actor.failures"), 4);
    const line = open.telemetry.logs().find(({ msg }) => msg === "restart limit reached");
    assert.partialDeepStrictEqual(line, { actor_id: ref.id, restarts: 3, window_ms: 1_000 });
  });

  it("forgets restarts that have left the window", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineFragile("permanent"));

    for (let failure = 0; failure < 10; failure += 1) {
      ref.tell.fail();
      await open.clock.advance(350);
    }

    assert.equal(await ref.ask.starts(), 11);
  });

  it("slides: a burst across the border of two windows is refused", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineFragile("permanent"));
    await open.clock.advance(900);
    ref.tell.fail();
    ref.tell.fail();
    await open.clock.advance(200);

    ref.tell.fail();
    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
  });

  it("of zero allows none", async () => {
    await using open = openSystem();
    const definition = defineActor("glass", {
      restart: { maxRestarts: 0 },
      handlers: {
        fail() {
          throw new Error("oops");
        },
      },
    });
    const ref = open.system.spawn(definition);

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
  });
});

describe("the restart policy", () => {
  it("permanent restarts again when a restart fails, up to the limit", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineFragile("permanent", 1));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
    assert.equal(await open.telemetry.value("actor.restarts"), 3);
  });

  it("transient restarts after a failure, but not when the restart fails", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineFragile("transient", 1));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "start_failed");
    assert.equal(await open.telemetry.value("actor.restarts"), 1);
  });

  it("never stops the actor at its first failure, with onStop", async () => {
    await using open = openManualSystem();
    const reasons: string[] = [];
    const definition = defineActor("glass", {
      restart: { policy: "never" },
      onStop: (_c, reason) => reasons.push(reason),
      handlers: {
        fail() {
          throw new Error("oops");
        },
      },
    });
    const ref = open.system.spawn(definition);
    ref.tell.fail();
    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");

    assert.deepEqual(reasons, ["failed"]);
    assert.equal(open.system.books().deadLetters, 1);
  });

  for (const policy of ["permanent", "transient", "never"] as const) {
    it(`${policy} does not try a first start again`, async () => {
      await using open = openManualSystem();
      const ref = open.system.spawn(defineFragile(policy, 0));

      const reason = await ref.whenStopped();

      assert.equal(reason, "start_failed");
      assert.equal(await open.telemetry.value("actor.restarts"), 0);
    });
  }
});
