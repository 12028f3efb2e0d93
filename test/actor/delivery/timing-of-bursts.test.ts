import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defineActor } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { openSystem, shutDownBy } from "../../_support/actor-system.ts";

const BURST = 1_000;
/** One in 128 of a burst is timed, after the first. */
const FEW = 20;

const quick = defineActor("quick", { mailbox: { limit: BURST }, handlers: { ping: () => "pong" } });

/** Counts its readings. */
class CountingClock extends ManualClock {
  readings = 0;

  override monotonicMs(): number {
    this.readings += 1;
    return super.monotonicMs();
  }
}

describe("a burst of messages", () => {
  it("reads the clock for few of them when they are sent", async () => {
    const clock = new CountingClock();
    await using open = openSystem({ clock, tracing: false });
    const ref = open.system.spawn(quick);
    await ref.whenReady();
    const before = clock.readings;

    for (let message = 0; message < BURST; message += 1) ref.tell.ping();

    const { readings } = clock;
    assert.ok(readings > before, "some are timed");
    assert.ok(readings - before < FEW, `${readings - before} readings`);
    await ref.stop();
    await shutDownBy(clock, open.system);
  });
});
