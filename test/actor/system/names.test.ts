import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { Gate, until } from "../../_support/actor-waiting.ts";

const echo = defineActor("echo", {
  handlers: { say: (_c, text: string) => text, wait: (_c, gate: Gate) => gate.opened },
});
const other = defineActor("other", { handlers: { say: (_c, text: string) => text } });

describe("a named actor", () => {
  it("is found by its definition and name", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo, { name: "alice" });

    const found = open.system.find(echo, "alice");

    assert.equal(found?.id, ref.id);
    assert.equal(await found?.ask.say("hello"), "hello");
  });

  it("is not found under another definition or name", async () => {
    await using open = openSystem();
    open.system.spawn(echo, { name: "alice" });

    assert.equal(open.system.find(other, "alice"), undefined);
    assert.equal(open.system.find(echo, "bob"), undefined);
  });

  it("is not found under another definition of the same type name", async () => {
    await using open = openSystem();
    const namesake = defineActor("echo", { handlers: { other: () => 1 } });
    open.system.spawn(namesake);
    open.system.spawn(echo, { name: "alice" });

    assert.equal(open.system.find(namesake, "alice"), undefined);
  });

  it("keeps its name to itself: a second is refused, of any type", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(echo, { name: "alice" });

    assert.throws(() => open.system.spawn(other, { name: "alice" }), {
      name: "UsageError",
      code: "ERR_NAME_TAKEN",
      message: `the name alice is taken by ${ref.id}`,
    });

    assert.equal(open.system.books().started, 1);
  });

  it("keeps its name while it stops, and frees it when it has ended", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const ref = open.system.spawn(echo, { name: "alice" });
    ref.tell.wait(gate);
    const stopped = ref.stop();
    assert.throws(() => open.system.spawn(echo, { name: "alice" }), { code: "ERR_NAME_TAKEN" });

    gate.open();
    await stopped;

    const next = open.system.spawn(echo, { name: "alice" });
    assert.notEqual(next.id, ref.id);
    assert.equal(open.system.find(echo, "alice")?.id, next.id);
  });

  it("frees its name when it is killed", async () => {
    await using open = openSystem();
    open.system.spawn(echo, { name: "alice" }).kill();

    open.system.spawn(echo, { name: "alice" });

    assert.equal(open.system.books().active, 1);
  });

  it("frees its name when it could not start", async () => {
    await using open = openSystem();
    const broken = defineActor("broken", {
      onStart: () => assert.fail("no start"),
      handlers: { say: (_c, text: string) => text },
    });
    open.system.spawn(broken, { name: "alice" });

    await until(() => open.system.books().active === 0);

    open.system.spawn(echo, { name: "alice" });
  });

  it("may be a child, and is found all the same", async () => {
    await using open = openSystem();
    const parent = defineActor("parent", {
      onStart: (c) => void c.spawnChild(echo, { name: "alice" }),
      handlers: { say: (_c, text: string) => text },
    });
    const ref = open.system.spawn(parent);
    await ref.whenReady();
    assert.ok(open.system.find(echo, "alice"));

    await ref.stop();

    assert.equal(open.system.find(echo, "alice"), undefined);
  });
});

/** Names that could break a log line, a metric or a look-up. */
const badNames: readonly unknown[] = [
  "",
  "with space",
  "new\nline",
  "nul\0",
  "x".repeat(65),
  "x".repeat(10_000),
  "1st",
  'quote"',
  "then",
  "constructor",
  "__proto__",
  "toJSON",
  42,
  null,
];

for (const name of badNames) {
  const shown = JSON.stringify(name).slice(0, 20);

  describe(`the name ${shown}`, () => {
    it("is refused for an actor, and nothing is spawned", async () => {
      await using open = openSystem();

      const spawn = () => open.system.spawn(echo, { name: name as string });

      assert.throws(spawn, { name: "UsageError", code: "ERR_INVALID_NAME" });
      assert.equal(open.system.books().started, 0);
    });

    it("is refused for a type and for a message", () => {
      const handler = () => undefined;
      const handlers = Object.fromEntries([[name, handler]]);

      assert.throws(() => defineActor(name as string, { handlers: { ok: handler } }), {
        code: "ERR_INVALID_NAME",
      });
      if (typeof name === "string") {
        assert.throws(() => defineActor("fine", { handlers }), { code: "ERR_INVALID_NAME" });
      }
    });

    it("is shown escaped and cut in the error", () => {
      const define = () => defineActor(name as string, { handlers: { ok: () => undefined } });

      assert.throws(define, ({ message }: Error) => {
        assert.ok(message.length < 200);
        assert.ok(!message.includes("\n") && !message.includes("\0"));
        return true;
      });
    });
  });
}

describe("ids", () => {
  it("are unique and say the type", async () => {
    await using open = openSystem();

    const ids = Array.from({ length: 1_000 }, () => open.system.spawn(echo).id);

    assert.equal(new Set(ids).size, 1_000);
    assert.ok(ids.every((id) => /^echo\/[0-9a-f]{6}-[0-9a-z]+$/.test(id)));
  });
});
