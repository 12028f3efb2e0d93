import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { createSystem, createTopic, defineActor } from "../../../src/index.ts";
import { createLogger } from "../../../src/telemetry.ts";
import { expectBooks } from "../../../src/testing.ts";
import { expectClosedBooks } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";

const subscriber = fc.record({
  limit: fc.integer({ min: 1, max: 3 }),
  whenFull: fc.constantFrom("reject", "wait"),
  slow: fc.boolean(),
});
const scenario = fc.record({
  delivery: fc.constantFrom("drop", "wait", "disconnect"),
  subscribers: fc.array(subscriber, { minLength: 1, maxLength: 4 }),
  /** How many messages are published in one go, then a turn. */
  bursts: fc.array(fc.nat({ max: 6 }), { maxLength: 8 }),
});

it("each subscriber gets a topic's messages in order, and as many as were said to be got", async () => {
  const property = fc.asyncProperty(scenario, async ({ delivery, subscribers, bursts }) => {
    const system = createSystem({ logger: createLogger({ level: "silent" }) });
    const topic = createTopic<number>("numbers", { delivery: delivery as "wait" });
    const gotten = subscribers.map(({ limit, whenFull, slow }) => {
      const got: number[] = [];
      const reader = defineActor("reader", {
        mailbox: { limit, whenFull },
        handlers: {
          async read(_c, value: number) {
            if (slow) await settleTurns(1);
            got.push(value);
          },
        },
      });
      topic.subscribe(system.spawn(reader), "read");
      return got;
    });
    const counts: (number | Promise<number>)[] = [];
    let published = 0;

    for (const burst of bursts) {
      for (let index = 0; index < burst; index += 1) {
        published += 1;
        counts.push(topic.publish(published));
      }
      await settleTurns(1);
      expectBooks(system);
    }
    const said = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
    await system.shutdown();

    expectClosedBooks(system);
    for (const got of gotten) {
      assert.deepEqual(
        got,
        got.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(got).size, got.length);
      if (delivery === "wait") assert.equal(got.length, published);
    }
    assert.equal(
      gotten.reduce((sum, got) => sum + got.length, 0),
      said,
    );
    assert.equal(topic.size, 0);
  });
  await fc.assert(property, { numRuns: 100 });
});
