import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../src/index.ts";
import { openSystem } from "../_support/actor-system.ts";
import { settleTurns, until } from "../_support/actor-waiting.ts";

const plain = defineActor("plain", {
  handlers: { note: (_c, _number: number) => {}, ping: () => "pong" },
});

describe("a dead-letter listener that tells the dead actor", () => {
  it("is called for each letter in turn, not in its own stack", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    ref.kill();
    let calls = 0;
    let depth = 0;
    let deepest = 0;
    open.system.deadLetters.subscribe(() => {
      calls += 1;
      depth += 1;
      deepest = Math.max(deepest, depth);
      if (calls < 50_000) ref.tell.ping();
      depth -= 1;
    });

    ref.tell.ping();
    await until(() => calls === 50_000);

    assert.equal(deepest, 1);
    const { sent, deadLetters } = open.system.books();
    assert.deepEqual([sent, deadLetters, open.system.deadLetters.total], [50_000, 50_000, 50_000]);
  });

  it("does not end the process if it never stops doing so", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    ref.kill();
    let calls = 0;
    const unsubscribe = open.system.deadLetters.subscribe(() => {
      calls += 1;
      ref.tell.ping();
    });

    ref.tell.ping();
    await settleTurns();
    unsubscribe();
    await settleTurns();

    assert.ok(calls > 1);
    const { total } = open.system.deadLetters;
    assert.equal(open.system.books().deadLetters, total);
  });

  it("hears each letter once, in order, with all others", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    ref.kill();
    const heard: string[] = [];
    open.system.deadLetters.subscribe(({ args: [number] }) => {
      heard.push(`first ${number}`);
      if (number !== 3) ref.tell.note(Number(number) + 1);
    });
    open.system.deadLetters.subscribe(({ args: [number] }) => heard.push(`second ${number}`));

    ref.tell.note(1);

    assert.deepEqual(heard, ["first 1", "second 1", "first 2", "second 2", "first 3", "second 3"]);
  });

  it("is not called for letters after it has unsubscribed", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    ref.kill();
    let calls = 0;
    const unsubscribe = open.system.deadLetters.subscribe(() => {
      calls += 1;
      ref.tell.ping();
      unsubscribe();
    });

    ref.tell.ping();

    assert.equal(calls, 1);
  });
});
