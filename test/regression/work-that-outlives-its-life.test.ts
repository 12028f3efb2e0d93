import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ActorContext,
  type ActorRef,
  defineActor,
  type UntypedHandlers,
} from "../../src/index.ts";
import { actorsIn, runningTasks } from "../_support/actor-books.ts";
import { openManualSystem, passTimeUntil } from "../_support/actor-system.ts";
import { codeOf, forever, settleTurns } from "../_support/actor-waiting.ts";

type Act = (c: ActorContext<undefined>) => unknown;

const plain = defineActor("plain", {
  taskDeadlineMs: 10,
  handlers: { act: (c, act: Act) => act(c), ping: () => "pong", item: () => {} },
});

function boom(): never {
  throw new Error("a failure of the test");
}

/** Calls `code` when `signal` is aborted; what it throws is ignored. */
function onAbort(signal: AbortSignal, code: () => void): void {
  signal.addEventListener("abort", () => {
    try {
      code();
    } catch {
      // An error of an abort listener would end the process.
    }
  });
}

describe("a task started by an abort listener of a task", () => {
  for (const end of ["stop", "restart"] as const) {
    it(`over and over does not hang a ${end}`, async () => {
      await using open = openManualSystem();
      const ref = open.system.spawn(plain);
      let started = 0;
      const start = (c: ActorContext<undefined>): void => {
        started += 1;
        if (started > 1_000) return;
        c.spawnTask("job", (signal) => {
          onAbort(signal, () => start(c));
          return forever();
        });
      };
      ref.tell.act(start);
      await settleTurns();

      if (end === "restart") ref.tell.act(boom);
      await passTimeUntil<unknown>(open.clock, end === "stop" ? ref.stop() : ref.ask.ping());

      assert.ok(started < 10, `${started} tasks were started`);
    });
  }

  it("does not go on in the next life", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(plain);
    ref.tell.act((c) => {
      c.spawnTask("job", async (signal) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await new Promise((resolve) => open.clock.schedule(() => resolve(1), 5));
        c.spawnTask("late", forever);
      });
    });
    await settleTurns();

    ref.tell.act(boom);
    await open.clock.advance(3_000);

    assert.equal(await passTimeUntil(open.clock, ref.ask.ping()), "pong");
    assert.equal(runningTasks(open.system), 0);
  });
});

describe("a task started by a task that a stop waits for", () => {
  it("is waited for as well", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(plain);
    const pause = (): Promise<unknown> =>
      new Promise((resolve) => open.clock.schedule(() => resolve(1), 4));
    let ended = false;
    ref.tell.act((c) => {
      c.spawnTask("job", async () => {
        await pause();
        c.spawnTask("rest", async (signal) => {
          await pause();
          ended = !signal.aborted;
        });
      });
    });
    await settleTurns();

    await passTimeUntil(open.clock, ref.stop());

    assert.ok(ended);
  });
});

describe("a child started by a task that its actor's restart aborts", () => {
  it("does not live on in the next life", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(plain);
    let child: ActorRef<UntypedHandlers> | undefined;
    ref.tell.act((c) => {
      c.spawnTask("job", async (signal) => {
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        await settleTurns();
        child = c.spawnChild(plain) as unknown as ActorRef<UntypedHandlers>;
      });
    });
    await settleTurns();

    ref.tell.act(boom);
    await open.clock.advance(3_000);

    assert.equal(await passTimeUntil(open.clock, ref.ask.ping()), "pong");
    assert.ok(child !== undefined);
    assert.equal(await codeOf(child.ask["ping"]?.() as Promise<unknown>), "ERR_ACTOR_STOPPED");
    assert.equal(actorsIn(open.system, "running"), 1);
  });
});

describe("a context of a former life", () => {
  it("starts no pipe and no pool", async () => {
    await using open = openManualSystem();
    const ref = open.system.spawn(plain);
    let former: ActorContext<undefined> | undefined;
    ref.tell.act((c) => {
      former = c;
      boom();
    });
    await passTimeUntil(open.clock, ref.ask.ping());

    assert.throws(() => former?.pipe(forever(), "item"), { code: "ERR_LIFE_OVER" });
    assert.throws(() => former?.spawnPool(plain, { size: 1 }), { code: "ERR_LIFE_OVER" });
  });
});

describe("a shutdown during which an abort listener kills an actor", () => {
  it("cancels the timers of its younger siblings at once all the same", async () => {
    await using open = openManualSystem();
    const elder = open.system.spawn(plain);
    const younger = open.system.spawn(plain);
    let ticks = 0;
    elder.tell.act((c) => {
      c.pipe((signal) => {
        onAbort(signal, () => elder.kill());
        return forever();
      }, "item");
    });
    younger.tell.act((c) => {
      c.every("tick", 10, () => {
        ticks += 1;
      });
      c.spawnTask("job", () => new Promise((resolve) => open.clock.schedule(() => resolve(1), 60)));
    });
    await settleTurns();

    await passTimeUntil(open.clock, open.system.shutdown());

    assert.equal(ticks, 0);
  });
});
