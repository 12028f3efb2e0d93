import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { type ActorRef, defineActor, type UntypedHandlers } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";

const echo = defineActor("echo", { handlers: { say: (_c, text: string) => text } });

/** What a caller without types sees. */
type Untyped = Record<string, (...args: unknown[]) => unknown>;

function untyped(side: unknown): Untyped {
  return side as Untyped;
}

/** Calls a message that the definition does not have. */
function call(side: unknown, name: string): unknown {
  return untyped(side)[name]?.();
}

describe("a message the definition does not have", () => {
  it("is rejected when asked, and counted as a dead letter", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);

    const asked = call(ref.ask, "shout") as Promise<never>;

    await assert.rejects(asked, {
      name: "DeliveryError",
      code: "ERR_UNKNOWN_MESSAGE",
      actorId: ref.id,
      messageType: "shout",
      message: `${ref.id} has no message "shout"`,
    });
    assert.equal(open.system.books().deadLetters, 1);
  });

  it("throws when told, and is counted as a dead letter", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);

    assert.throws(() => call(ref.tell, "shout"), { code: "ERR_UNKNOWN_MESSAGE" });

    const [letter] = open.system.deadLetters.recent();
    assert.equal(letter?.reason, "unknown_message");
  });

  it("stands on metrics under one name, regardless of what the caller calls it", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);

    for (const name of ["shout", "whisper"]) assert.throws(() => call(ref.tell, name));

    const attributes = { "actor.message.type": "_OTHER", "actor.type": "echo" };
    assert.equal(await open.telemetry.value("actor.dead_letters", attributes), 2);
    assert.equal(await open.telemetry.value("actor.message.sent", attributes), 2);
  });

  it("is cut and escaped in the error when its name is long or has control characters", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);

    const thrown = { message: `${ref.id} has no message "\\n${"x".repeat(63)}…"` };

    assert.throws(() => call(ref.tell, `\n${"x".repeat(10_000)}`), thrown);
  });

  it("is refused by an actor that has ended, too", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);
    await ref.stop();

    assert.throws(() => call(ref.tell, "shout"), { code: "ERR_UNKNOWN_MESSAGE" });
  });
});

describe("what JavaScript looks up by itself", () => {
  it("does not make a promise of `ref.ask`: it can be awaited", async () => {
    await using open = openSystem();
    const { ask, tell } = open.system.spawn(echo);

    const [awaitedAsk, awaitedTell] = await Promise.all([ask, tell]);

    assert.equal(awaitedAsk, ask);
    assert.equal(awaitedTell, tell);
    assert.equal(open.system.books().deadLetters, 0);
  });

  it("serialises a ref as its id, and its sides as nothing", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);

    const json = JSON.stringify({ ref, ask: ref.ask, tell: ref.tell });

    assert.equal(json, JSON.stringify({ ref: ref.id, ask: {}, tell: {} }));
    assert.equal(String(ref), ref.id);
  });

  it("sends nothing when a side is made a string by mistake", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo);

    assert.throws(() => `${ref.ask as unknown as string}`, TypeError);
    assert.throws(() => `${ref.tell as unknown as string}`, TypeError);

    assert.equal(open.system.books().sent, 0);
  });

  it("sends nothing when a ref is inspected or compared", async () => {
    await using open = openSystem();
    const ref: ActorRef<UntypedHandlers> = open.system.spawn(echo) as never;

    inspect(ref, { depth: 5, showHidden: true });
    inspect(ref.ask, { depth: 5, showHidden: true });
    assert.notDeepEqual({ side: ref.ask }, { side: ref.tell });

    assert.equal(open.system.books().sent, 0);
  });
});
