import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf } from "../../_support/actor-waiting.ts";

const echo = defineActor("echo", { handlers: { say: (_c, text: string) => text } });

describe("two systems in one process", () => {
  it("keep books of their own for the same definition", async () => {
    await using one = openSystem();
    await using two = openSystem();
    await one.system.spawn(echo).ask.say("a");
    const ref = two.system.spawn(echo);
    await Promise.all([ref.ask.say("b"), ref.ask.say("c")]);

    const [first, second] = [one.system.books(), two.system.books()];

    assert.deepEqual([first.handled, second.handled], [1, 2]);
    assert.equal(await one.telemetry.value("actor.message.handled"), 1);
    assert.equal(await two.telemetry.value("actor.message.handled"), 2);
  });

  it("keep names and dead letters of their own", async () => {
    await using one = openSystem();
    await using two = openSystem();
    const ref = one.system.spawn(echo, { name: "alice" });
    two.system.spawn(echo, { name: "alice" });
    await ref.stop();

    ref.tell.say("late");

    assert.equal(one.system.find(echo, "alice"), undefined);
    assert.ok(two.system.find(echo, "alice"));
    assert.deepEqual([one.system.deadLetters.total, two.system.deadLetters.total], [1, 0]);
  });

  it("shut down one by one", async () => {
    await using one = openSystem();
    await using two = openSystem();
    const here = one.system.spawn(echo);
    const there = two.system.spawn(echo);

    await one.system.shutdown();

    assert.equal(await codeOf(here.ask.say("a")), "ERR_ACTOR_STOPPED");
    assert.equal(await there.ask.say("b"), "b");
  });

  it("have actors that may talk to each other", async () => {
    await using one = openSystem();
    await using two = openSystem();
    const there = two.system.spawn(echo);
    const caller = defineActor("caller", {
      handlers: { call: (_c, text: string) => there.ask.say(text) },
    });

    const answer = await one.system.spawn(caller).ask.call("across");

    assert.equal(answer, "across");
    assert.equal(two.system.books().handled, 1);
  });

  it("give each actor an id of its own", async () => {
    await using one = openSystem();
    await using two = openSystem();

    assert.notEqual(one.system.spawn(echo).id, two.system.spawn(echo).id);
  });
});
