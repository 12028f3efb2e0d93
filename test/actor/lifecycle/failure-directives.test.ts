import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ActorContext,
  type Directive,
  defineActor,
  type Failure,
  type RestartPolicy,
} from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";

const oops = new Error("oops");

interface Advice {
  readonly onFailure?: (
    c: ActorContext<{ count: number }>,
    failure: Failure,
  ) => Directive | undefined;
  readonly policy?: RestartPolicy;
}

/** Counts, and fails in whatever way it is told to. */
function defineCounter({ onFailure, policy = "permanent" }: Advice) {
  return defineActor("counter", {
    state: () => ({ count: 0 }),
    restart: { policy },
    ...(onFailure === undefined ? {} : { onFailure }),
    handlers: {
      count(c) {
        c.state.count += 1;
        return c.state.count;
      },
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

describe("onFailure", () => {
  for (const message of ["fail", "failInTask", "failInTimer"] as const) {
    it(`that says resume keeps the state (${message})`, async () => {
      await using open = openSystem();
      const heard = Promise.withResolvers<Failure>();
      const onFailure = (_c: unknown, failure: Failure): Directive => {
        heard.resolve(failure);
        return "resume";
      };
      const ref = open.system.spawn(defineCounter({ onFailure }));
      await ref.ask.count();

      ref.tell[message]();
      await heard.promise;

      assert.equal(await ref.ask.count(), 2);
    });
  }

  it("that says stop ends the actor, with the error as the cause of later rejections", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineCounter({ onFailure: () => "stop" }));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
    await assert.rejects(ref.ask.count(), { code: "ERR_ACTOR_STOPPED", cause: oops });
  });

  it("that says restart overrules a policy that says never", async () => {
    await using open = openSystem();
    const onFailure = (): Directive => "restart";
    const ref = open.system.spawn(defineCounter({ onFailure, policy: "never" }));
    await ref.ask.count();

    ref.tell.fail();

    assert.equal(await ref.ask.count(), 1);
  });

  it("that says nothing leaves it to the policy", async () => {
    await using open = openSystem();
    const onFailure = (): undefined => undefined;
    const ref = open.system.spawn(defineCounter({ onFailure, policy: "never" }));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
  });

  it("that says something unknown leaves it to the policy", async () => {
    await using open = openSystem();
    const onFailure = (): Directive => "explode" as Directive;
    const ref = open.system.spawn(defineCounter({ onFailure }));
    await ref.ask.count();

    ref.tell.fail();

    assert.equal(await ref.ask.count(), 1);
  });

  it("that throws stops the actor, and says so in the log", async () => {
    await using open = openSystem();
    const onFailure = (): never => assert.fail("no opinion");
    const ref = open.system.spawn(defineCounter({ onFailure }));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "failed");
    const lines = open.telemetry.logs().map(({ msg }) => msg);
    assert.ok(lines.includes("onFailure failed; the actor stops"));
  });

  it("that kills its own actor has decided", async () => {
    await using open = openSystem();
    const onFailure = (c: ActorContext<{ count: number }>): undefined => c.self.kill() as undefined;
    const ref = open.system.spawn(defineCounter({ onFailure }));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "killed");
    assert.equal(open.system.books().stopped, 1);
  });

  it("that stops its own actor gets the stop, not a restart", async () => {
    await using open = openSystem();
    const onFailure = (c: ActorContext<{ count: number }>): undefined => c.stop() as undefined;
    const ref = open.system.spawn(defineCounter({ onFailure }));

    ref.tell.fail();

    assert.equal(await ref.whenStopped(), "normal");
    assert.equal(await open.telemetry.value("actor.restarts"), 0);
  });

  for (const settle of ["resolve", "reject"] as const) {
    it(`that returns a promise leaves it to the policy, and says so in the log (${settle})`, async () => {
      await using open = openSystem();
      const answer = settle === "resolve" ? Promise.resolve("stop") : Promise.reject(oops);
      const onFailure = (): Directive => answer as unknown as Directive;
      const ref = open.system.spawn(defineCounter({ onFailure }));
      await ref.ask.count();

      ref.tell.fail();

      assert.equal(await ref.ask.count(), 1);
      await settleTurns(); // an unhandled rejection would fail the test
      const lines = open.telemetry.logs().map(({ msg }) => String(msg));
      assert.ok(lines.some((line) => line.startsWith("onFailure must answer at once")));
    });
  }

  it("decides about asks as well, after the caller got the error", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineCounter({ onFailure: () => "stop" }));

    const asked = ref.ask.fail();

    await assert.rejects(asked, (error) => error === oops);
    assert.equal(await ref.whenStopped(), "failed");
  });

  it("sees the state as it was at the failure", async () => {
    await using open = openSystem();
    const counts: number[] = [];
    const onFailure = (c: ActorContext<{ count: number }>): undefined => {
      counts.push(c.state.count);
    };
    const ref = open.system.spawn(defineCounter({ onFailure }));
    await ref.ask.count();

    ref.tell.fail();
    await ref.ask.count();

    assert.deepEqual(counts, [1]);
  });
});
