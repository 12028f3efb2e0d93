import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Lanes } from "../../../src/cluster/routing/lanes.ts";
import type { Outgoing } from "../../../src/cluster/routing/outgoing.ts";
import { ManualClock } from "../../../src/testing.ts";

/** A message without a limit, of which lanes see no more than this. */
function outgoing(sequence: number): Outgoing {
  const message = { ended: false, mustExist: false, fail: () => {} };
  const owner = { type: "t", keyText: "k" };
  const fields = { deadlineMs: undefined, attempts: 0, trace: {}, timer: undefined };
  return { ...fields, message, owner, address: "t.k", sequence } as unknown as Outgoing;
}

describe("Lanes", () => {
  it("looks again for the actor of a message that comes back in the turn in which it is sent", async () => {
    const clock = new ManualClock();
    const route = { runnerId: "r", generation: 1 };
    let looked = 0;
    const sent: number[] = [];
    const lanes = new Lanes({
      clock,
      luck: () => 0,
      ready: async () => ({
        place: async () => {
          looked += 1;
          return route;
        },
      }),
      exists: async () => true,
      send: (message) => {
        sent.push(message.sequence);
        if (looked > 1) return;
        message.attempts += 1;
        lanes.add(message);
      },
      maxWaiting: 10,
      telemetry: { lost() {} },
    });

    lanes.add(outgoing(1));
    lanes.add(outgoing(2));
    await clock.advance(0);
    assert.deepEqual(sent, [1, 2]);
    await clock.advance(1_000);

    assert.deepEqual(sent, [1, 2, 1, 2]);
    assert.equal(looked, 2);
    assert.equal(lanes.size, 0);
  });
});
