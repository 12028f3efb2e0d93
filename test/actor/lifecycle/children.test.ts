import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { openSystem } from "../../_support/actor-system.ts";
import { codeOf, Gate, until } from "../../_support/actor-waiting.ts";

/** A family that writes down how it ends. */
function defineFamily(log: string[]) {
  const child = defineActor("child", {
    state: (name: string) => name,
    onStop: (c, reason) => log.push(`${c.state} stops: ${reason}`),
    handlers: {
      note: (c, text: string) => log.push(`${c.state} notes ${text}`),
      wait: (_c, gate: Gate) => gate.opened,
      fail() {
        throw new Error("oops");
      },
    },
  });
  const parent = defineActor("parent", {
    onStop: (_c, reason) => log.push(`parent stops: ${reason}`),
    handlers: {
      adopt: (c, name: string) => [c.spawnChild(child, { input: name })] as const,
      act: (c, act: (c: ActorContext<undefined>) => unknown) => act(c),
      fail() {
        throw new Error("oops");
      },
    },
  });
  return { child, parent };
}

describe("a child", () => {
  it("stops with its parent, before the parent's onStop, with what it had queued handled", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const { parent } = defineFamily(log);
    const ref = open.system.spawn(parent);
    const [ann] = await ref.ask.adopt("ann");
    await ref.ask.adopt("ben");
    ann.tell.note("this");

    await ref.stop();

    assert.deepEqual(log.toSorted(), [
      "ann notes this",
      "ann stops: parent_stopped",
      "ben stops: parent_stopped",
      "parent stops: normal",
    ]);
    assert.equal(log.at(-1), "parent stops: normal");
    assert.ok(log.indexOf("ann notes this") < log.indexOf("ann stops: parent_stopped"));
  });

  it("is waited for by the parent's stop", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const log: string[] = [];
    const ref = open.system.spawn(defineFamily(log).parent);
    const [ann] = await ref.ask.adopt("ann");
    ann.tell.wait(gate);
    await until(() => open.system.books().processing === 1);
    const stopped = ref.stop();

    gate.open();
    await stopped;

    assert.deepEqual(log, ["ann stops: parent_stopped", "parent stops: normal"]);
  });

  it("ends when its parent restarts, before the parent's onStop", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const ref = open.system.spawn(defineFamily(log).parent);
    const [ann] = await ref.ask.adopt("ann");

    ref.tell.fail();
    await ref.ask.adopt("ben");

    assert.equal(await ann.whenStopped(), "parent_stopped");
    assert.deepEqual(log, ["ann stops: parent_stopped", "parent stops: restart"]);
  });

  it("restarts by itself: its parent and siblings live on", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const ref = open.system.spawn(defineFamily(log).parent);
    const [ann] = await ref.ask.adopt("ann");
    await ref.ask.adopt("ben");

    ann.tell.fail();
    await ann.ask.note("that");

    assert.deepEqual(log, ["ann stops: restart", "ann notes that"]);
  });

  it("that stops by itself leaves the family in peace", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const ref = open.system.spawn(defineFamily(log).parent);
    const children = await Promise.all(["ann", "ben", "cem"].map((name) => ref.ask.adopt(name)));

    await children[1]?.[0].stop();
    await ref.stop();

    assert.equal(log[0], "ben stops: normal");
    assert.deepEqual(open.system.books().stopped, 4);
  });

  it("may have children of its own, which go first", async () => {
    await using open = openSystem();
    const log: string[] = [];
    const { child } = defineFamily(log);
    const middle = defineActor("middle", {
      onStart: (c) => void c.spawnChild(child, { input: "leaf" }),
      onStop: () => log.push("middle stops"),
      handlers: { ping: () => "pong" },
    });
    const root = defineActor("root", {
      onStart: (c) => void c.spawnChild(middle),
      onStop: () => log.push("root stops"),
      handlers: { ping: () => "pong" },
    });
    const ref = open.system.spawn(root);
    await ref.whenReady();

    await ref.stop();

    assert.deepEqual(log, ["leaf stops: parent_stopped", "middle stops", "root stops"]);
  });

  it("that cannot start does not hold up its parent", async () => {
    await using open = openSystem();
    const broken = defineActor("broken", {
      onStart: () => assert.fail("no start"),
      handlers: { ping: () => "pong" },
    });
    const ref = open.system.spawn(defineFamily([]).parent);
    await ref.ask.act((c) => void c.spawnChild(broken));

    await ref.stop();

    assert.equal(open.system.books().active, 0);
  });

  it("that is still starting is waited for by its parent's stop", async () => {
    await using open = openSystem();
    const gate = new Gate();
    const slow = defineActor("slow", {
      onStart: () => gate.opened,
      handlers: { ping: () => "pong" },
    });
    const ref = open.system.spawn(defineFamily([]).parent);
    await ref.ask.act((c) => void c.spawnChild(slow));
    const stopped = ref.stop();

    gate.open();
    await stopped;

    assert.equal(open.system.books().active, 0);
  });

  it("is refused to a parent that is stopping", async () => {
    await using open = openSystem();
    const { child, parent } = defineFamily([]);
    const ref = open.system.spawn(parent);
    const asked = ref.ask.act((c) => {
      c.stop();
      return c.spawnChild(child, { input: "late" }).id;
    });

    const code = await codeOf(asked);

    assert.equal(code, "ERR_ACTOR_STOPPED");
  });
});
