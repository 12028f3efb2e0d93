import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTopic, defineActor } from "../../../src/index.ts";
import { createProbe } from "../../../src/testing.ts";
import { openManualSystem, openSystem } from "../../_support/actor-system.ts";
import { Gate, settleTurns, until } from "../../_support/actor-waiting.ts";

/** Takes what it gets when the gate lets it. */
const slow = defineActor("slow", {
  state: (given: { readonly gate: Gate; readonly got: number[] }) => given,
  mailbox: { limit: 1 },
  handlers: {
    async take(c, value: number) {
      await c.state.gate.opened;
      c.state.got.push(value);
    },
  },
});

describe("a slow subscriber", () => {
  it("misses messages with `drop`, which are counted as rejected", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers");
    const [gate, got] = [new Gate(), [] as number[]];
    const ref = open.system.spawn(slow, { input: { gate, got } });
    const probe = createProbe<number>(open.system);
    topic.subscribe(ref, "take");
    topic.subscribe(probe.ref, "receive");
    topic.publish(1);
    await settleTurns();

    const counts = [topic.publish(2), topic.publish(3), topic.publish(4)];

    assert.deepEqual(counts, [2, 1, 1]);
    assert.equal(open.system.books().rejected, 2);
    gate.open();
    await ref.stop();
    assert.deepEqual(got, [1, 2]);
    assert.deepEqual(probe.received, [1, 2, 3, 4]);
  });

  it("is no subscriber any more with `disconnect`, which is logged", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers", { delivery: "disconnect" });
    const [gate, got] = [new Gate(), [] as number[]];
    const ref = open.system.spawn(slow, { input: { gate, got } });
    topic.subscribe(ref, "take");
    topic.publish(1);
    await settleTurns();

    const counts = [topic.publish(2), topic.publish(3), topic.publish(4)];

    assert.deepEqual([counts, topic.size], [[1, 0, 0], 0]);
    assert.equal(open.system.books().rejected, 1);
    const line = open.telemetry.logs().find(({ event }) => event === "actor.topic.disconnected");
    assert.partialDeepStrictEqual(line, { topic: "numbers", target_id: ref.id });
    gate.open();
    await ref.stop();
    assert.deepEqual(got, [1, 2]);
  });

  it("makes the publisher wait with `wait`, and gets all in order", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers", { delivery: "wait" });
    const [gate, got] = [new Gate(), [] as number[]];
    const ref = open.system.spawn(slow, { input: { gate, got } });
    topic.subscribe(ref, "take");
    assert.equal(await topic.publish(1), 1);
    await settleTurns();
    let published = 0;

    const counts = [2, 3, 4].map(async (value) => {
      const count = await topic.publish(value);
      published += 1;
      return count;
    });
    await settleTurns();

    assert.equal(published, 1);
    gate.open();
    assert.deepEqual(await Promise.all(counts), [1, 1, 1]);
    await ref.stop();
    assert.deepEqual(got, [1, 2, 3, 4]);
  });

  it("is waited for as long as the topic says", async () => {
    await using open = openManualSystem();
    const topic = createTopic<number>("numbers", { delivery: "wait", timeoutMs: 300 });
    const [gate, got] = [new Gate(), [] as number[]];
    const ref = open.system.spawn(slow, { input: { gate, got } });
    topic.subscribe(ref, "take");
    await topic.publish(1);
    await open.clock.advance(0);
    await topic.publish(2);

    const late = topic.publish(3);
    await open.clock.advance(300);

    assert.equal(await late, 0);
    assert.deepEqual([open.system.books().rejected, topic.size], [1, 1]);
    gate.open();
    await ref.stop();
    assert.deepEqual(got, [1, 2]);
  });

  it("that ends lets the publisher go, and the message is a dead letter", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers", { delivery: "wait" });
    const ref = open.system.spawn(slow, { input: { gate: new Gate(), got: [] } });
    topic.subscribe(ref, "take");
    await topic.publish(1);
    await settleTurns();
    await topic.publish(2);
    const waiting = topic.publish(3);

    ref.kill();

    assert.equal(await waiting, 0);
    const lost = open.system.deadLetters.recent().map(({ args }) => args[0]);
    assert.deepEqual(lost, [2, 3]);
  });

  it("cannot be overtaken by what is published while it makes room", async () => {
    await using open = openSystem();
    const topic = createTopic<number>("numbers", { delivery: "wait" });
    const [gate, got] = [new Gate(), [] as number[]];
    const waiting: Promise<number>[] = [];
    const echo = defineActor("echo", {
      mailbox: { limit: 2 },
      handlers: {
        async take(_c, value: number) {
          await gate.opened;
          got.push(value);
          if (value < 3) waiting.push(topic.publish(value + 10));
        },
      },
    });
    topic.subscribe(open.system.spawn(echo), "take");
    for (const value of [0, 1, 2, 3, 4]) waiting.push(topic.publish(value));
    await settleTurns();

    gate.open();
    await until(() => got.length === 8);

    assert.deepEqual(got, [0, 1, 2, 3, 4, 10, 11, 12]);
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set([1]));
  });
});
