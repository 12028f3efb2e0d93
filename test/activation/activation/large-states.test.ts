import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineKeyedActor } from "../../../src/index.ts";
import { openManualSystem } from "../../_support/actor-system.ts";
import { countReads } from "../../_support/counted-reads.ts";
import { FaultyStore } from "../../_support/faulty-store.ts";

const KIB = 1_024;

describe("a state of 900 KiB", () => {
  it("is turned into JSON a few times for a thousand messages, and stored as often", async () => {
    let reads = 0;
    const large = defineKeyedActor("large", {
      state: () =>
        countReads({ text: "x".repeat(900 * KIB), messages: 0, reads: 0 }, "reads", () => {
          reads += 1;
        }),
      handlers: {
        add(c) {
          c.state.messages += 1;
          return c.state.messages;
        },
      },
    });
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const actor = open.system.get(large, "a");
    await actor.ask.add();
    reads = 0;
    const commitsBefore = store.batches.length;

    const replies = await Promise.all(Array.from({ length: 1_000 }, () => actor.ask.add()));

    const commits = store.batches.length - commitsBefore;
    assert.equal(replies.at(-1), 1_001);
    assert.ok(commits >= 1 && commits <= 16, `${commits} commits`);
    assert.ok(reads <= 2 * 16, `${reads} reads`);
    assert.match((await store.text("s/large/a")) ?? "", /"messages":1001/);
  });

  it("costs no comparison if only told messages were handled, before the interval has passed", async () => {
    let reads = 0;
    const large = defineKeyedActor("large", {
      state: () =>
        countReads({ messages: 0, reads: 0 }, "reads", () => {
          reads += 1;
        }),
      saveIntervalMs: 1_000,
      handlers: {
        add(c) {
          c.state.messages += 1;
        },
        done: () => true,
      },
    });
    const store = new FaultyStore();
    await using open = openManualSystem({ store });
    const actor = open.system.get(large, "a");
    await actor.ask.done();
    reads = 0;
    const commitsBefore = store.batches.length;

    for (let message = 0; message < 1_000; message += 1) actor.tell.add();
    await open.clock.advance(999);
    const readsBefore = reads;
    await open.clock.advance(1);

    assert.equal(readsBefore, 0);
    assert.equal(reads, 2);
    assert.equal(store.batches.length - commitsBefore, 1);
  });
});
