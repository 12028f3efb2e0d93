import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { snapshot } from "../../../src/index.ts";
import { ManualClock } from "../../../src/testing.ts";
import { openSystem, shutDownBy } from "../../_support/actor-system.ts";
import { settleTurns } from "../../_support/actor-waiting.ts";
import { puppet } from "../../_support/monitor-actors.ts";
import { BlockingClock } from "../../_support/monitor-clock.ts";

describe("a block of the event loop", () => {
  it("is in the snapshot with the actor and the message that did it", async () => {
    const clock = new BlockingClock(new ManualClock());
    await using open = openSystem({ clock });
    const greedy = open.system.spawn(puppet);
    greedy.tell.run(() => clock.block(3_000));
    await settleTurns();
    await clock.manual.advance(2_000);

    const { blocked } = snapshot(open.system).eventLoop;

    assert.deepEqual([blocked?.actorId, blocked?.messageType], [greedy.id, "run"]);
    await shutDownBy(clock.manual, open.system);
  });
});
