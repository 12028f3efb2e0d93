import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorRef, type DeadLetter, defineActor } from "../../../src/index.ts";
import { type OpenSystem, openSystem } from "../../_support/actor-system.ts";

const echo = defineActor("echo", { handlers: { say: (_c, text: string) => text } });

interface Echo {
  say(c: never, text: string): string;
}

async function spawnEnded({ system }: OpenSystem): Promise<ActorRef<Echo>> {
  const ref = system.spawn(echo);
  await ref.stop();
  return ref;
}

describe("a dead letter", () => {
  it("says to whom, what, how, why, with which arguments and from whom", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);
    const sender = open.system.spawn(
      defineActor("sender", { handlers: { send: () => ref.tell.say("late") } }),
    );

    await sender.ask.send();

    const [letter] = open.system.deadLetters.recent();
    const { context, ...rest } = letter as DeadLetter;
    assert.deepEqual(rest, {
      actorId: ref.id,
      actorType: "echo",
      messageType: "say",
      kind: "tell",
      reason: "stopped",
      senderId: sender.id,
      args: ["late"],
    });
    assert.ok(context);
  });

  it("is counted by message and reason, and logged with what it was", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);

    ref.tell.say("late");

    const attributes = { "actor.message.type": "say", "actor.dead_letter.reason": "stopped" };
    assert.equal(await open.telemetry.value("actor.dead_letters", attributes), 1);
    const line = open.telemetry.logs().find(({ event }) => event === "actor.dead_letter");
    assert.partialDeepStrictEqual(line, { target_id: ref.id, message_type: "say", kind: "tell" });
  });

  it("does not flood the log", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);

    for (let letter = 0; letter < 100; letter += 1) ref.tell.say("late");

    const lines = open.telemetry.logs().filter(({ event }) => event === "actor.dead_letter");
    assert.equal(lines.length, 3);
  });
});

describe("system.deadLetters", () => {
  it("tells those who subscribed, until they no longer want to know", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);
    const heard: unknown[] = [];
    const unsubscribe = open.system.deadLetters.subscribe(({ args }) => heard.push(args[0]));
    ref.tell.say("one");

    unsubscribe();
    ref.tell.say("two");

    assert.deepEqual(heard, ["one"]);
    assert.equal(open.system.deadLetters.total, 2);
  });

  it("goes on when a listener throws, and logs what it threw", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);
    const heard: unknown[] = [];
    open.system.deadLetters.subscribe(() => assert.fail("deaf"));
    open.system.deadLetters.subscribe(({ args }) => heard.push(args[0]));

    ref.tell.say("one");

    assert.deepEqual(heard, ["one"]);
    const lines = open.telemetry.logs().map(({ msg }) => msg);
    assert.ok(lines.includes("a dead-letter listener threw"));
  });

  it("remembers the last hundred, oldest first", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);

    for (let letter = 0; letter < 130; letter += 1) ref.tell.say(String(letter));

    const remembered = open.system.deadLetters.recent().map(({ args }) => args[0]);
    assert.deepEqual(
      remembered,
      Array.from({ length: 100 }, (_, index) => String(30 + index)),
    );
    assert.equal(open.system.deadLetters.total, 130);
  });

  it("hands out a list that later letters do not change", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);
    const before = open.system.deadLetters.recent();

    ref.tell.say("late");

    assert.deepEqual(before, []);
  });

  it("lets a listener send what was lost elsewhere", async () => {
    await using open = openSystem();
    const ref = await spawnEnded(open);
    const heir = open.system.spawn(echo);
    open.system.deadLetters.subscribe(({ args }) => heir.tell.say(String(args[0])));

    ref.tell.say("late");
    await heir.stop();

    const { handled, deadLetters } = open.system.books();
    assert.deepEqual({ handled, deadLetters }, { handled: 1, deadLetters: 1 });
  });
});
