import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Reminder, Reminders } from "../../../src/cluster/nats-client/reminders.ts";
import { ManualClock } from "../../../src/testing/manual-clock.ts";

/** Requests to leaders, and when each was sent again. */
class World {
  readonly clock = new ManualClock();
  readonly reminders = new Reminders(this.clock);
  readonly again: string[] = [];

  ask(name: string, leader = "orders"): Reminder {
    const reminder = { leader, times: 0 };
    this.reminders.add(reminder, () => this.again.push(`${name} ${this.clock.monotonicMs()}`));
    return reminder;
  }
}

describe("a request to a leader", () => {
  it("is sent again each second while nothing answers, until it is answered", async () => {
    const world = new World();
    const began = world.clock.monotonicMs();
    const request = world.ask("a");

    await world.clock.advance(999);
    assert.deepEqual(world.again, []);
    await world.clock.advance(1_501);
    assert.deepEqual(world.again, [`a ${began + 1_000}`, `a ${began + 2_000}`]);
    assert.equal(request.times, 2);
    world.reminders.answered(request);
    await world.clock.advance(10_000);

    assert.equal(world.again.length, 2);
    assert.equal(world.reminders.size, 0);
  });

  it("is not sent again once it was given up", async () => {
    const world = new World();
    const request = world.ask("a");
    await world.clock.advance(500);

    world.reminders.gaveUp(request);
    await world.clock.advance(10_000);

    assert.deepEqual(world.again, []);
  });

  it("is not sent again while the leader answers what was sent before: it is slow only", async () => {
    const world = new World();
    const requests = Array.from({ length: 20 }, (_, at) => world.ask(String(at)));

    for (const request of requests) {
      await world.clock.advance(300);
      world.reminders.answered(request);
    }

    assert.deepEqual(world.again, []);
  });

  it("is sent again at once when one is answered that was sent later: it was dropped", async () => {
    const world = new World();
    const earlier = world.ask("other");
    world.ask("dropped");
    await world.clock.advance(600);
    world.reminders.answered(earlier);
    const later = world.ask("later");
    assert.deepEqual(world.again, []);

    world.reminders.answered(later);
    await world.clock.advance(250);

    assert.equal(world.again.length, 1);
    assert.match(world.again[0] ?? "", /^dropped /);
  });

  it("counts the answers of its own leader only", async () => {
    const world = new World();
    world.ask("a", "orders");
    for (let at = 0; at < 4; at += 1) {
      const other = world.ask("b", "events");
      await world.clock.advance(250);
      world.reminders.answered(other);
    }
    await world.clock.advance(250);

    assert.equal(world.again.filter((sent) => sent.startsWith("a ")).length, 1);
  });
});
