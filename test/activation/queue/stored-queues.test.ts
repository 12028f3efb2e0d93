import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { QueueWorld } from "../../_support/queue-world.ts";

describe("a message that fails each time", () => {
  it("is set aside after its last attempt, logged and counted, and its asker gets the error", async () => {
    const world = await QueueWorld.create();
    const asked = world.ask({ path: "a" });
    const failure = new RangeError("no such file");

    for (const attempt of [1, 2, 3]) {
      const next = world.jobs.next();
      await world.commit();
      const message = await next;
      assert.equal(message?.attempt, attempt);
      message?.retry({ error: failure });
    }
    await world.commit();

    assert.deepEqual(await world.stored(), ["p jobs/1"]);
    assert.deepEqual(world.lines, ["warn actor.queue.set_aside"]);
    assert.deepEqual(world.counts(), { depth: 0, sent: 1, received: 3, set_aside: 1 });
    const { code, cause } = asked.error as { code: string; cause: unknown };
    assert.deepEqual([code, cause], ["ERR_QUEUE_POISONED", failure]);
    assert.equal(world.holds, 0);
  });

  it("is set aside without being handed out if the process has ended at each attempt", async () => {
    const world = await QueueWorld.create();
    world.send("a");
    for (const _attempt of [1, 2, 3]) {
      const next = world.jobs.next();
      await world.commit();
      await next;
      await world.restart();
    }
    world.send("b");

    const next = world.jobs.next();
    await world.commit();

    assert.equal((await next)?.body, "b");
    assert.deepEqual(world.lines, ["warn actor.queue.set_aside"]);
  });

  it("is listed, and can be removed or sent again", async () => {
    const world = await QueueWorld.create();
    world.limits.maxAttempts = 1;
    for (const body of ["a", "b"]) world.send(body);
    const batch = world.jobs.batch(2);
    await world.commit();
    for (const message of await batch) message.retry({ error: new Error("no") });
    const listing = world.jobs.poisoned();
    await world.commit();

    const [first, second] = await listing;
    assert.deepEqual([first?.body, second?.body, first?.attempt], ["a", "b", 1]);
    first?.complete();
    second?.retry();
    await world.commit();

    assert.deepEqual(await world.stored(), ["d/0 ", "q jobs/3"]);
    const next = world.jobs.next();
    await world.commit();
    assert.deepEqual([(await next)?.body, (await next)?.attempt], ["b", 1]);
  });
});

describe("a queue that is larger than what is loaded", () => {
  it("reads the bodies of its messages when they are handed out, in pages", async () => {
    const world = await QueueWorld.create();
    world.limits.maxDepth = 1_000;
    for (let at = 0; at < 250; at += 1) world.send(`${at}`.padEnd(100, "."));
    await world.commit();
    world.maxLoadBytes = 2_000;
    await world.restart();
    assert.equal(world.jobs.depth, 250);

    const bodies: string[] = [];
    world.loads = 0;
    while (world.jobs.depth > 0) {
      const batch = world.jobs.batch(50);
      await world.commit();
      for (const message of await batch) {
        bodies.push(String(message.body).replaceAll(".", ""));
        message.complete();
      }
    }

    assert.deepEqual(
      bodies,
      Array.from({ length: 250 }, (_, at) => `${at}`),
    );
    assert.ok(world.loads <= 4, `${world.loads} loads`);
    assert.equal(world.counts()["depth"], 0);
  });

  it("keeps one mebibyte of bodies in memory", async () => {
    const world = await QueueWorld.create();
    for (let at = 0; at < 40; at += 1) world.send(`${at}`.padEnd(60_000, "."));
    await world.commit();

    world.loads = 0;
    const batch = world.jobs.batch(40);
    await world.commit();
    const first = await batch;
    const rest = world.jobs.batch(40);
    await world.commit();

    assert.equal(first.length + (await rest).length, 40);
    assert.equal(world.loads, 1);
  });

  it("leaves out a damaged message, which stays stored", async () => {
    const world = await QueueWorld.create();
    for (const body of ["a", "b"]) world.send(body);
    await world.commit();
    await world.store.put("q/imports/prices/jobs/0000000000000001", Buffer.from("{"));
    await world.restart();

    const next = world.jobs.next();
    await world.commit();

    assert.equal((await next)?.body, "b");
    assert.deepEqual(world.lines, ["error actor.queue.damaged"]);
    assert.ok((await world.stored()).includes("q jobs/1"));
  });
});

describe("the due time that wakes an actor for its queues", () => {
  it("is that of the first message held back while all are", async () => {
    const world = await QueueWorld.create();
    for (const body of ["a", "b"]) world.send(body);
    const batch = world.jobs.batch(2);
    await world.commit();
    const [a, b] = await batch;
    a?.retry({ delayMs: 60_000 });
    b?.retry({ delayMs: 30_000 });
    await world.commit();

    const due = (await world.stored())[0];

    assert.equal(due?.replace(/^d\/0*/, ""), `${world.clock.epochMs() + 30_000} `);
  });

  it("that is left from a former state is removed when the actor is woken by it", async () => {
    const world = await QueueWorld.create();
    world.queues.woken(5);
    world.send("a");
    await world.store.put("d/0000000000000005/imports/prices/", new Uint8Array(0));
    await world.commit();

    world.queues.woken(0);
    await world.commit();

    assert.deepEqual(await world.stored(), ["d/0 ", "q jobs/1"]);
  });
});
