import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, createSystem, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";

/** More levels than the stack has room for frames of a recursion. */
const LEVELS = 20_000;

/** The type of a level, which refers to itself. */
const leaf = defineActor("leaf", {
  handlers: { grow: (_c, _below: number): unknown => undefined },
});
const silent = createLogger({ level: "silent" });

/** Asks a new child for each level below, and returns the actor of the lowest one. */
const level = defineActor("level", {
  restart: { maxRestarts: 0 },
  handlers: {
    grow(c: ActorContext<undefined>, below: number): unknown {
      if (below === 0) return c.self;
      const child = c.spawnChild(level as typeof leaf);
      return c.forward(child).grow(below - 1);
    },
    fail() {
      throw new Error("a failure of the test");
    },
  },
});

/** A system without the cost of spans and lines. */
function openUntraced() {
  const system = createSystem({ logger: silent, metrics: false });
  return {
    system,
    [Symbol.asyncDispose]: () => system.shutdown() as Promise<unknown> as Promise<void>,
  };
}

describe("a tree deeper than the stack", () => {
  it("ends with its root when that is killed", async () => {
    await using open = openUntraced();
    const root = open.system.spawn(level);
    await root.ask.grow(LEVELS);

    root.kill();

    assert.equal(await root.whenStopped(), "killed");
    assert.equal(open.system.books().active, 0);
  });

  it("ends when a failure climbs from its lowest actor to its root", async () => {
    await using open = openUntraced();
    const root = open.system.spawn(level);
    const lowest = (await root.ask.grow(LEVELS)) as typeof root;

    lowest.tell.fail();

    assert.equal(await root.whenStopped(), "failed");
    assert.equal(open.system.books().active, 0);
  });

  it("is shown in a snapshot and ends with its system", async () => {
    await using open = openUntraced();
    const root = open.system.spawn(level);
    await root.ask.grow(LEVELS);

    const { actors } = open.system.monitor.snapshot();

    assert.equal(actors.length, LEVELS + 1);
  });
});
