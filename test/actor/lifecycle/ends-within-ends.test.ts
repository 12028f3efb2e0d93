import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../../src/index.ts";
import { type OpenSystem, openSystem } from "../../_support/actor-system.ts";
import { forever, settleTurns } from "../../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

const plain = defineActor("plain", {
  handlers: { act: (c, act: Act) => act(c), ping: () => "pong" },
});

/** Spawns three top-level actors; the one in the middle has a task whose abort listener calls `end`. */
async function threeWithListener(open: OpenSystem, end: (c: ActorContext<undefined>) => unknown) {
  const [elder, middle, younger] = [0, 1, 2].map(() => open.system.spawn(plain));
  assert.ok(elder !== undefined && middle !== undefined && younger !== undefined);
  await middle.ask.act((c) => {
    c.spawnTask("watch", (signal) => {
      signal.addEventListener("abort", () => end(c));
      return forever();
    });
  });
  return { elder, middle, younger };
}

describe("an actor whose end is asked for within its end", () => {
  it("by an abort listener of its own closes once, and its siblings go on", async () => {
    await using open = openSystem();
    const { elder, middle, younger } = await threeWithListener(open, (c) => c.self.kill());

    middle.kill();

    assert.equal(await middle.whenStopped(), "killed");
    assert.deepEqual(await Promise.all([elder.ask.ping(), younger.ask.ping()]), ["pong", "pong"]);
    const { started, stopped, active, imbalances } = open.system.books();
    assert.deepEqual([started, stopped, active, imbalances], [3, 1, 2, 0]);
    assert.equal((await open.system.shutdown()).killed, 0);
    assert.equal(await younger.whenStopped(), "shutdown");
  });

  it("by a shutdown that an abort listener calls for leaves no actor", async () => {
    await using open = openSystem();
    const { elder, middle, younger } = await threeWithListener(open, ({ system }) => {
      void system.shutdown();
    });

    middle.kill();

    const reasons = await Promise.all([
      elder.whenStopped(),
      middle.whenStopped(),
      younger.whenStopped(),
    ]);
    assert.deepEqual(reasons, ["shutdown", "killed", "shutdown"]);
  });

  it("by a child that kills its parent while the parent kills it closes both once", async () => {
    await using open = openSystem();
    const parent = open.system.spawn(plain);
    await parent.ask.act((c) => {
      const child = c.spawnChild(plain);
      child.tell.act((own) => {
        own.signal.addEventListener("abort", () => c.self.kill());
      });
    });
    await settleTurns();

    parent.kill();

    const { started, stopped, active, imbalances } = open.system.books();
    assert.deepEqual([started, stopped, active, imbalances], [2, 2, 0, 0]);
  });

  it("by a listener of its dead letters while it stops closes once", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    open.system.deadLetters.subscribe(() => ref.kill());
    ref.tell.act((c) => c.stop());
    ref.tell.ping();

    assert.equal(await ref.whenStopped(), "killed");

    assert.equal(open.system.books().imbalances, 0);
  });
});

describe("an actor that is ended by what begins its life", () => {
  it("does not run after its state factory has killed its parent", async () => {
    await using open = openSystem();
    const parent = open.system.spawn(plain);
    const deadly = defineActor("deadly", {
      state: () => parent.kill(),
      onStart: () => assert.fail("it has ended"),
      handlers: { ping: () => "pong" },
    });

    const asked = parent.ask.act((c) => c.spawnChild(deadly).id);

    await assert.rejects(asked, { code: "ERR_ACTOR_KILLED" });
    await settleTurns();
    const { started, stopped, active, imbalances } = open.system.books();
    assert.deepEqual([started, stopped, active, imbalances], [2, 2, 0, 0]);
  });
});

describe("a task that ends its actor before its first await", () => {
  it("is taken off the gauges and gets its signal aborted", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    let aborted = false;

    ref.tell.act((c) => {
      c.spawnTask("killer", (signal) => {
        c.self.kill();
        aborted = signal.aborted;
        return forever();
      });
    });

    assert.equal(await ref.whenStopped(), "killed");
    assert.ok(aborted);
    assert.deepEqual(open.system.books().levels, {});
  });

  it("may start another in its abort listener, which begins with an aborted signal", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    const aborted: boolean[] = [];
    await ref.ask.act((c) => {
      const start = (signal: AbortSignal): Promise<never> => {
        aborted.push(signal.aborted);
        signal.addEventListener("abort", () => c.spawnTask("next", start));
        return forever();
      };
      c.spawnTask("first", start);
    });

    ref.kill();

    assert.deepEqual(aborted, [false, true]);
    assert.deepEqual(open.system.books().levels, {});
  });
});
