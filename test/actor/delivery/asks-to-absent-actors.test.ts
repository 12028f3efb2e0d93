import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { actorsIn } from "../../_support/actor-books.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, forever, Gate, until } from "../../_support/actor-waiting.ts";

const echo = defineActor("echo", { handlers: { say: (_c, text: string) => text } });

/** An actor that starts, restarts and handles as slowly as its gates let it. */
function defineSlow(gates: { start?: Gate; handler?: Gate }) {
  return defineActor("slow", {
    onStart: () => gates.start?.opened,
    handlers: {
      say: (_c, text: string) => text,
      fail() {
        throw new Error("no");
      },
      wait: () => gates.handler?.opened ?? forever(),
    },
  });
}

describe("an ask to an actor that is not running", () => {
  it("is refused when the actor has stopped, and counted as a dead letter", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);
    await ref.stop();

    const code = await codeOf(ref.ask.say("hello"));

    assert.equal(code, "ERR_ACTOR_STOPPED");
    assert.deepEqual(
      open.system.deadLetters.recent().map(({ actorId, kind, reason, args }) => ({
        actorId,
        kind,
        reason,
        args,
      })),
      [{ actorId: ref.id, kind: "ask", reason: "stopped", args: ["hello"] }],
    );
  });

  it("is refused when the actor was killed", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);
    ref.kill();

    const code = await codeOf(ref.ask.say("hello"));

    assert.equal(code, "ERR_ACTOR_KILLED");
  });

  it("is refused while the actor is stopping", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(defineSlow({ handler: gate }));
    void ref.ask.wait();
    const stopped = ref.stop();

    const code = await codeOf(ref.ask.say("hello"));

    assert.equal(code, "ERR_ACTOR_STOPPED");
    gate.open();
    await stopped;
  });

  it("waits while the actor starts, and is answered then", async () => {
    await using open = openSystem();
    const start = new Gate();
    const ref = open.system.spawn(defineSlow({ start }));
    const asked = ref.ask.say("hello");
    assert.equal(open.system.books().waiting, 1);

    start.open();

    assert.equal(await asked, "hello");
  });

  it("is refused with the start's error when the actor cannot start", async () => {
    await using open = openSystem();
    const broken = defineActor("broken", {
      onStart() {
        throw new RangeError("no disk");
      },
      handlers: { say: (_c, text: string) => text },
    });
    const ref = open.system.spawn(broken);

    const asked = ref.ask.say("hello");

    await assert.rejects(asked, (error: Error & { code: string }) => {
      assert.equal(error.code, "ERR_ACTOR_STOPPED");
      assert.ok(error.cause instanceof RangeError);
      return true;
    });
  });

  it("waits while the actor restarts, and is answered then", async () => {
    await using open = openSystem();
    const gates = { start: new Gate() };
    gates.start.open();
    const ref = open.system.spawn(defineSlow(gates));
    await ref.whenReady();
    gates.start = new Gate();
    ref.tell.fail();
    await until(() => actorsIn(open.system, "restarting") === 1);
    const asked = ref.ask.say("hello");

    gates.start.open();

    assert.equal(await asked, "hello");
  });

  it("is rejected when the actor is killed while the message is queued", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(defineSlow({}));
    const running = codeOf(ref.ask.wait());
    const queued = codeOf(ref.ask.say("hello"));
    await until(() => open.system.books().processing === 1);

    ref.kill();

    assert.deepEqual(await Promise.all([running, queued]), [
      "ERR_ACTOR_KILLED",
      "ERR_ACTOR_KILLED",
    ]);
    assert.equal(open.system.books().deadLetters, 1);
  });
});
