import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ActorContext, defineActor } from "../../src/index.ts";
import { operate } from "../../src/monitor/operations.ts";
import { createLogger } from "../../src/telemetry.ts";
import { openManualSystem, openSystem, passTimeUntil } from "../_support/actor-system.ts";
import { codeOf, forever, Gate, settleTurns } from "../_support/actor-waiting.ts";

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

describe("a handler whose actor is killed by what it returns or throws", () => {
  it("is counted once when the second look at `then` kills", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    let looks = 0;

    const asked = ref.ask.act(() => ({
      // biome-ignore lint/suspicious/noThenProperty: the runtime looks at the `then` of a reply
      get then() {
        looks += 1;
        if (looks === 2) ref.kill();
        return (resolve: () => void) => resolve();
      },
    }));

    assert.equal(await codeOf(asked), "ERR_ACTOR_KILLED");
    await settleTurns();
    const { sent, handled, processing } = open.system.books();
    assert.deepEqual([sent, handled, processing], [1, 1, 0]);
  });

  it("is counted once when a trap of the thrown proxy kills", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    const getPrototypeOf = (): object => {
      ref.kill();
      return Error.prototype;
    };

    const asked = ref.ask.act(() => {
      throw new Proxy({}, { getPrototypeOf });
    });

    assert.equal(await codeOf(asked), "ERR_ACTOR_KILLED");
    const { sent, handled } = open.system.books();
    assert.deepEqual([sent, handled], [1, 1]);
  });
});

describe("a stop whose abort listener kills", () => {
  it("leaves no deadline on the clock", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(plain);
    ref.tell.act((c) => {
      c.pipe((signal) => {
        signal.addEventListener("abort", () => ref.kill());
        return forever();
      }, "act");
      return forever();
    });
    await settleTurns();

    await passTimeUntil(open.clock, ref.stop());

    assert.equal(open.clock.pendingTimers, 0);
  });
});

describe("a shutdown that is asked for within a shutdown", () => {
  it("is the same one", async () => {
    await using open = openSystem();
    const ref = open.system.spawn(plain);
    let inner: unknown;
    ref.tell.act((c) => {
      c.pipe((signal) => {
        signal.addEventListener("abort", () => {
          inner = open.system.shutdown();
        });
        return forever();
      }, "act");
    });
    await settleTurns();

    const outer = open.system.shutdown();
    await outer;

    assert.equal(inner, outer);
  });
});

describe("a pool that is ended by the state factory of a worker", () => {
  for (const end of ["kill", "stop"] as const) {
    it(`by ${end}() leaves no worker`, async () => {
      await using open = openSystem();
      let lives = 0;
      const worker = defineActor("worker", {
        state: () => {
          lives += 1;
          if (lives === 3) void pool[end]();
        },
        handlers: { ping: () => "pong" },
      });
      const pool = open.system.spawnPool(worker, { size: 2 });
      await settleTurns();

      pool.refs[0]?.kill();
      await settleTurns();

      assert.equal(lives, 3);
      assert.equal(open.system.books().active, 0);
    });
  }
});

describe("an actor that is restarted by its own handler", () => {
  for (const awaits of [false, true]) {
    it(`begins its next life after that handler, which ${awaits ? "awaits" : "returns"}`, async () => {
      await using open = openSystem();
      const order: string[] = [];
      const gate = new Gate();
      const actor = defineActor("actor", {
        state: () => order.push("state"),
        handlers: {
          restart(c): unknown {
            void operate(open.system, { action: "restart", id: c.id });
            order.push("asked for");
            return awaits ? gate.opened.then(() => order.push("handled")) : order.push("handled");
          },
          ping: () => order.push("ping"),
        },
      });
      const ref = open.system.spawn(actor);

      const asked = ref.ask.restart();
      const ping = ref.ask.ping();
      await settleTurns();
      gate.open();
      await Promise.all([asked, ping]);

      assert.deepEqual(order, ["state", "asked for", "handled", "state", "ping"]);
      assert.equal(open.system.books().imbalances, 0);
    });
  }
});
