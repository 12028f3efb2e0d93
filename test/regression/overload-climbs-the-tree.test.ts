import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type ActorContext,
  type ActorRef,
  createTopic,
  DeliveryError,
  defineActor,
  LimelightError,
} from "../../src/index.ts";
import { type OpenManualSystem, openManualSystem } from "../_support/actor-system.ts";

/** More than the restarts that the default policy grants. */
const REFUSALS = 12;
const PERIOD_MS = 100;

interface Busy {
  job(c: unknown, item?: number): Promise<number>;
}
interface Counting {
  count: number;
}
/** Runs in the sender; whatever it sends is refused. */
type Push = (c: ActorContext<Counting>, target: ActorRef<Busy>) => unknown;

const busy = defineActor("busy", {
  mailbox: { limit: 1 },
  stopDeadlineMs: 1_000,
  handlers: { job: (_c, _item?: number) => new Promise<number>(() => {}) },
});

/** An actor that is busy for ever and whose mailbox is full. */
async function spawnFull({ system, clock }: OpenManualSystem): Promise<ActorRef<Busy>> {
  const target = system.spawn(busy);
  target.tell.job();
  await clock.advance(0);
  target.tell.job();
  return target;
}

/** Lets a child push, `REFUSALS` times, and requires that it and its parent keep their first life. */
async function requireFirstLives(push: Push): Promise<void> {
  await using open = openManualSystem({ monitor: false });
  const target = await spawnFull(open);
  const sender = defineActor("sender", {
    state: () => ({ count: 0 }),
    handlers: {
      push: (c) => {
        c.state.count += 1;
        return push(c, target);
      },
      count: (c) => c.state.count,
    },
  });
  const parent = defineActor("parent", {
    state: (): { child: unknown; set: number } => ({ child: undefined, set: 0 }),
    onStart: (c) => {
      c.state.child = c.spawnChild(sender, { name: "sender" });
    },
    handlers: {
      set: (c, value: number) => {
        c.state.set = value;
        return c.state.child;
      },
      get: (c) => c.state.set,
    },
  });
  const top = open.system.spawn(parent);
  const child = (await top.ask.set(7)) as ActorRef<{
    push(c: unknown): unknown;
    count(c: unknown): number;
  }>;

  for (let at = 0; at < REFUSALS; at += 1) {
    child.tell.push();
    await open.clock.advance(1);
  }

  assert.equal(await child.ask.count(), REFUSALS, "the sender keeps its state");
  assert.equal(await top.ask.get(), 7, "its parent keeps its state");
  const failed = open.telemetry.logs().filter(({ event }) => event === "actor.failed");
  assert.ok(failed.length >= REFUSALS);
  assert.ok(failed.every(({ directive }) => directive === "resume"));
  assert.equal(await open.telemetry.value("actor.restarts"), 0);
}

describe("a message that a full mailbox refuses", () => {
  it("leaves a child and its parent in their first lives, however often it is told", async () => {
    await requireFirstLives((_c, target) => target.tell.job());
  });

  it("does so when it is told after an await", async () => {
    await requireFirstLives(async (_c, target) => {
      await Promise.resolve();
      target.tell.job();
    });
  });

  it("does so when it is asked in a handler that was told", async () => {
    await requireFirstLives((_c, target) => target.ask.job());
  });

  it("does so when it is forwarded", async () => {
    await requireFirstLives((c, target) => c.forward(target).job());
  });

  it("does so when a task sends it", async () => {
    await requireFirstLives((c, target) => void c.spawnTask("push", () => target.tell.job()));
    await requireFirstLives((c, target) => void c.spawnTask("push", () => target.ask.job()));
  });

  it("does so when a timer sends it", async () => {
    await requireFirstLives((c, target) => void c.after("push", 0, () => target.tell.job()));
  });

  it("does so when the error is one of another copy of limelight", async () => {
    await requireFirstLives(() => {
      const copy = new LimelightError("mailbox is full", { code: "ERR_MAILBOX_FULL" });
      Object.setPrototypeOf(copy, Error.prototype);
      Object.defineProperty(copy, "name", { value: "DeliveryError" });
      throw copy;
    });
  });

  it("does so when the sender is one that never restarts", async () => {
    await using open = openManualSystem({ monitor: false });
    const target = await spawnFull(open);
    const sender = open.system.spawn(
      defineActor("sender", {
        restart: { policy: "never" },
        handlers: { push: () => target.tell.job(), get: () => "alive" },
      }),
    );

    sender.tell.push();

    assert.equal(await sender.ask.get(), "alive");
  });

  it("lets a repeating timer tick on", async () => {
    await using open = openManualSystem({ monitor: false });
    const target = await spawnFull(open);
    let ticks = 0;
    const sender = open.system.spawn(
      defineActor("sender", {
        handlers: {
          start: (c) => {
            c.every("tick", PERIOD_MS, () => {
              ticks += 1;
              target.tell.job();
            });
          },
        },
      }),
    );
    await sender.ask.start();

    for (let at = 0; at < REFUSALS; at += 1) await open.clock.advance(PERIOD_MS);

    assert.equal(ticks, REFUSALS);
    sender.kill();
  });

  it("lets an actor that is told of another's end go on", async () => {
    await using open = openManualSystem({ monitor: false });
    const target = await spawnFull(open);
    const watched = open.system.spawn(defineActor("watched", { handlers: { get: () => 1 } }));
    const sender = open.system.spawn(
      defineActor("sender", {
        state: () => ({ count: 0 }),
        onTerminated: (c) => {
          c.state.count += 1;
          target.tell.job();
        },
        handlers: { watch: (c) => c.watch(watched), count: (c) => c.state.count },
      }),
    );
    await sender.ask.watch();

    watched.kill();
    await open.clock.advance(1);

    assert.equal(await sender.ask.count(), 1);
  });
});

describe("a pool whose mailboxes are full", () => {
  it("leaves its senders in their first lives, whether it is told, asked or broadcast to", async () => {
    await using open = openManualSystem({ monitor: false });
    const pool = open.system.spawnPool(busy, { size: 2 });
    for (let fill = 0; fill < 2; fill += 1) {
      pool.broadcast.tell.job();
      await open.clock.advance(0);
    }
    assert.throws(
      () => pool.tell.job(),
      (error) => error instanceof DeliveryError && error.code === "ERR_MAILBOX_FULL",
    );
    const sender = open.system.spawn(
      defineActor("sender", {
        state: () => ({ count: 0 }),
        handlers: {
          tell: (c) => {
            c.state.count += 1;
            pool.tell.job();
          },
          ask: (c) => {
            c.state.count += 1;
            return pool.ask.job();
          },
          broadcast: (c) => {
            c.state.count += 1;
            return pool.broadcast.tell.job();
          },
          count: (c) => c.state.count,
        },
      }),
    );

    for (let at = 0; at < REFUSALS; at += 1) {
      sender.tell.tell();
      sender.tell.ask();
      sender.tell.broadcast();
      await open.clock.advance(1);
    }

    assert.equal(await sender.ask.count(), 3 * REFUSALS);
    assert.equal(await open.telemetry.value("actor.restarts"), 0);
  });
});

describe("a topic whose subscriber is full", () => {
  for (const delivery of ["drop", "disconnect", "wait"] as const) {
    it(`leaves its publisher in its first life with delivery "${delivery}"`, async () => {
      await using open = openManualSystem({ monitor: false });
      const target = await spawnFull(open);
      const options = delivery === "wait" ? { delivery, timeoutMs: 10 } : { delivery };
      const topic = createTopic<number>("news", options as { delivery: "drop" });
      topic.subscribe(target, "job");
      const publisher = open.system.spawn(
        defineActor("publisher", {
          state: () => ({ count: 0 }),
          handlers: {
            publish: (c) => {
              c.state.count += 1;
              return topic.publish(1);
            },
            count: (c) => c.state.count,
          },
        }),
      );

      for (let at = 0; at < REFUSALS; at += 1) {
        publisher.tell.publish();
        await open.clock.advance(20);
      }

      assert.equal(await publisher.ask.count(), REFUSALS);
      assert.equal(await open.telemetry.value("actor.restarts"), 0);
    });
  }
});
