import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QueueWorld } from "../../_support/queue-world.ts";

describe("a queue message", () => {
  it("is stored before its sender gets the id", async () => {
    const world = await QueueWorld.create();

    const sent = world.send({ path: "a" });
    assert.equal(sent.settled, false);
    await world.commit();

    assert.equal(typeof sent.answer, "string");
    assert.deepEqual(await world.stored(), ["d/0 ", "q jobs/1"]);
    assert.deepEqual(world.counts(), { depth: 1, sent: 1, received: 0, set_aside: 0 });
  });

  it("is handed out once its attempt is stored, and removed with the commit of its completion", async () => {
    const world = await QueueWorld.create();
    const asked = world.ask({ path: "a" });
    await world.commit();

    const next = world.jobs.next();
    await world.commit();
    const message = await next;
    assert.deepEqual([message?.body, message?.attempt], [{ path: "a" }, 1]);
    message?.complete(7);
    assert.equal(asked.settled, false);
    await world.commit();

    assert.equal(asked.answer, 7);
    assert.deepEqual(await world.stored(), []);
    assert.deepEqual(world.counts(), { depth: 0, sent: 1, received: 1, set_aside: 0 });
  });

  it("keeps the actor awake while it is handed out; a wait does not", async () => {
    const world = await QueueWorld.create();
    const next = world.jobs.next();
    assert.deepEqual([world.waits, world.holds], [1, 0]);

    world.send("a");
    assert.deepEqual([world.waits, world.holds], [0, 1]);
    await world.commit();
    (await next)?.complete();

    assert.deepEqual([world.waits, world.holds], [0, 0]);
  });

  it("keeps the actor awake while an asker waits for it", async () => {
    const world = await QueueWorld.create();
    world.ask("a");
    await world.commit();
    assert.equal(world.holds, 1);

    const next = world.jobs.next();
    await world.commit();
    (await next)?.complete("done");
    await world.commit();

    assert.equal(world.holds, 0);
  });

  it("is completed or put back once", async () => {
    const world = await QueueWorld.create();
    world.send("a");
    const next = world.jobs.next();
    await world.commit();
    const message = await next;

    message?.complete();

    for (const again of [() => message?.complete(), () => message?.retry()]) {
      assert.throws(again, { name: "UsageError", code: "ERR_NO_REPLY" });
    }
  });

  it("is handed out again, with another attempt, by the life after the one that took it", async () => {
    const world = await QueueWorld.create();
    world.send("a");
    const next = world.jobs.next();
    await world.commit();
    const message = await next;

    await world.restart();
    const again = world.jobs.next();
    await world.commit();

    assert.equal((await again)?.attempt, 2);
    assert.throws(() => message?.complete(), { code: "ERR_LIFE_OVER" });
  });

  it("that was put back is handed out with the body that was sent", async () => {
    const world = await QueueWorld.create();
    world.send({ path: "a" });
    const next = world.jobs.next();
    await world.commit();
    const message = await next;

    Object.assign(message?.body as object, { path: "changed" });
    message?.retry();
    const again = world.jobs.next();
    await world.commit();

    assert.deepEqual((await again)?.body, { path: "a" });
  });

  it("that was put back with a delay lets others pass, and wakes the actor when it has passed", async () => {
    const world = await QueueWorld.create();
    world.send("a");
    const first = world.jobs.next();
    await world.commit();
    (await first)?.retry({ delayMs: 5_000 });
    await world.commit();
    assert.deepEqual(world.notices, [world.clock.epochMs() + 5_000]);

    world.send("b");
    const second = world.jobs.next();
    const third = world.jobs.next();
    await world.commit();
    const passing = await second;
    assert.equal(passing?.body, "b");
    passing?.complete();
    await world.clock.advance(4_999);
    assert.equal(world.waits, 1);
    await world.clock.advance(1);
    await world.commit();

    assert.equal((await third)?.body, "a");
  });

  it("is refused with its path if it is no JSON, and with its size if it is too large", async () => {
    const world = await QueueWorld.create();

    assert.throws(() => world.jobs.send({ at: new Date(0) }), {
      code: "ERR_STATE_INVALID",
      message: /body\.at is a Date/,
    });
    assert.throws(() => world.jobs.send("x".repeat(65_536)), {
      code: "ERR_QUEUE_MESSAGE_TOO_LARGE",
      message: /65538 bytes/,
    });
    assert.equal(world.jobs.depth, 0);
  });

  it("is refused by a full queue", async () => {
    const world = await QueueWorld.create();
    world.limits.maxDepth = 2;
    world.send("a");
    world.jobs.send("b");

    assert.throws(() => world.send("c"), { code: "ERR_QUEUE_FULL" });
    assert.equal(world.jobs.depth, 2);
  });

  it("is not there when the commit was rejected, and its sender gets the error", async () => {
    const world = await QueueWorld.create();
    const sent = world.send("a");
    const asked = world.ask("b");

    await world.restart();
    await world.clock.advance(0);

    assert.match(String(sent.error), /not stored/);
    assert.match(String(asked.error), /not stored/);
    assert.equal(world.jobs.depth, 0);
    assert.equal(world.holds, 0);
  });
});

describe("a wait for queue messages", () => {
  it("is served in the order in which code began to wait, the oldest message first", async () => {
    const world = await QueueWorld.create();
    const waits = [world.jobs.next(), world.jobs.next(), world.jobs.batch(2)];

    for (const body of ["a", "b", "c", "d"]) world.send(body);
    await world.commit();

    const [first, second, rest] = await Promise.all(waits);
    assert.deepEqual(
      [first, second, rest].flat().map((message) => message?.body),
      ["a", "b", "c"],
    );
    assert.equal(world.jobs.depth, 4);
  });

  it("takes a batch of what is there", async () => {
    const world = await QueueWorld.create();
    for (const body of ["a", "b", "c"]) world.send(body);

    const batch = world.jobs.batch(2);
    const rest = world.jobs.batch(100);
    await world.commit();

    assert.deepEqual(
      (await batch).map(({ body }) => body),
      ["a", "b"],
    );
    assert.deepEqual(
      (await rest).map(({ body }) => body),
      ["c"],
    );
  });

  it("ends without a message after its time", async () => {
    const world = await QueueWorld.create();
    const next = world.jobs.next({ timeoutMs: 1_000 });
    const batch = world.jobs.batch(5, { timeoutMs: 0 });
    assert.deepEqual(await batch, []);

    await world.clock.advance(1_000);

    assert.equal(await next, undefined);
    assert.deepEqual([world.waits, world.clock.pendingTimers], [0, 0]);
  });

  it("ends when its signal is aborted, also before it begins", async () => {
    const world = await QueueWorld.create();
    const controller = new AbortController();
    const waiting = world.jobs.next({ signal: controller.signal });
    controller.abort(new Error("enough"));

    await assert.rejects(waiting, { code: "ERR_ABORTED" });
    await assert.rejects(world.jobs.next({ signal: controller.signal }), { code: "ERR_ABORTED" });
    assert.equal(world.waits, 0);
  });

  it("is refused when the actor begins to end; a loop over the queue ends", async () => {
    const world = await QueueWorld.create();
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const message of world.jobs) {
        seen.push(message.body);
        message.complete();
      }
    })();
    const next = world.jobs.next();
    world.send("a");
    await world.commit();

    world.queues.stopWaiting();
    await assert.rejects(next, { code: "ERR_ACTOR_STOPPED" });
    await loop;

    assert.deepEqual(seen, ["a"]);
    await assert.rejects(world.jobs.next(), { code: "ERR_ACTOR_STOPPED" });
    for await (const message of world.jobs) assert.fail(message.id);
  });

  for (const max of [0, -1, 1.5, 1_001, Number.NaN]) {
    it(`refuses a batch of ${max}`, async () => {
      const world = await QueueWorld.create();

      await assert.rejects(world.jobs.batch(max), { code: "ERR_INVALID_OPTION" });
    });
  }
});

describe("a wait for a queue message", () => {
  const signal = {} as AbortSignal;
  for (const [what, options] of [
    ["a negative time-out", { timeoutMs: -1 }],
    ["a time-out that is no number", { timeoutMs: Number.NaN }],
    ["an unknown option", { timeout: 1 }],
    ["null", null],
    ["a signal that is none, with a time-out", { timeoutMs: 10, signal }],
  ] as const) {
    it(`with ${what} is refused, and leaves nothing behind`, async () => {
      const world = await QueueWorld.create();

      await assert.rejects(world.jobs.next(options as { timeoutMs: number }), {
        code: "ERR_INVALID_OPTION",
      });
      await assert.rejects(world.jobs.batch(2, options as { timeoutMs: number }), {
        code: "ERR_INVALID_OPTION",
      });
      await world.clock.advance(10);

      assert.equal(world.waits, 0);
      assert.equal(world.clock.pendingTimers, 0);
    });
  }

  it("with a signal that is aborted already ends at once, and takes no message", async () => {
    const world = await QueueWorld.create();
    world.send("a");
    await world.commit();

    const wait = world.jobs.next({ signal: AbortSignal.abort(new Error("enough")) });
    await assert.rejects(wait, { code: "ERR_ABORTED" });

    assert.deepEqual([world.waits, world.holds, world.jobs.depth], [0, 0, 1]);
    const next = world.jobs.next();
    await world.commit();
    assert.equal((await next)?.attempt, 1);
  });
});

describe("a message that was set aside and is listed twice", () => {
  async function listedTwice() {
    const world = await QueueWorld.create();
    world.limits.maxAttempts = 1;
    await world.restart();
    world.send("a");
    await world.commit();
    const next = world.jobs.next();
    await world.commit();
    (await next)?.retry();
    await world.commit();
    const lists = await Promise.all([world.jobs.poisoned(), world.jobs.poisoned()]);
    const [one, other] = lists.flat();
    assert.ok(one !== undefined && other !== undefined);
    return { world, one, other };
  }

  for (const first of ["complete", "retry"] as const) {
    for (const second of ["complete", "retry"] as const) {
      it(`takes ${first} and then refuses ${second}`, async () => {
        const { world, one, other } = await listedTwice();

        one[first]();
        assert.throws(() => other[second](), { code: "ERR_NO_REPLY" });
        assert.deepEqual(await world.jobs.poisoned(), []);
        await world.commit();

        assert.equal(world.jobs.depth, first === "retry" ? 1 : 0);
        assert.deepEqual(await world.jobs.poisoned(), []);
      });
    }
  }
});

describe("the span of a queue message", () => {
  it("begins when it is handed out, and ends with what becomes of it, once for each attempt", async () => {
    const world = await QueueWorld.create();
    world.limits.maxAttempts = 4;
    await world.restart();
    world.send("a");
    await world.commit();
    const take = async () => {
      const next = world.jobs.next();
      await world.commit();
      return await next;
    };

    (await take())?.retry();
    await world.commit();
    await take();
    await world.restart();
    await take();
    const unstored = world.jobs.next(); // there is none: it was handed out
    unstored.catch(() => {});
    await world.restart();
    (await take())?.retry();
    await world.commit();
    world.send("b");
    await world.commit();
    (await take())?.complete();
    await world.commit();

    assert.deepEqual(world.spans, [
      ...["open 1", "put_back", "open 2", "left", "open 3", "left", "open 4", "set_aside"],
      ...["open 1", "completed"],
    ]);
  });
});
