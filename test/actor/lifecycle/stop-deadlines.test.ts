import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { type OpenManualSystem, openManualSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, settleTurns, until } from "../../_support/actor-waiting.ts";

interface Moods {
  readonly onStart?: () => unknown;
  readonly onStop?: () => unknown;
}

/** Ends within a second or not at all. */
function defineStubborn(moods: Moods = {}) {
  return defineActor("stubborn", {
    stopDeadlineMs: 1_000,
    ...moods,
    handlers: {
      hang: forever,
      note() {},
      fail() {
        throw new Error("oops");
      },
      act: (c, act: (c: ActorContext<undefined>) => unknown) => act(c),
    },
  });
}

function overdueLines(open: OpenManualSystem): Record<string, unknown>[] {
  return open.telemetry.logs().filter(({ event }) => event === "actor.stop.overdue");
}

describe("a stop that does not come to its end", () => {
  it("because of a handler is cut short by a kill at the deadline, and not before", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn());
    const asked = codeOf(ref.with({ timeoutMs: 60_000 }).ask.hang());
    await settleTurns();
    const stopped = ref.stop();

    await open.clock.advance(999);
    assert.equal(open.system.books().active, 1);
    await open.clock.advance(1);

    await stopped;
    assert.equal(await ref.whenStopped(), "killed");
    assert.equal(await asked, "ERR_ACTOR_KILLED");
    assert.partialDeepStrictEqual(overdueLines(open), [
      { level: 40, target_id: ref.id, message_type: "hang", deadline_ms: 1_000 },
    ]);
  });

  it("because of onStop is cut short as well", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn({ onStop: forever }));
    const stopped = ref.stop();

    await open.clock.advance(1_000);

    await stopped;
    assert.equal(await ref.whenStopped(), "killed");
  });

  it("because of onStart is cut short as well", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn({ onStart: forever }));
    const ready = codeOf(ref.whenReady());
    const stopped = ref.stop();

    await open.clock.advance(1_000);

    await stopped;
    assert.equal(await ready, "ERR_ACTOR_KILLED");
  });

  it("because of a child takes the child along", async () => {
    await using open = openManualSystem();
    const patient = defineActor("patient", { stopDeadlineMs: 60_000, handlers: { hang: forever } });
    const ref = open.system.spawn(defineStubborn());
    await ref.ask.act((c) => c.spawnChild(patient).tell.hang());
    await settleTurns();
    const stopped = ref.stop();

    await open.clock.advance(1_000);

    await stopped;
    assert.equal(open.system.books().active, 0);
    assert.equal(overdueLines(open)[0]?.["children"], 1);
  });

  it("because of c.stop() in a handler that then hangs is cut short as well", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn());
    ref.tell.act((c) => {
      c.stop();
      return forever();
    });
    await settleTurns();

    await open.clock.advance(1_000);

    assert.equal(await ref.whenStopped(), "killed");
  });

  it("because the queue holds a handler that hangs is cut short as well", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn());
    ref.tell.note();
    ref.tell.hang();
    const stopped = ref.stop();

    await open.clock.advance(1_000);

    await stopped;
    assert.equal(await ref.whenStopped(), "killed");
  });

  it("is told of at most three times in 30 s for each type", async () => {
    await using open = openManualSystem();
    const stubborn = defineStubborn({ onStop: forever });
    const refs = Array.from({ length: 10 }, () => open.system.spawn(stubborn));
    for (const ref of refs) void ref.stop();

    await open.clock.advance(1_000);

    assert.equal(open.system.books().active, 0);
    assert.equal(overdueLines(open).length, 3);
  });

  it("leaves no timer behind when it does come to its end", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn({ onStop: async () => {} }));
    ref.tell.note();

    await ref.stop();

    assert.equal(open.clock.pendingTimers, 0);
  });
});

describe("a restart whose old life does not come to its end", () => {
  it("because of onStop ends in a kill", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn({ onStop: forever }));
    ref.tell.fail();
    await settleTurns();

    await open.clock.advance(1_000);

    assert.equal(await ref.whenStopped(), "killed");
    assert.equal(overdueLines(open).length, 1);
  });

  it("because of a handler beside which a task failed ends in a kill", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(defineStubborn());
    ref.tell.act((c) => {
      c.spawnTask("work", () => Promise.reject(new Error("oops")));
      return forever();
    });
    await settleTurns();

    await open.clock.advance(1_000);

    assert.equal(await ref.whenStopped(), "killed");
  });

  it("because of a child kills the child and goes on", async () => {
    await using open = openManualSystem();
    const patient = defineActor("patient", { stopDeadlineMs: 60_000, handlers: { hang: forever } });
    const ref = open.system.spawn(defineStubborn());
    await ref.ask.act((c) => c.spawnChild(patient).tell.hang());
    ref.tell.fail();
    await settleTurns();

    await open.clock.advance(1_000);

    await until(() => open.telemetry.logs().some(({ event }) => event === "actor.restarted"));
    assert.equal(open.system.books().active, 1);
  });
});
