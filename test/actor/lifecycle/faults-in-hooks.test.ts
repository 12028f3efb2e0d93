import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor, type StopReason } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

const broken = new RangeError("no disk");
const say = (_c: unknown, text: string): string => text;

/** Ways in which an actor cannot start. */
const badStarts = {
  "a state factory that throws": {
    state: () => {
      throw broken;
    },
  },
  "an onStart that throws": {
    onStart: () => {
      throw broken;
    },
  },
  "an onStart that rejects": { onStart: () => Promise.reject(broken) },
} satisfies Record<string, { state?: () => unknown; onStart?: () => unknown }>;

for (const [what, options] of Object.entries(badStarts)) {
  describe(what, () => {
    const definition = defineActor("broken", { ...options, handlers: { say } });

    it("rejects `whenReady()` with the error as its cause, then and later", async () => {
      await using open = openSystem();
      const ref = open.system.spawn(definition);

      const early = ref.whenReady();

      await assert.rejects(early, { code: "ERR_START_FAILED", cause: broken });
      await ref.whenStopped();
      await assert.rejects(ref.whenReady(), { code: "ERR_START_FAILED", cause: broken });
    });

    it("ends the actor and turns what was queued into dead letters", async () => {
      await using open = openSystem();
      const ref = open.system.spawn(definition);
      ref.tell.say("one");
      const asked = codeOf(ref.ask.say("two"));

      const reason = await ref.whenStopped();

      assert.equal(reason, "start_failed" satisfies StopReason);
      assert.equal(await asked, "ERR_ACTOR_STOPPED");
      assert.equal(open.system.books().deadLetters, 2);
      const phase = { "actor.failure.phase": "start" };
      assert.equal(await open.telemetry.value("actor.failures", phase), 1);
    });

    it("ends the actor too when a stop was asked for meanwhile", async () => {
      await using open = openSystem();
      const ref = open.system.spawn(definition);

      await ref.stop();

      assert.equal(open.system.books().active, 0);
    });
  });
}

describe("an onStart that fails late", () => {
  it("takes along what it had set going", async () => {
    await using open = openSystem();
    const child = defineActor("child", { handlers: { say } });
    const definition = defineActor("broken", {
      onStart(c) {
        c.spawnChild(child);
        c.spawnTask("work", (signal) => new Promise((resolve) => (signal.onabort = resolve)));
        c.every("tick", 1_000, () => {});
        throw broken;
      },
      taskDeadlineMs: 0,
      handlers: { say },
    });

    const ref = open.system.spawn(definition);

    assert.equal(await ref.whenStopped(), "start_failed");
    assert.equal(open.system.books().active, 0);
  });

  it("ends an actor that had asked for its own stop", async () => {
    await using open = openSystem();
    const definition = defineActor("broken", {
      onStart(c) {
        c.stop();
        throw broken;
      },
      handlers: { say },
    });

    const ref = open.system.spawn(definition);

    await ref.whenStopped();
    assert.equal(open.system.books().active, 0);
  });
});

describe("an onStart that calls for an end", () => {
  it("with `c.stop()` lets it start, then stop, with onStop", async () => {
    await using open = openSystem();
    const reasons: string[] = [];
    const definition = defineActor("brief", {
      onStart: (c) => c.stop(),
      onStop: (_c, reason) => reasons.push(reason),
      handlers: { say },
    });
    const ref = open.system.spawn(definition);

    await ref.whenReady();
    await ref.whenStopped();

    assert.deepEqual(reasons, ["normal"]);
  });

  it("with a kill ends it at once and rejects `whenReady()`", async () => {
    await using open = openSystem();
    const definition = defineActor("brief", {
      onStart: (c: ActorContext<undefined>) => c.self.kill(),
      onStop: () => assert.fail("a killed actor runs no onStop"),
      handlers: { say },
    });
    const ref = open.system.spawn(definition);

    const ready = codeOf(ref.whenReady());

    assert.equal(await ready, "ERR_ACTOR_KILLED");
    assert.equal(await ref.whenStopped(), "killed");
  });
});

for (const [what, onStop] of [
  ["throws", () => assert.fail("no goodbye")],
  ["rejects", () => Promise.reject(new Error("no goodbye"))],
] as const) {
  describe(`an onStop that ${what}`, () => {
    it("is counted and logged, and ends nothing that is not ending anyway", async () => {
      await using open = openSystem();
      const definition = defineActor("rude", { onStop, handlers: { say } });
      const ref = open.system.spawn(definition);

      await ref.stop();

      assert.equal(await ref.whenStopped(), "normal");
      const phase = { "actor.failure.phase": "stop" };
      assert.equal(await open.telemetry.value("actor.failures", phase), 1);
      assert.ok(open.telemetry.logs().some(({ msg }) => msg === "onStop failed"));
    });

    it("does not keep a restart from its new life", async () => {
      await using open = openSystem();
      const definition = defineActor("rude", {
        onStop,
        handlers: {
          say,
          fail() {
            throw broken;
          },
        },
      });
      const ref = open.system.spawn(definition, { name: "rude" });
      ref.tell.fail();

      const text = await ref.ask.say("still here");

      assert.equal(text, "still here");
      ref.kill();
    });
  });
}

describe("an onStop that sets things going", () => {
  it("has its tasks awaited, its timers ignored and its children refused", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const log: unknown[] = [];
    const child = defineActor("child", { handlers: { say } });
    const definition = defineActor("busy", {
      async onStop(c) {
        c.after("never", 0, () => log.push("timer"));
        c.spawnTask("farewell", async () => {
          await gate.opened;
          log.push("task");
        });
        log.push(await codeOf(Promise.resolve().then(() => c.spawnChild(child))));
      },
      handlers: { say },
    });
    const stopped = open.system.spawn(definition).stop();
    await until(() => log.length > 0);
    await settleTurns();
    assert.equal(open.system.books().active, 1);

    gate.open();
    await stopped;

    assert.deepEqual(log, ["ERR_ACTOR_STOPPED", "task"]);
  });
});
