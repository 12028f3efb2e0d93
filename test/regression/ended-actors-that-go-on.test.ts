import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../src/index.ts";
import { createLogger } from "../../src/telemetry.ts";
import { openManualSystem, openSystem, passTimeUntil } from "../_support/actor-system.ts";
import { codeOf, forever, settleTurns } from "../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

const plain = defineActor("plain", {
  handlers: { act: (c, act: Act) => act(c), ping: () => "pong" },
});

function boom(): never {
  throw new Error("a failure of the test");
}

describe("an actor that was ended while its restart was being decided", () => {
  it("by a getter of the error it failed with stays ended", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    const error = new Error();
    Object.defineProperty(error, "stack", { get: () => ref.kill() });

    ref.tell.act(() => {
      throw error;
    });

    assert.equal(await ref.whenStopped(), "killed");
    await settleTurns();
    assert.equal(open.system.books().active, 0);
  });

  it("by a stream of the log stays ended", async () => {
    const write = (line: string): void => {
      if (line.includes("actor.failed")) ref.kill();
    };
    await using open = openSystem({ logger: createLogger({ destination: { write } }) });
    const ref = open.system.spawn(plain);

    ref.tell.act(boom);

    assert.equal(await ref.whenStopped(), "killed");
    await settleTurns();
    assert.equal(open.system.books().active, 0);
  });

  for (const blocked of [false, true]) {
    it(`by a listener of a sibling stays ended, ${blocked ? "in a handler" : "idle"}`, async () => {
      await using open = openSystem();
      const group = defineActor("group", {
        supervision: { strategy: "one_for_all" },
        handlers: { act: (c, act: Act) => act(c), ping: () => "pong" },
      });
      const parent = open.system.spawn(group);
      const children = await parent.ask.act((c) => [0, 1, 2].map(() => c.spawnChild(plain)));
      const [elder, middle, younger] = children as [typeof parent, typeof parent, typeof parent];
      younger.tell.act((c) => c.signal.addEventListener("abort", () => elder.kill()));
      await settleTurns();
      if (blocked) elder.tell.act(forever);

      middle.tell.act(boom);

      assert.equal(await elder.whenStopped(), "killed");
      assert.deepEqual(await Promise.all([middle.ask.ping(), younger.ask.ping()]), [
        "pong",
        "pong",
      ]);
      assert.equal(open.system.books().active, 3);
    });
  }
});
