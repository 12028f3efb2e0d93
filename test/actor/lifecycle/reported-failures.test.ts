import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor, type Failure } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");

/** Fails in whatever way it is told to. */
function defineFailing(onFailure: (c: unknown, failure: Failure) => undefined) {
  return defineActor("failing", {
    onFailure,
    handlers: {
      ping: () => "pong",
      fail() {
        throw oops;
      },
      failInTask(c) {
        c.spawnTask("work", () => Promise.reject(oops));
      },
      failInTimer(c) {
        c.after("tick", 0, () => {
          throw oops;
        });
      },
    },
  });
}

describe("the failure that onFailure is told of", () => {
  for (const [message, expected] of [
    ["fail", { phase: "handler", messageType: "fail" }],
    ["failInTask", { phase: "task", messageType: "work" }],
    ["failInTimer", { phase: "timer", messageType: "tick" }],
  ] as const) {
    it(`names the phase, what failed, the error and the restarts so far (${message})`, async () => {
      await using open = openSystem();
      const heard = Promise.withResolvers<Failure>();
      const onFailure = (_c: unknown, failure: Failure): undefined => {
        if (failure.restarts === 1) heard.resolve(failure);
      };
      const ref = open.system.spawn(defineFailing(onFailure));
      ref.tell.fail();
      await ref.ask.ping();

      ref.tell[message]();

      assert.deepEqual(await heard.promise, { ...expected, error: oops, restarts: 1 });
    });
  }

  it("names no message for a hook", async () => {
    await using open = openSystem();
    const failures: Failure[] = [];
    const definition = defineActor("stillborn", {
      onStart() {
        throw oops;
      },
      onFailure(_c, failure) {
        failures.push(failure);
        return undefined;
      },
      handlers: { say: (_c, text: string) => text },
    });

    const ref = open.system.spawn(definition);

    await ref.whenStopped();
    assert.deepEqual(failures, [{ phase: "start", error: oops, restarts: 0 }]);
  });

  it("wraps what is no error", async () => {
    await using open = openSystem();
    const heard = Promise.withResolvers<Failure>();
    const definition = defineActor("texting", {
      onFailure(_c, failure) {
        heard.resolve(failure);
        return undefined;
      },
      handlers: {
        fail() {
          throw "text"; // what JavaScript allows
        },
      },
    });
    const ref = open.system.spawn(definition);

    ref.tell.fail();

    assert.equal(await codeOf(Promise.reject((await heard.promise).error)), "ERR_THROWN_VALUE");
  });
});

describe("a start that fails", () => {
  it("is tried again where onFailure says restart, within the limit", async () => {
    await using open = openSystem();
    let starts = 0;
    const definition = defineActor("stubborn", {
      onStart() {
        starts += 1;
        if (starts < 4) throw oops;
      },
      onFailure: () => "restart",
      handlers: { say: (_c, text: string) => text },
    });

    const ref = open.system.spawn(definition);

    assert.equal(await ref.ask.say("at last"), "at last");
    assert.equal(starts, 4);
  });

  it("ends the actor where onFailure says resume: there is no state to go on with", async () => {
    await using open = openSystem();
    const definition = defineActor("stillborn", {
      state: () => {
        throw oops;
      },
      onFailure: () => "resume",
      handlers: { say: (_c, text: string) => text },
    });

    const ref = open.system.spawn(definition);

    assert.equal(await ref.whenStopped(), "start_failed");
  });
});
