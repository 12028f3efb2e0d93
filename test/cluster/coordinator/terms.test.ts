import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  EventIntake,
  type EventIntakeParts,
} from "../../../src/cluster/coordinator/event-intake.ts";
import { Term } from "../../../src/cluster/coordinator/term.ts";
import type { ConsumeOptions, Delivery } from "../../../src/cluster/engine/log.ts";
import { ManualClock } from "../../../src/testing.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { CoordinatorWorld, RecordingObserver } from "../../_support/coordinator-world.ts";
import type { Fate } from "../../_support/crashing-session.ts";

describe("a coordinator whose term is over", () => {
  it("appends no command, although the placement was still written", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, coordinator } = await world.leader();
    const runner = await world.runner("r-1");
    const held = Promise.withResolvers<Fate>();
    session.fateOf = ({ name }) => {
      if (name === "placements.put") return held.promise;
      return name === "leases.put" ? "lost" : "works";
    };
    const asked = world.place("cart.a", { waitMs: 60_000 }).catch(() => undefined);
    await world.until(() => coordinator.term === undefined);

    held.resolve("works");
    await asked;
    await settleTurns(20);

    assert.equal((await world.record("cart.a"))?.status, "starting");
    assert.deepEqual(
      session.calls.filter(({ name }) => name === "commands.append"),
      [],
    );
    assert.equal(runner.applied.length, 0);
  });

  it("purges nothing of a lost runner, although its actors were still moved", async () => {
    await using world = await CoordinatorWorld.open();
    const { session, coordinator } = await world.leader();
    const lost = await world.runner("r-1");
    await world.place("cart.a");
    await world.untilStatus("cart.a", "running");
    await world.runner("r-2");
    const held = Promise.withResolvers<Fate>();
    let isMoving = false;
    session.fateOf = ({ name }) => {
      if (name === "placements.put") {
        isMoving = true;
        return held.promise;
      }
      return isMoving && name === "leases.put" ? "lost" : "works";
    };
    await lost.kill();
    await world.until(() => coordinator.term === undefined);
    assert.equal(isMoving, true);

    held.resolve("works");
    await settleTurns(20);

    assert.equal((await world.record("cart.a"))?.runnerId, "r-2");
    assert.ok(!session.calls.some(({ name }) => name === "commands.purge"));
  });

  it("leaves events to the next one: none is answered, counted or put aside", async () => {
    const clock = new ManualClock();
    const term = new Term(clock, { number: 1, selfFenceMs: 1_000, sentAtMs: clock.monotonicMs() });
    const { observer, told } = new RecordingObserver();
    const consumers: ConsumeOptions[] = [];
    const done: string[] = [];
    const note = (what: string) => async (): Promise<void> => void done.push(what);
    const intake = new EventIntake({
      session: {
        events: {
          consume: async (options: ConsumeOptions) => {
            consumers.push(options);
            return { replay: note("replay"), stop: note("stop"), delete: note("delete") };
          },
        },
        deadLetters: { append: note("dead letter") },
      },
      clock,
      observer,
      term,
    } as unknown as EventIntakeParts);
    intake.start();
    await settleTurns();
    const unreadable: Delivery = {
      subject: "0.cart.a",
      headers: {},
      body: Buffer.from("?"),
      sequence: 1,
      storedAtMs: 0,
      attempt: 1,
      ack: note("ack"),
      reject: note("reject"),
      retry: () => done.push("retry"),
    };
    term.end();

    consumers[0]?.deliver(unreadable);
    await settleTurns();

    assert.deepEqual([done, told], [[], []]);
  });
});
